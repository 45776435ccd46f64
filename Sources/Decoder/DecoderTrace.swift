package import Tensors

/// Intermediate results of one pass, for comparison with a reference. Rows are tokens.
package struct DecoderTrace: Sendable {
    /// `[rows, hidden]`, after scaling and with the media rows in place.
    package var embeddings: Matrix?
    /// `[rows, layers * per-layer width]`; nil in models without per-layer inputs.
    package var perLayerInputs: Matrix?
    /// The residual stream after each layer, `[rows, hidden]`.
    package var layers: [Matrix] = []
    /// `[rows, vocabulary]`, after the softcap.
    package var logits: Matrix?

    package init() {}
}
