extension Setup {
    /// `setup.sessionResumption`; an empty handle is none.
    mutating func readResumption(_ fields: Fields) throws(ProtocolError) {
        guard let config = try fields.object("sessionResumption") else { return }
        let handle = try config.word("handle")
        resumption = SessionResumption(handle: handle?.isEmpty == true ? nil : handle)
    }
}
