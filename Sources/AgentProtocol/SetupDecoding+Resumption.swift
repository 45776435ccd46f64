extension Fields {
    /// A session that was left cannot be taken up again yet: who asks for one must not talk to a new one unawares.
    func refuseHandle(_ name: String) throws(ProtocolError) {
        guard let resumption = try object(name) else { return }
        ignore(name)
        guard let handle = try resumption.string("handle"), !handle.isEmpty else { return }
        throw .unknownHandle(path: resumption.path("handle"))
    }
}
