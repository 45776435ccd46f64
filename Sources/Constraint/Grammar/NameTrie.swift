/// The names that may stand in one place, by their bytes: the keys of an object, or the functions of a call.
struct NameTrie: Sendable {
    struct Node {
        var children: [(byte: UInt8, node: UInt16)] = []
        /// The name that ends here; -1: none.
        var name: Int16 = -1
        /// The first 64 names below, as a bit set.
        var reachable: UInt64 = 0
    }

    static let maximumNodes = 32_768

    private(set) var nodes = [Node()]
    private let spellings: [[UInt8]]

    /// Nil: the names are longer, all together, than `maximumNodes` bytes.
    init?(_ names: [[UInt8]]) {
        spellings = names
        for (number, name) in names.enumerated() {
            var node = 0
            let bit: UInt64 = number < 64 ? 1 << UInt64(number) : 0
            nodes[0].reachable |= bit
            for byte in name {
                if let child = next(UInt16(node), byte) {
                    node = Int(child)
                } else {
                    guard nodes.count < Self.maximumNodes else { return nil }
                    nodes.append(Node())
                    nodes[node].children.append((byte, UInt16(nodes.count - 1)))
                    node = nodes.count - 1
                }
                nodes[node].reachable |= bit
            }
            nodes[node].name = Int16(number)
        }
    }

    func next(_ node: UInt16, _ byte: UInt8) -> UInt16? {
        for child in nodes[Int(node)].children where child.byte == byte { return child.node }
        return nil
    }

    func name(_ node: UInt16) -> Int? {
        let name = nodes[Int(node)].name
        return name < 0 ? nil : Int(name)
    }

    func spelling(of name: Int) -> [UInt8] { spellings[name] }

    func reachable(_ node: UInt16) -> UInt64 { nodes[Int(node)].reachable }

    func contains(_ name: some Sequence<UInt8>) -> Bool {
        var node: UInt16 = 0
        for byte in name {
            guard let child = next(node, byte) else { return false }
            node = child
        }
        return nodes[Int(node)].name >= 0
    }

    /// The names below a node, each with the bytes from there on.
    func names(below node: UInt16) -> [(name: Int, rest: [UInt8])] {
        var found: [(name: Int, rest: [UInt8])] = []
        var open: [(node: UInt16, rest: [UInt8])] = [(node, [])]
        while let (node, rest) = open.popLast() {
            if let name = name(node) { found.append((name, rest)) }
            for child in nodes[Int(node)].children { open.append((child.node, rest + [child.byte])) }
        }
        return found
    }
}
