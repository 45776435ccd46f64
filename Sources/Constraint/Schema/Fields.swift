import Checkpoint

/// The keywords of one schema, and where it stands.
struct Fields {
    let object: JSONObject
    let path: String

    init(_ object: JSONObject, _ path: String) {
        self.object = Keywords.inCamelCase(object)
        self.path = path
    }

    subscript(_ keyword: String) -> JSONValue? { object[keyword] }

    func checkKeywords() throws(ConstraintError) {
        for member in object.members where !Keywords.obeyed.contains(member.name) && !Keywords.annotations.contains(member.name) {
            if let remedy = Keywords.refused[member.name] { throw .refused(path: path, keyword: member.name, remedy: remedy) }
            guard member.name.hasPrefix("x-") else { throw .unknownKeyword(path: path, keyword: member.name) }
        }
    }

    /// Two keywords that would both have to hold, where only one of them is followed.
    func refuseOthers(beside keyword: String, allowing allowed: Set<String>) throws(ConstraintError) {
        for member in object.members
        where member.name != keyword && Keywords.obeyed.contains(member.name) && !allowed.contains(member.name) {
            throw .refused(path: path, keyword: member.name, remedy: "it stands beside \(keyword); put it inside")
        }
    }

    func wrongType(_ keyword: String, _ wanted: String) -> ConstraintError {
        .wrongType(path: "\(path).\(keyword)", found: object[keyword]?.summary ?? "missing", wanted: wanted)
    }

    func flag(_ keyword: String) throws(ConstraintError) -> Bool? {
        switch object[keyword] {
        case nil: nil
        case .boolean(let flag): flag
        default: throw wrongType(keyword, "true or false")
        }
    }

    func list(_ keyword: String, orNil: Bool = true) throws(ConstraintError) -> [JSONValue] {
        switch object[keyword] {
        case nil where orNil: return []
        case .array(let list): return list
        default: throw wrongType(keyword, "an array")
        }
    }

    func texts(_ keyword: String) throws(ConstraintError) -> [String] {
        var texts: [String] = []
        for element in try list(keyword) {
            guard case .string(let text) = element else { throw wrongType(keyword, "an array of strings") }
            texts.append(text)
        }
        return texts
    }

    /// Not negative; the JSON form of protocol buffers writes 64-bit integers as strings.
    func count(_ keyword: String) throws(ConstraintError) -> Int? {
        switch object[keyword] {
        case nil: return nil
        case .integer(let count) where count >= 0: return count
        case .real(let real) where real >= 0 && real.rounded() == real: return Int(exactly: real) ?? Int.max
        case .string(let text):
            if let count = Int(text), count >= 0 { return count }
        default: break
        }
        throw wrongType(keyword, "an integer of 0 or more")
    }

    /// Lower case, without repetition; nil: the schema has no `type`.
    func types() throws(ConstraintError) -> [String]? {
        let names: [String]
        switch object["type"] {
        case nil: return nil
        case .string(let name)?: names = [name]
        case .array?: names = try texts("type")
        default: throw wrongType("type", "a string or an array of strings")
        }
        guard !names.isEmpty else { throw .impossible(path: path + ".type", reason: "it is empty; name a type") }
        var types: [String] = []
        for name in names.map({ $0.lowercased() }) where !types.contains(name) {
            guard ["null", "boolean", "integer", "number", "string", "array", "object"].contains(name) else {
                throw .wrongType(
                    path: path + ".type", found: "\"\(name)\"", wanted: "one of string, number, integer, boolean, array, object, null")
            }
            types.append(name)
        }
        return types
    }
}

extension JSONObject {
    /// The object with one more member.
    func adding(_ name: String, _ value: JSONValue) -> JSONObject {
        var copy = self
        copy.append(name, value)
        return copy
    }
}
