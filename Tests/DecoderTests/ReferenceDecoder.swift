import Checkpoint
import Decoder
import Foundation
import Tensors

/// The text model written a second time, in plain f64 loops over the whole sequence, without cache, with any mask: what the
/// decoder's eviction is measured against. Text rows only.
struct ReferenceDecoder {
    typealias Rows = [[Double]]

    private let text: TextConfiguration
    private let weights: SafetensorsFile
    private let prefix = "model.language_model."

    init(_ fixture: Fixture) throws {
        text = fixture.text
        weights = try SafetensorsFile(path: fixture.directory + "/model.safetensors")
    }

    /// - Parameter sees: whether a query row may see a key row, beyond causality and the window.
    func logits(_ tokens: [Int32], sees: (_ query: Int, _ key: Int) -> Bool) throws -> Matrix {
        let hidden = text.hiddenSize, width = text.perLayerInputSize, count = tokens.count
        let embedding = try rows("embed_tokens.weight", hidden)
        let perLayer = try rows("embed_tokens_per_layer.weight", text.layerCount * width)
        var x: Rows = tokens.map { id in embedding[Int(id)].map { $0 * Double(hidden).squareRoot() } }

        let perLayerNorm = try vector("per_layer_projection_norm.weight")
        let projected = try linear(x, "per_layer_model_projection.weight", hidden)
        let inputs: Rows = (0..<count).map { row in
            (0..<text.layerCount).flatMap { layer -> [Double] in
                let slice = layer * width..<(layer + 1) * width
                let from = norm(projected[row][slice].map { $0 / Double(hidden).squareRoot() }, perLayerNorm)
                let own = perLayer[Int(tokens[row])][slice]
                return zip(from, own).map { ($0 + $1 * Double(width).squareRoot()) / 2.0.squareRoot() }
            }
        }

        var keys: [Int: Rows] = [:], values: [Int: Rows] = [:]
        for layer in 0..<text.layerCount {
            let name = "layers.\(layer)."
            let dimension = text.headDimension(layer: layer)
            let isFull = text.layerTypes[layer] == .full
            let y = try x.map { try norm($0, vector(name + "input_layernorm.weight")) }
            let queries = try heads(
                linear(y, name + "self_attn.q_proj.weight", hidden), dimension, vector(name + "self_attn.q_norm.weight"), rope: layer)
            let source = text.keyValueSource(layer: layer)
            if source == layer {
                keys[layer] = try heads(
                    linear(y, name + "self_attn.k_proj.weight", hidden), dimension, vector(name + "self_attn.k_norm.weight"), rope: layer)
                values[layer] = try heads(linear(y, name + "self_attn.v_proj.weight", hidden), dimension, nil, rope: nil)
            }
            let group = text.headCount / text.keyValueHeads(layer: layer)
            let k = keys[source] ?? [], v = values[source] ?? []
            let attended: Rows = (0..<count).map { query in
                (0..<text.headCount).flatMap { head -> [Double] in
                    let offset = head / group * dimension
                    let visible = (0...query).filter { (isFull || $0 > query - text.slidingWindow) && sees(query, $0) }
                    let scores = visible.map { key in
                        (0..<dimension).reduce(0.0) { $0 + queries[query][head * dimension + $1] * k[key][offset + $1] }
                    }
                    let top = scores.max() ?? 0
                    let exponentials = scores.map { exp($0 - top) }
                    let total = exponentials.reduce(0, +)
                    return (0..<dimension).map { j in
                        zip(visible, exponentials).reduce(0.0) { $0 + $1.1 / total * v[$1.0][offset + j] }
                    }
                }
            }
            try add(
                &x, linear(attended, name + "self_attn.o_proj.weight", text.headCount * dimension),
                norm: name + "post_attention_layernorm.weight")

            let z = try x.map { try norm($0, vector(name + "pre_feedforward_layernorm.weight")) }
            let gated = try zip(linear(z, name + "mlp.gate_proj.weight", hidden), linear(z, name + "mlp.up_proj.weight", hidden)).map(gate)
            try add(
                &x, linear(gated, name + "mlp.down_proj.weight", text.intermediateSize(layer: layer)),
                norm: name + "post_feedforward_layernorm.weight")

            let slices = inputs.map { Array($0[layer * width..<(layer + 1) * width]) }
            let perLayerGated = try zip(linear(x, name + "per_layer_input_gate.weight", hidden), slices).map(gate)
            try add(&x, linear(perLayerGated, name + "per_layer_projection.weight", width), norm: name + "post_per_layer_input_norm.weight")
            let scalar = try vector(name + "layer_scalar")[0]
            x = x.map { $0.map { $0 * scalar } }
        }
        let final = try x.map { try norm($0, vector("norm.weight")) }
        let cap = text.finalLogitSoftcap.map(Double.init)
        let logits = try linear(final, "embed_tokens.weight", hidden).flatMap { $0 }.map { logit in
            Float(cap.map { $0 * tanh(logit / $0) } ?? logit)
        }
        return Matrix(rows: count, columns: text.vocabularySize, values: logits)
    }

    private func vector(_ name: String) throws -> [Double] {
        try weights.floats(prefix + name).map(Double.init)
    }

    private func rows(_ name: String, _ columns: Int) throws -> Rows {
        let values = try vector(name)
        return stride(from: 0, to: values.count, by: columns).map { Array(values[$0..<$0 + columns]) }
    }

    /// `x W^T` over `inputs` columns.
    private func linear(_ x: Rows, _ name: String, _ inputs: Int) throws -> Rows {
        let weight = try vector(name)
        let outputs = weight.count / inputs
        return x.map { row in
            row.withUnsafeBufferPointer { row in
                weight.withUnsafeBufferPointer { weight in
                    (0..<outputs).map { output in
                        var sum = 0.0, index = output * inputs, input = 0
                        while input < inputs {
                            sum += row[input] * weight[index]
                            index += 1
                            input += 1
                        }
                        return sum
                    }
                }
            }
        }
    }

    private func norm(_ x: [Double], _ weight: [Double]?) -> [Double] {
        let scale = 1 / (x.reduce(0) { $0 + $1 * $1 } / Double(x.count) + Double(text.rmsNormEpsilon)).squareRoot()
        return x.indices.map { x[$0] * scale * (weight?[$0] ?? 1) }
    }

    private func add(_ x: inout Rows, _ y: Rows, norm name: String) throws {
        let weight = try vector(name)
        for row in x.indices { x[row] = zip(x[row], norm(y[row], weight)).map(+) }
    }

    private func gate(_ gate: [Double], _ up: [Double]) -> [Double] {
        zip(gate, up).map { g, u in 0.5 * g * (1 + tanh((2 / Double.pi).squareRoot() * (g + 0.044715 * g * g * g))) * u }
    }

    /// Normalises each head; turns pair (j, j + d/2) by the row's position with the parameters of layer `rope`.
    private func heads(_ x: Rows, _ dimension: Int, _ weight: [Double]?, rope: Int?) -> Rows {
        x.enumerated().map { position, row in
            stride(from: 0, to: row.count, by: dimension).flatMap { start -> [Double] in
                var head = norm(Array(row[start..<start + dimension]), weight)
                guard let rope else { return head }
                let parameters = text.rope(layer: rope)
                let half = dimension / 2
                let turning = parameters.kind == .proportional ? Int(parameters.partialRotaryFactor * Double(half)) : half
                for j in 0..<turning {
                    let angle = Double(position) * pow(parameters.theta, -2 * Double(j) / Double(dimension))
                    let (a, b) = (head[j], head[half + j])
                    head[j] = a * cos(angle) - b * sin(angle)
                    head[half + j] = b * cos(angle) + a * sin(angle)
                }
                return head
            }
        }
    }
}
