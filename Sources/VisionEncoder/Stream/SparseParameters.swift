/// How much of the tower a sparse update may skip, and when it starts over.
///
/// All thresholds are relative L2 movements (distance over the norm of what is compared with). Zero everywhere makes an update
/// equal to the dense pass, at nearly its cost; the defaults are an approximation whose error `FrameStream.denseError()` measures.
/// With nano's trained weights, an object over a tenth of the picture that appears costs 0.53 of a dense pass and leaves an error
/// of 0.11 (0.52 when nothing is updated); its next movements cost 0.09 to 0.19 and leave 0.13.
public struct SparseParameters: Sendable, Equatable {
    /// A token is recomputed in a layer when the input of the attention or of the feed-forward network moved further than this
    /// since the token was last computed there.
    public var inputThreshold: Float
    /// A token that did not move is attended again when the layer's keys and values, taken together, moved further than this
    /// since its last attention. Infinity keeps its old attention for ever.
    public var attentionThreshold: Float
    /// A soft token is listed as changed when it moved further than this since it was last listed.
    public var tokenThreshold: Float
    /// A dense pass after this many sparse updates, at least 1.
    public var refreshUpdates: Int
    /// A dense pass when the last one is this many seconds old and sparse updates followed it; nil for never.
    public var refreshSeconds: Double?
    /// A dense pass when more than this share of the patches changed at once.
    public var cutShare: Double

    public init(
        inputThreshold: Float = 0.14, attentionThreshold: Float = 0.19, tokenThreshold: Float = 0.1, refreshUpdates: Int = 16,
        refreshSeconds: Double? = 30, cutShare: Double = 0.4
    ) {
        self.inputThreshold = inputThreshold
        self.attentionThreshold = attentionThreshold
        self.tokenThreshold = tokenThreshold
        self.refreshUpdates = refreshUpdates
        self.refreshSeconds = refreshSeconds
        self.cutShare = cutShare
    }
}
