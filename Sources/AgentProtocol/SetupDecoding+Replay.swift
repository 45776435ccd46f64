extension Setup {
    /// `setup.mm.after`: the last event that the client has.
    mutating func readReplay(_ native: Fields?) throws(ProtocolError) {
        after = try native?.integer("after", in: 0...Self.maximumSequence)
    }

    /// Numbers stay exact in every client's numbers: below 2^53.
    public static let maximumSequence: Int64 = (1 << 53) - 1
}
