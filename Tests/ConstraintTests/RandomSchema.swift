/// Schemas at random, as JSON text: every keyword that is obeyed, never one that contradicts another.
struct RandomSchema {
    var random: Seeded

    static let patterns = [
        "^[a-z]{2,6}$", "^(red|green|blue)$", "ab", "^a.*z$", "^\\\\d{3}-\\\\d{2}$", "^(?:ab)*$", "^[^\\\"a-f]+$", "x$",
        "^\\\\w+(\\\\.\\\\w+)?$",
        "^[A-Z][a-z]*( [A-Z][a-z]*)*$", "^[\\u00e9\\u65e5x]{1,3}$", "^a|b$", "^\\\\S{1,4}$", "^.?$",
    ]
    static let names = ["a", "ab", "name", "place", "kind", "size", "items", "value", "x", "y_1"]
    static let words = ["red", "green", "a \\\"b\\\"", "\\u00e9", "", "x\\ny", "<b>", "日本"]

    mutating func text(depth: Int = 0) -> String {
        if random.chance(0.12), depth < 3 {
            let count = Int.random(in: 2...3, using: &random)
            return #"{"anyOf":["# + (0..<count).map { _ in text(depth: depth + 1) }.joined(separator: ",") + "]}"
        }
        switch Int.random(in: 0..<(depth < 3 ? 12 : 8), using: &random) {
        case 0: return random.chance(0.5) ? #"{"type":"boolean"}"# : #"{"type":"null"}"#
        case 1: return #"{"type":"integer"\#(integerBounds())}"#
        case 2: return #"{"type":"number"\#(numberBounds())}"#
        case 3: return #"{"enum":[\#(scalars())]}"#
        case 4: return #"{"type":"string","maxLength":\#(Int.random(in: 1...12, using: &random))}"#
        case 5:
            let pattern = Self.patterns.randomElement(using: &random) ?? ""
            return #"{"type":"string","pattern":"\#(pattern)","maxLength":\#(Int.random(in: 6...20, using: &random))}"#
        case 6:
            let format = ["date", "date-time", "time", "uuid", "email", "ipv4"].randomElement(using: &random) ?? ""
            return #"{"type":"string","format":"\#(format)"}"#
        case 7:
            let low = Int.random(in: 0...4, using: &random)
            return #"{"type":["string","null"],"minLength":\#(low),"maxLength":\#(low + Int.random(in: 0...5, using: &random))}"#
        case 8, 9: return array(depth)
        default: return object(depth)
        }
    }

    private mutating func integerBounds() -> String {
        var text = ""
        let low = Int.random(in: -1200...1200, using: &random)
        let high = low + Int.random(in: 2...1500, using: &random)
        if random.chance(0.7) { text += random.chance(0.5) ? ",\"minimum\":\(low)" : ",\"exclusiveMinimum\":\(low)" }
        if random.chance(0.7) { text += random.chance(0.5) ? ",\"maximum\":\(high)" : ",\"exclusiveMaximum\":\(high)" }
        return text
    }

    private mutating func numberBounds() -> String {
        var text = ""
        let low = (Double.random(in: -20...20, using: &random) * 1000).rounded() / 1000
        let high = low + 0.5 + (Double.random(in: 0...30, using: &random) * 1000).rounded() / 1000
        if random.chance(0.7) { text += random.chance(0.5) ? ",\"minimum\":\(low)" : ",\"exclusiveMinimum\":\(low)" }
        if random.chance(0.7) { text += random.chance(0.5) ? ",\"maximum\":\(high)" : ",\"exclusiveMaximum\":\(high)" }
        return text
    }

    private mutating func scalars() -> String {
        (0..<Int.random(in: 1...4, using: &random)).map { _ in
            switch Int.random(in: 0..<6, using: &random) {
            case 0: "\(Int.random(in: -99...99, using: &random))"
            case 1: "\(Double(Int.random(in: -99...99, using: &random)) / 8)"
            case 2: random.chance(0.5) ? "null" : "true"
            case 3: #"{"k":[1,"\#(Self.words.randomElement(using: &random) ?? "")"],"l":null}"#
            default: "\"\(Self.words.randomElement(using: &random) ?? "")\""
            }
        }.joined(separator: ",")
    }

    private mutating func array(_ depth: Int) -> String {
        let low = Int.random(in: 0...2, using: &random)
        let high = low + Int.random(in: 0...3, using: &random)
        if random.chance(0.2) {
            let first = text(depth: depth + 1)
            return
                #"{"type":"array","prefixItems":[\#(first),\#(text(depth: depth + 1))],"items":\#(text(depth: depth + 1)),"minItems":\#(low),"maxItems":\#(high)}"#
        }
        let items = random.chance(0.15) ? "" : #","items":\#(text(depth: depth + 1))"#
        return #"{"type":"array"\#(items),"minItems":\#(low),"maxItems":\#(high)}"#
    }

    mutating func object(_ depth: Int) -> String {
        let names = Self.names.shuffled(using: &random).prefix(Int.random(in: 0...5, using: &random))
        let properties = names.map { "\"\($0)\":\(text(depth: depth + 1))" }
        let required = names.filter { _ in random.chance(0.5) }
        var schema =
            #"{"type":"object","properties":{\#(properties.joined(separator: ","))},"required":[\#(required.map { "\"\($0)\"" }.joined(separator: ","))]"#
        if random.chance(0.2) {
            schema += ",\"additionalProperties\":" + (random.chance(0.3) ? "true" : text(depth: depth + 1))
            if random.chance(0.5) { schema += ",\"minProperties\":\(Int.random(in: 0...3, using: &random))" }
        } else {
            schema += random.chance(0.5) ? ",\"additionalProperties\":false" : ""
            if random.chance(0.3) { schema += ",\"minProperties\":\(Int.random(in: 0...names.count, using: &random))" }
        }
        if random.chance(0.3) {
            schema += ",\"maxProperties\":\(max(required.count, 3) + Int.random(in: 0...2, using: &random))"
            if schema.contains("minProperties") { schema = schema.replacing(/,"maxProperties":\d+$/, with: "") }
        }
        if random.chance(0.2) { schema += ",\"propertyOrdering\":[\(names.map { "\"\($0)\"" }.joined(separator: ","))]" }
        return schema + "}"
    }
}
