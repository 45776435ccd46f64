/// What may be said: JSON Schema as far as an automaton can obey it, with every reference resolved and every default decided.
///
/// A schema may be narrower than its source (a string without `maxLength` ends at 2048 characters), never wider: whatever is
/// generated under it is valid under the source.
public indirect enum Schema: Hashable, Sendable {
    /// Any value, with so many levels of objects and arrays.
    case any(levels: Int)
    case null
    case boolean
    case constant(Constant)
    case integer(ClosedRange<Int64>)
    case number(NumberRule)
    case string(StringRule)
    case array(ArrayRule)
    case object(ObjectRule)
    /// At least two, none of them an `anyOf`, all different.
    case anyOf([Schema])

    /// Levels of objects and arrays.
    public static let maximumDepth = 16
    /// Schemas in a schema, references written out.
    public static let maximumSchemas = 4096
    /// Properties of one object that are named: they are a bit set.
    public static let maximumProperties = 64
    /// With `additionalProperties`, the named ones are fewer: a free key must always find a name that is not taken.
    public static let maximumPropertiesBesideFree = 32
    public static let maximumFreeProperties = 16
    public static let maximumFreeKeyBytes = 32
    /// Where the schema gives no bound, so that an answer ends.
    public static let defaultLength = 2048
    public static let defaultItems = 256
    /// Larger bounds are lowered to these, which is narrower and therefore right; minima above them are refused.
    public static let maximumLength = 65_536
    public static let maximumItems = 65_536
    /// Alternatives that are open at once.
    public static let maximumAlternatives = 128

    /// A scalar of `enum` or `const`. Bytes, not `String`: two spellings of "é" are two values.
    public enum Constant: Hashable, Sendable {
        case string([UInt8])
        /// A number as it is written.
        case number([UInt8])
        case boolean(Bool)
    }

    public struct NumberRule: Hashable, Sendable {
        public var minimum: DecimalBound?
        public var maximum: DecimalBound?
    }

    public struct StringRule: Hashable, Sendable {
        /// In characters: Unicode scalars.
        public var minimum = 0
        public var maximum = Schema.defaultLength
        /// Regular expressions, all of which must be found in the string.
        public var patterns: [String] = []
        /// Where the schema stands, for errors of its patterns.
        public var path = ""
    }

    public struct ArrayRule: Hashable, Sendable {
        public var minimum = 0
        public var maximum = Schema.defaultItems
        /// Schemas of the first items.
        public var first: [Schema] = []
        /// Of those after them; nil: there are none.
        public var rest: Schema?
    }

    public struct ObjectRule: Hashable, Sendable {
        public struct Property: Hashable, Sendable {
            public var name: [UInt8]
            public var schema: Schema
            public var isRequired: Bool
        }

        public var properties: [Property] = []
        /// Whether the properties come in their order (`propertyOrdering`).
        public var isOrdered = false
        public var minimum = 0
        public var maximum = Int.max
        /// Of properties that are not named; nil: there are none.
        public var free: Schema?
    }

    /// Those of an `anyOf`, or the schema itself.
    var alternatives: [Schema] { if case .anyOf(let schemas) = self { schemas } else { [self] } }

    /// One of several, flat and without repetition.
    static func oneOf(_ schemas: [Schema]) -> Schema {
        var flat: [Schema] = []
        var known: Set<Schema> = []
        for schema in schemas {
            for alternative in schema.alternatives where known.insert(alternative).inserted { flat.append(alternative) }
        }
        return flat.count == 1 ? flat[0] : .anyOf(flat)
    }
}
