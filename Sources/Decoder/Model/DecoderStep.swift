import Checkpoint

/// What all layers of one step share: the caches as they are after the step's rows were opened, and the rows' rotary angles.
struct DecoderStep: Sendable {
    let sliding: KeyValueView
    let full: KeyValueView
    let slidingAngles: RotaryAngles
    let fullAngles: RotaryAngles

    func view(_ kind: LayerType) -> KeyValueView { kind == .sliding ? sliding : full }
    func angles(_ kind: LayerType) -> RotaryAngles { kind == .sliding ? slidingAngles : fullAngles }
}
