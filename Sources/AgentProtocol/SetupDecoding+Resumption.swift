extension Setup {
    /// `setup.sessionResumption`; an empty handle is none.
    mutating func readResumption(_ fields: Fields) throws(ProtocolError) {
        guard let config = try fields.object("sessionResumption") else { return }
        let handle = try config.word("handle")
        var says: Set<SessionResumption.Part> = []
        if fields.has("tools") { says.insert(.tools) }
        if fields.has("proactivity") { says.insert(.proactivity) }
        if try fields.object("generationConfig")?.has("responseMimeType") == true { says.insert(.answerForm) }
        resumption = SessionResumption(handle: handle?.isEmpty == true ? nil : handle, says: says)
    }
}
