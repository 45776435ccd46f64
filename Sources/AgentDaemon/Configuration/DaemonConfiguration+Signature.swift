public import ModelSignature

extension DaemonConfiguration {
    /// Compares the model with what the owner of `[model] public_key` signed, if a key is configured: reads every byte of it.
    /// - Returns: how many files were compared; nil: no key is configured, any model is taken.
    /// - Throws: the first thing that is not as it was signed.
    public func checkSignature() throws(SignatureError) -> Int? {
        guard !model.publicKey.isEmpty else { return nil }
        guard let key = ModelPublicKey(base64: model.publicKey) else { throw .malformedPublicKey(text: model.publicKey) }
        return try ModelSignature.verify(model.path, by: key)
    }
}
