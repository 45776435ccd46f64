/// The tokens that stay inside a string of any text, from one state of its automaton, and how many characters each has: with it the
/// mask of a string is a comparison for each token, however much room is left.
struct FreeText: Sendable {
    private let counts: [UInt8]

    /// Of tokens that do not stay inside.
    private static let outside = UInt8.max

    init(_ machine: ByteMachine, _ position: UInt16, _ trie: ByteTrie, count: Int) {
        var result = [UInt8](repeating: Self.outside, count: count)
        var places = [(position: UInt16, characters: UInt8)](repeating: (position, 0), count: trie.maximumDepth + 1)
        let width = machine.width
        trie.nodes.withUnsafeBufferPointer { nodes in
            trie.tokens.withUnsafeBufferPointer { tokens in
                machine.table.withUnsafeBufferPointer { table in
                    machine.classes.withUnsafeBufferPointer { classes in
                        machine.states.withUnsafeBufferPointer { states in
                            places.withUnsafeMutableBufferPointer { places in
                                result.withUnsafeMutableBufferPointer { result in
                                    var index = 0
                                    while index < nodes.count {
                                        let node = nodes[index]
                                        let place = places[Int(node.depth)]
                                        let next = table[Int(place.position) * width + Int(classes[Int(node.byte)])]
                                        guard next != ByteMachine.none else {
                                            index = Int(node.end)
                                            continue
                                        }
                                        // At most 254, as many as a token has bytes.
                                        let characters = place.characters &+ (states[Int(place.position)].isBoundary ? 1 : 0)
                                        places[Int(node.depth) + 1] = (next, characters)
                                        for number in Int(node.firstToken)..<Int(node.firstToken) + Int(node.tokens) {
                                            result[Int(tokens[number])] = characters
                                        }
                                        index += 1
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        counts = result
    }

    /// The tokens for which there is room.
    func mask(room: Int) -> TokenMask {
        let limit = UInt8(min(room, Int(Self.outside) - 1))
        var mask = TokenMask(count: counts.count)
        counts.withUnsafeBufferPointer { counts in
            for word in mask.words.indices {
                var bits: UInt64 = 0
                let first = word * 64
                for place in first..<min(first + 64, counts.count) { bits |= (counts[place] <= limit ? 1 : 0) << UInt64(place - first) }
                mask.words[word] = bits
            }
        }
        return mask
    }
}
