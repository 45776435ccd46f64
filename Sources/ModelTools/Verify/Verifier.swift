import AudioEncoder
import Checkpoint
import Decoder
import Media
public import Tensors
import VisionEncoder

/// Runs every stage of a model on the golden inputs and compares with what the reference implementation gave.
public struct Verifier {
    private let directory: String
    private let weights: WeightFormat
    private let golden: GoldenData
    private let checkpoint: Checkpoint
    private let tokenizer: Tokenizer
    private let onLine: (VerificationLine) -> Void
    private var report = VerificationReport()
    private var softTokens: [Int32: Matrix] = [:]
    private var checked: Set<String> = []

    /// - Parameter onLine: called with each line as it is known.
    public static func run(
        directory: String, weights: WeightFormat, pool: ThreadPool, onLine: @escaping (VerificationLine) -> Void = { _ in }
    ) throws -> VerificationReport {
        var verifier = try Verifier(directory: directory, weights: weights, pool: pool, onLine: onLine)
        try verifier.verifyTokenizer()
        try verifier.verifyAudio()
        try verifier.verifyVision()
        try verifier.verifyText()
        verifier.verifyNothingIsLeft()
        return verifier.report
    }

    private init(directory: String, weights: WeightFormat, pool: ThreadPool, onLine: @escaping (VerificationLine) -> Void) throws {
        self.directory = directory
        self.weights = weights
        self.onLine = onLine
        golden = try GoldenData(directory: directory)
        checkpoint = try Checkpoint(directory: directory, weights: weights, pool: pool)
        tokenizer = try Tokenizer(directory: directory, vocabularySize: checkpoint.configuration.text.vocabularySize)
    }

    // MARK: Stages

    private mutating func verifyTokenizer() throws {
        for (index, example) in (golden.description.tokenizer_cases ?? []).enumerated() {
            count("tokenizer.case.\(index)", differing: tokenizer.encode(example.text), example.ids)
        }
        if let prompt = golden.description.prompt, golden.has("text.input_ids") {
            count("tokenizer.prompt", differing: tokenizer.encode(prompt), try golden.ids("text.input_ids"))
        }
    }

    private mutating func verifyAudio() throws {
        guard golden.has("audio.waveform"), checkpoint.configuration.audio != nil else { return }
        let encoder = try AudioEncoder(checkpoint: checkpoint)
        checked.formUnion(["audio.waveform", "audio.mel_mask"])
        for (stage, output) in encoder.stages(samples: try golden.file.floats("audio.waveform")) {
            guard golden.has(stage.goldenName) else { continue }
            var expected = try golden.matrix(stage.goldenName)
            if stage == .mel {
                // The reference pads the clip; only frames that touch no padding are real.
                let mask = golden.has("audio.mel_mask") ? try golden.integers("audio.mel_mask") : []
                let frames = mask.isEmpty ? expected.rows : mask.count { $0 != 0 }
                expected = expected.rows(0..<min(frames, expected.rows))
            }
            compare(stage.goldenName, output, expected, tolerance: stage == .mel ? 1e-5 : 1e-4, lossless: stage == .mel)
            if stage == .softTokens { softTokens[checkpoint.configuration.tokens.audio] = output }
        }
    }

    private mutating func verifyVision() throws {
        guard golden.has("vision.patches"), checkpoint.configuration.vision != nil else { return }
        let encoder = try VisionEncoder(checkpoint: checkpoint)
        let vision = encoder.configuration
        let padded = try golden.matrix("vision.patches")
        let width = vision.patchSize * vision.patchSize * 3
        guard padded.columns == width else { throw golden.shape("vision.patches", "[patches, \(width)]") }
        let positions = try golden.integers("vision.positions")
        guard positions.count == 2 * padded.rows else { throw golden.shape("vision.positions", "[\(padded.rows), 2]") }
        let real = (0..<padded.rows).filter { positions[2 * $0] >= 0 && positions[2 * $0 + 1] >= 0 }
        // No side of a full grid has more than all; a larger number has no place in it, and may have none in an `Int`.
        let columns = (real.map { min(positions[2 * $0], real.count) }.max() ?? -1) + 1
        let rows = (real.map { min(positions[2 * $0 + 1], real.count) }.max() ?? -1) + 1
        let sides = 1...max(1, real.count)
        guard sides.contains(columns), sides.contains(rows), real.count == columns * rows else {
            throw golden.shape("vision.positions", "a full grid")
        }
        let expectedPatches = padded.rows(0..<real.count)
        if golden.has("vision.image_u8"), let shape = golden.file.shape("vision.image_u8") {
            guard shape.count == 3, shape[2] == 3, !shape.contains(0) else { throw golden.shape("vision.image_u8", "[height, width, 3]") }
            let pixels = try golden.integers("vision.image_u8").map { UInt8(truncatingIfNeeded: $0) }
            let image = RGBImage(width: shape[1], height: shape[0], pixels: pixels)
            let budget = padded.rows / (vision.poolingKernelSize * vision.poolingKernelSize)
            let patches = try ImagePatches(image: image, plan: encoder.plan(width: image.width, height: image.height, softTokens: budget))
            // One 8-bit level of rounding between resize implementations is not the tower's error.
            compare("vision.patches", patches.patches, expectedPatches, tolerance: 1.001 / 255, lossless: true)
            let own = patches.positions.flatMap { [Int32($0.x), Int32($0.y)] }
            count(
                "vision.positions", differing: own,
                real.flatMap { [Int32(clamping: positions[2 * $0]), Int32(clamping: positions[2 * $0 + 1])] })
        }
        checked.formUnion(["vision.image_u8", "vision.patches", "vision.positions"])
        let plan = try encoder.plan(
            width: columns * vision.patchSize, height: rows * vision.patchSize,
            softTokens: real.count / (vision.poolingKernelSize * vision.poolingKernelSize))
        guard plan.patchColumns == columns, plan.patchRows == rows else {
            throw golden.shape(
                "vision.positions",
                "a grid as the model makes it: of \(columns) x \(rows) it makes \(plan.patchColumns) x \(plan.patchRows)")
        }
        var outputs: [(String, Matrix)] = []
        let grid = encoder.encode(ImagePatches(patches: expectedPatches, plan: plan)) { outputs.append(($0, $1)) }
        for (name, output) in outputs where golden.has(name) && !checked.contains(name) {
            var expected = try golden.matrix(name)
            if expected.rows > output.rows { expected = expected.rows(0..<output.rows) }
            compare(name, output, expected, tolerance: 1e-4)
        }
        softTokens[checkpoint.configuration.tokens.image] = grid.tokens
    }

    private mutating func verifyText() throws {
        guard golden.has("text.input_ids") else { return }
        let decoder = try Decoder(checkpoint: checkpoint)
        try checkpoint.requireAllRead()
        checked.insert("text.input_ids")
        let ids = try golden.ids("text.input_ids")
        let media = softTokens.filter { ids.contains($0.key) }
        let rows = try InputRows(tokens: ids, replacing: media)
        try decoder.check(rows)
        var stream = decoder.makeStream()
        let trace = decoder.trace(rows, into: &stream)
        if let embeddings = trace.embeddings { try compare("text.inputs_embeds", embeddings, tolerance: 1e-4) }
        if let inputs = trace.perLayerInputs { try compare("text.ple_inputs", inputs, tolerance: 1e-4) }
        for (index, layer) in trace.layers.enumerated() { try compare("text.layer.\(index)", layer, tolerance: 3e-4) }
        guard var logits = trace.logits else { return }
        try compare("text.logits", logits, tolerance: 3e-4)
        try verifyGreedy(decoder, stream: &stream, logits: &logits)
        try verifyIngest(decoder, rows: rows)
    }

    private mutating func verifyGreedy(_ decoder: Decoder, stream: inout DecoderStream, logits: inout Matrix) throws {
        guard golden.has("text.greedy_ids") else { return }
        checked.insert("text.greedy_ids")
        let expected = try golden.ids("text.greedy_ids")
        try decoder.check(.text(expected))
        var last = Array(logits.row(logits.rows - 1))
        var chosen: [Int32] = []
        var rows = Matrix(zeros: 0, last.count)
        // Follow the reference's path, so that a close call that falls the other way shows as one differing id.
        for id in expected {
            rows.append(Matrix(rows: 1, columns: last.count, values: last))
            chosen.append(Int32(last.indices.max { last[$0] < last[$1] || last[$0] == last[$1] && $0 > $1 } ?? 0))
            last = decoder.decode(.text([id]), into: &stream)
        }
        count("text.greedy_ids", differing: chosen, expected, allowed: weights == .f32 ? 0 : expected.count)
        if golden.has("text.greedy_logits") { try compare("text.greedy_logits", rows, tolerance: 3e-4) }
    }

    /// The short cut of context rows: the same logits after `ingest` of all rows but the last as after `decode` of all.
    private mutating func verifyIngest(_ decoder: Decoder, rows: InputRows) throws {
        var short = decoder.makeStream()
        decoder.ingest(rows.rows(0..<rows.count - 1), into: &short)
        let shortLogits = decoder.decode(rows.rows(rows.count - 1..<rows.count), into: &short)
        var full = decoder.makeStream()
        let fullLogits = decoder.logits(rows, into: &full)
        compare(
            "ingest == decode", Matrix(rows: 1, columns: shortLogits.count, values: shortLogits),
            fullLogits.rows(fullLogits.rows - 1..<fullLogits.rows), tolerance: 3e-4)
    }

    private mutating func verifyNothingIsLeft() {
        for name in golden.file.names.sorted() where !checked.contains(name) {
            add(VerificationLine(name: name, difference: .nan, tolerance: 0, note: "the engine has no stage of this name"))
        }
    }

    // MARK: Comparisons

    private mutating func compare(_ name: String, _ output: Matrix, tolerance: Double) throws {
        guard golden.has(name) else { return }
        var expected = try golden.matrix(name)
        // [rows, layers, width] and [rows, layers * width] are the same numbers.
        if expected.values.count == output.values.count, golden.file.shape(name)?.first == output.rows {
            expected = Matrix(rows: output.rows, columns: output.columns, values: expected.values)
        }
        compare(name, output, expected, tolerance: tolerance)
    }

    /// - Parameter lossless: the stage computes without weights, so its tolerance does not widen with the weight format.
    private mutating func compare(_ name: String, _ output: Matrix, _ expected: Matrix, tolerance: Double, lossless: Bool = false) {
        checked.insert(name)
        guard output.rows == expected.rows, output.columns == expected.columns else {
            let note = "is [\(output.rows), \(output.columns)], expected [\(expected.rows), \(expected.columns)]"
            add(VerificationLine(name: name, difference: .infinity, tolerance: tolerance, note: note))
            return
        }
        var largest = 0.0
        var error = 0.0
        var energy = 0.0
        for (value, reference) in zip(output.values, expected.values) {
            let difference = Double(value) - Double(reference)
            // max() would drop a NaN.
            largest = difference.isNaN ? .infinity : max(largest, abs(difference))
            error += difference * difference
            energy += Double(reference) * Double(reference)
        }
        if weights == .f32 || lossless {
            add(VerificationLine(name: name, difference: largest, tolerance: tolerance))
        } else {
            let relative = energy > 0 ? (error / energy).squareRoot() : error.squareRoot()
            add(VerificationLine(name: name, difference: relative, tolerance: weights == .bf16 ? 0.06 : 0.12, measure: .relative))
        }
    }

    private mutating func count(_ name: String, differing own: [Int32], _ expected: [Int32], allowed: Int = 0) {
        checked.insert(name)
        let differing = zip(own, expected).count { $0 != $1 } + abs(own.count - expected.count)
        add(
            VerificationLine(
                name: name, difference: Double(differing), tolerance: Double(allowed), measure: .differing, note: "of \(expected.count)"))
    }

    private mutating func add(_ line: VerificationLine) {
        report.lines.append(line)
        onLine(line)
    }
}
