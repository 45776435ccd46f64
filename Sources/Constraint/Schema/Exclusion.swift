/// Whether two schemas can have a value in common, as far as types and constants tell: `oneOf` asks.
enum Exclusion {
    static func areExclusive(_ first: Schema, _ second: Schema) -> Bool {
        for a in first.alternatives {
            for b in second.alternatives where !pairIsExclusive(a, b) { return false }
        }
        return true
    }

    private static func pairIsExclusive(_ first: Schema, _ second: Schema) -> Bool {
        if let a = kind(first), let b = kind(second), a != b { return true }
        switch (first, second) {
        case (.constant(.string(let a)), .constant(.string(let b))): return a != b
        case (.constant(.boolean(let a)), .constant(.boolean(let b))): return a != b
        case (.constant(.number(let a)), .constant(.number(let b))):
            return Double(String(decoding: a, as: UTF8.self)) != Double(String(decoding: b, as: UTF8.self))
        case (.object(let a), .object(let b)):
            // One property that both must have, and that tells them apart.
            return a.properties.contains { mine in
                mine.isRequired && b.properties.contains { $0.isRequired && $0.name == mine.name && areExclusive(mine.schema, $0.schema) }
            }
        default: return false
        }
    }

    private enum Kind { case null, boolean, number, string, array, object }

    private static func kind(_ schema: Schema) -> Kind? {
        switch schema {
        case .any, .anyOf: nil
        case .null: .null
        case .boolean, .constant(.boolean): .boolean
        case .integer, .number, .constant(.number): .number
        case .string, .constant(.string): .string
        case .array: .array
        case .object: .object
        }
    }
}
