import Checkpoint

extension SchemaReader {
    mutating func array(_ fields: Fields, _ depth: Int) throws(ConstraintError) -> Schema {
        try checkDepth(fields, depth)
        if try fields.flag("uniqueItems") == true {
            throw .refused(path: fields.path, keyword: "uniqueItems", remedy: "leave it out, or name each item in prefixItems")
        }
        var rule = Schema.ArrayRule()
        for (index, item) in try fields.list("prefixItems").enumerated() {
            rule.first.append(try read(item, "\(fields.path).prefixItems[\(index)]", depth: depth + 1))
        }
        switch fields["items"] {
        case .boolean(false)?: break
        case let items?: rule.rest = try read(items, fields.path + ".items", depth: depth + 1)
        // Closed by default, where it says what comes first.
        case nil: if rule.first.isEmpty { rule.rest = try read(.boolean(true), fields.path + ".items", depth: depth + 1) }
        }
        rule.minimum = try fields.count("minItems") ?? 0
        guard rule.minimum <= Schema.maximumItems else {
            throw .tooLarge(path: fields.path + ".minItems", what: "items", limit: Schema.maximumItems, remedy: "ask for fewer")
        }
        let most = rule.rest == nil ? rule.first.count : Schema.maximumItems
        rule.maximum = min(try fields.count("maxItems") ?? max(Schema.defaultItems, rule.minimum, rule.first.count), most)
        guard rule.minimum <= rule.maximum else {
            throw .impossible(path: fields.path, reason: "minItems is \(rule.minimum), and there are \(rule.maximum) items at most")
        }
        return .array(rule)
    }

    mutating func object(_ fields: Fields, _ depth: Int) throws(ConstraintError) -> Schema {
        try checkDepth(fields, depth)
        var rule = Schema.ObjectRule()
        rule.free = try freeProperties(fields, depth)
        let required = try fields.texts("required")
        switch fields["properties"] {
        case nil: break
        case .object(let properties):
            for property in properties.members {
                let isRequired = required.contains { $0.utf8.elementsEqual(property.name.utf8) }
                // A property that may have no value is one that is not there.
                if property.value == .boolean(false), !isRequired { continue }
                let schema = try read(property.value, "\(fields.path).properties.\(property.name)", depth: depth + 1)
                rule.properties.append(.init(name: Array(property.name.utf8), schema: schema, isRequired: isRequired))
            }
        default: throw fields.wrongType("properties", "an object of schemas")
        }
        for name in required where !rule.properties.contains(where: { $0.name.elementsEqual(name.utf8) }) {
            guard let free = rule.free else {
                throw .impossible(path: fields.path + ".required", reason: "\"\(name)\" is not among the properties; define it there")
            }
            rule.properties.append(.init(name: Array(name.utf8), schema: free, isRequired: true))
        }
        try order(fields, &rule)
        try checkCounts(fields, &rule)
        return .object(rule)
    }

    private func checkDepth(_ fields: Fields, _ depth: Int) throws(ConstraintError) {
        guard depth < Schema.maximumDepth else { throw .tooDeep(path: fields.path, limit: Schema.maximumDepth) }
    }

    /// The schema of properties without a name. Closed by default, but for an object that names none.
    private mutating func freeProperties(_ fields: Fields, _ depth: Int) throws(ConstraintError) -> Schema? {
        switch fields["additionalProperties"] {
        case .boolean(false)?: nil
        case let schema?: try read(schema, fields.path + ".additionalProperties", depth: depth + 1)
        case nil: fields["properties"] == nil ? try read(.boolean(true), fields.path, depth: depth + 1) : nil
        }
    }

    /// `propertyOrdering` puts those that it names first, and in its order.
    private func order(_ fields: Fields, _ rule: inout Schema.ObjectRule) throws(ConstraintError) {
        guard fields["propertyOrdering"] != nil else { return }
        rule.isOrdered = true
        var ordered: [Schema.ObjectRule.Property] = []
        for name in try fields.texts("propertyOrdering") {
            guard let index = rule.properties.firstIndex(where: { $0.name.elementsEqual(name.utf8) }) else {
                throw .impossible(
                    path: fields.path + ".propertyOrdering", reason: "\"\(name)\" is not among the properties, or stands there twice")
            }
            ordered.append(rule.properties.remove(at: index))
        }
        rule.properties = ordered + rule.properties
    }

    private func checkCounts(_ fields: Fields, _ rule: inout Schema.ObjectRule) throws(ConstraintError) {
        let limit = rule.free == nil ? Schema.maximumProperties : Schema.maximumPropertiesBesideFree
        guard rule.properties.count <= limit else {
            throw .tooLarge(
                path: fields.path + ".properties", what: rule.free == nil ? "properties" : "properties beside additionalProperties",
                limit: limit, remedy: "group them in objects of their own")
        }
        rule.minimum = try fields.count("minProperties") ?? 0
        let most = rule.properties.count + (rule.free == nil ? 0 : Schema.maximumFreeProperties)
        rule.maximum = min(try fields.count("maxProperties") ?? most, most)
        let required = rule.properties.count(where: \.isRequired)
        guard required <= rule.maximum else {
            throw .impossible(path: fields.path, reason: "\(required) properties are required, and maxProperties is \(rule.maximum)")
        }
        guard rule.minimum <= rule.maximum else {
            throw .impossible(
                path: fields.path, reason: "minProperties is \(rule.minimum), and there are \(rule.maximum) properties at most")
        }
    }
}
