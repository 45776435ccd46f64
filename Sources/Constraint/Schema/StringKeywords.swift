import Checkpoint

extension Fields {
    func stringRule() throws(ConstraintError) -> Schema.StringRule {
        var rule = Schema.StringRule()
        rule.path = path
        rule.minimum = try count("minLength") ?? 0
        guard rule.minimum <= Schema.maximumLength else {
            throw .tooLarge(path: path + ".minLength", what: "characters", limit: Schema.maximumLength, remedy: "ask for fewer")
        }
        if let maximum = try count("maxLength") {
            rule.maximum = min(maximum, Schema.maximumLength)
        } else if rule.minimum > Schema.defaultLength {
            rule.maximum = rule.minimum
        }
        guard rule.minimum <= rule.maximum else {
            throw .impossible(path: path, reason: "minLength is \(rule.minimum) and maxLength \(rule.maximum)")
        }
        switch object["pattern"] {
        case nil: break
        case .string(let pattern): rule.patterns.append(pattern)
        default: throw wrongType("pattern", "a string")
        }
        switch object["format"] {
        case nil: break
        case .string(let format):
            if let pattern = Formats.patterns[format] { rule.patterns.append(pattern) }
        default: throw wrongType("format", "a string")
        }
        return rule
    }
}
