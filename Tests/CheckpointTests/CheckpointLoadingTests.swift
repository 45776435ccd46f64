import Checkpoint
import Foundation
import Tensors
import Testing

/// A directory with config.json of the tiny e2b golden and whatever weights a test needs.
@Suite struct CheckpointLoadingTests {
    private let pool = ThreadPool(threads: 1)

    private func model(_ image: SafetensorsImage) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        try directory.write("config.json", Fixtures.bytes("e2b/config.json"))
        try directory.write("model.safetensors", image.bytes)
        return directory
    }

    private func open(_ directory: TemporaryDirectory, _ format: WeightFormat = .f32) throws(CheckpointError) -> Checkpoint {
        try Checkpoint(directory: directory.path, weights: format, pool: pool)
    }

    // MARK: Reading

    @Test func readsByScopeAndExpectedShape() throws {
        var image = SafetensorsImage()
        image.addFloats("model.norm.weight", [3], [1, 2, 3])
        image.addHalves("model.layers.3.proj.weight", "BF16", [2, 2], [0x3F80, 0x4000, 0x4040, 0x4080])
        image.addFloats("model.one", [1], [7])
        image.addFloats("model.zero", [], [8])
        image.addHalves("model.conv", "F16", [1, 1, 3], [0x3C00, 0x4000, 0x4200])
        let directory = try model(image)
        let checkpoint = try open(directory)
        let scope = checkpoint.root.scope("model")
        #expect(scope.path == "model")
        #expect(try scope.vector("norm.weight", count: 3) == [1, 2, 3])
        let layer = scope.scope("layers.3").scope("proj")
        #expect(layer.path == "model.layers.3.proj")
        #expect(layer.has("weight") && !layer.has("bias"))
        #expect(layer.shape("weight") == [2, 2] && layer.shape("bias") == nil)
        #expect(try layer.matrix("weight", outputs: 2, inputs: 2).row(1) == [3, 4])
        #expect(try scope.scalar("one") == 7)
        #expect(try scope.scalar("zero") == 8)
        #expect(try scope.tensor("conv", shape: [1, 1, 3]) == [1, 2, 3])
        try checkpoint.requireAllRead()
    }

    @Test func wrongShapesAndMissingTensorsAreNamed() throws {
        var image = SafetensorsImage()
        image.addFloats("model.audio_tower.layers.3.lconv1d.depthwise_conv1d.weight", [4, 1, 2], [Float](repeating: 0, count: 8))
        image.add("model.ids", "I64", [1], [UInt8](repeating: 0, count: 8))
        let directory = try model(image)
        let checkpoint = try open(directory)
        let wrong = #expect(throws: CheckpointError.self) {
            try checkpoint.audioTower.tensor("layers.3.lconv1d.depthwise_conv1d.weight", shape: [4, 1, 5])
        }
        #expect(
            wrong?.description
                == "model.audio_tower.layers.3.lconv1d.depthwise_conv1d.weight is [4, 1, 2], config.json says [4, 1, 5]: they come from different checkpoints"
        )
        let missing = #expect(throws: CheckpointError.self) { try checkpoint.languageModel.vector("norm.weight", count: 64) }
        #expect(
            missing?.description
                == "model.language_model.norm.weight [64] is not among the weights in \(directory.path): config.json asks for a part that the weights do not have"
        )
        let type = #expect(throws: CheckpointError.self) { try checkpoint.root.vector("model.ids", count: 1) }
        #expect(
            type?.description
                == "model.ids in \(directory.path)/model.safetensors is stored as I64; weights can be F32, BF16 or F16: convert the checkpoint"
        )
        #expect(throws: CheckpointError.missingTensor(name: "model.scale", expected: [], directory: directory.path)) {
            try checkpoint.root.scalar("model.scale")
        }
    }

    @Test func unreadTensorsAreAnErrorUnlessIgnored() throws {
        var image = SafetensorsImage()
        for name in ["a.weight", "a.bias", "ab.weight", "b", "c", "d", "e"] { image.addFloats("model.language_model." + name, [1], [0]) }
        image.addFloats("model.elsewhere", [1], [0])
        image.addFloats("lm_head.weight", [1], [0])
        let directory = try model(image)
        let checkpoint = try open(directory)
        let scope = checkpoint.languageModel
        #expect(checkpoint.strays == ["model.elsewhere"])
        let all = #expect(throws: CheckpointError.self) { try checkpoint.requireAllRead() }
        #expect(
            all?.description
                == "7 tensors in \(directory.path) belong to nothing that config.json describes: model.language_model.a.bias, model.language_model.a.weight, model.language_model.ab.weight, model.language_model.b, model.language_model.c, …; config.json and weights come from different checkpoints"
        )
        scope.ignore("a")  // both below "a", and not "ab"
        for name in ["b", "c", "d"] { _ = try scope.vector(name, count: 1) }
        let left = ["model.language_model.ab.weight", "model.language_model.e"]
        #expect(throws: CheckpointError.unreadTensors(names: left, count: 2, directory: directory.path)) {
            try checkpoint.requireAllRead()
        }
        // Looking is not reading, and neither is a failed read.
        #expect(scope.has("e") && scope.shape("e") == [1])
        #expect(throws: CheckpointError.self) { try scope.vector("e", count: 2) }
        scope.ignore("e")
        let one = #expect(throws: CheckpointError.self) { try checkpoint.requireAllRead() }
        #expect(one?.description.hasPrefix("1 tensor in \(directory.path) belongs to nothing") == true)
        _ = try scope.vector("ab.weight", count: 1)
        try checkpoint.requireAllRead()
    }

    @Test func scopesAreSafeToShare() async throws {
        var image = SafetensorsImage()
        for index in 0..<200 { image.addFloats("model.t\(index)", [2], [Float(index), 1]) }
        let checkpoint = try open(model(image))
        await withTaskGroup(of: Bool.self) { group in
            for index in 0..<200 {
                group.addTask { (try? checkpoint.root.vector("model.t\(index)", count: 2)) == [Float(index), 1] }
            }
            for await equal in group { #expect(equal) }
        }
        try checkpoint.requireAllRead()
    }

    /// The same values through every stored type and every format that is computed in.
    @Test(arguments: ["F32", "BF16", "F16"], WeightFormat.allCases)
    func matricesComeInTheFormatAskedFor(stored: String, format: WeightFormat) throws {
        // 33 inputs: more than one block of 32. The values are exact in every stored type.
        let (rows, columns) = (3, 33)
        let values = (0..<rows * columns).map { Float($0 % 17 - 8) / 8 }
        var image = SafetensorsImage()
        switch stored {
        case "BF16": image.addHalves("model.w", stored, [rows, columns], values.map { UInt16($0.bitPattern >> 16) })
        case "F16": image.addHalves("model.w", stored, [rows, columns], values.map { Float16($0).bitPattern })
        default: image.addFloats("model.w", [rows, columns], values)
        }
        // Once as it comes, once with the data at an odd address, where it has to be copied.
        for padding in 0..<2 {
            image.padding = padding
            let matrix = try open(model(image), format).root.matrix("model.w", outputs: rows, inputs: columns)
            #expect(matrix.format == format)
            #expect((matrix.outputs, matrix.inputs) == (rows, columns))
            for row in 0..<rows {
                let expected = Array(values[row * columns..<(row + 1) * columns])
                if format == .q8 {
                    // Half a step of 127 for a block whose largest value is 1.
                    #expect(zip(matrix.row(row), expected).allSatisfy { abs($0 - $1) <= 0.5 / 127 + 1e-3 })
                } else {
                    #expect(matrix.row(row) == expected)
                }
            }
        }
    }

    @Test func tablesStayAsStored() throws {
        var image = SafetensorsImage()
        image.addHalves("model.t", "BF16", [2, 2], [0x3F80, 0x4000, 0x4040, 0x4080])
        image.addFloats("model.f", [2, 1], [5, 6])
        image.addHalves("model.h", "F16", [1, 2], [0x3C00, 0x4000])
        let root = try open(model(image), .q8).root
        let table = try root.table("model.t", rows: 2, columns: 2)
        #expect(table.format == .bf16 && table.row(1) == [3, 4])
        #expect(try root.table("model.f", rows: 2, columns: 1).row(1) == [6])
        #expect(try root.table("model.h", rows: 1, columns: 2).row(0) == [1, 2])
        #expect(throws: CheckpointError.wrongShape(name: "model.t", actual: [2, 2], expected: [4, 1])) {
            try root.table("model.t", rows: 4, columns: 1)
        }
    }

    /// A table that would have to be copied is refused above a limit. The file is sparse: it takes no disk.
    @Test func hugeTablesAreNotCopied() throws {
        let directory = try TemporaryDirectory()
        try directory.write("config.json", Fixtures.bytes("e2b/config.json"))
        let rows = WeightScope.maximumTableCopy / 4 / 1024 + 1
        let bytes = rows * 1024 * 2
        let path = directory.path + "/model.safetensors"
        try directory.write(
            "model.safetensors",
            SafetensorsImage.file(
                header: "{\"model.t\":{\"dtype\":\"F16\",\"shape\":[\(rows),1024],\"data_offsets\":[0,\(bytes)]}}"))
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.truncate(atOffset: handle.seekToEnd() + UInt64(bytes))
        try handle.close()
        let root = try open(directory).root
        let error = #expect(throws: CheckpointError.self) { try root.table("model.t", rows: rows, columns: 1024) }
        #expect(
            error?.description
                == "model.t would need a copy of 1073745920 bytes because F16 is not computed with, at most 1073741824 are copied: save the checkpoint again as BF16"
        )
    }

    @Test func namesWithoutThePrefixAreFound() throws {
        var image = SafetensorsImage()
        image.addFloats("language_model.norm.weight", [1], [4])
        let checkpoint = try open(model(image))
        #expect(try checkpoint.languageModel.vector("norm.weight", count: 1) == [4])
        try checkpoint.requireAllRead()
    }

    // MARK: Directories and shards

    @Test func aDirectoryIsNeeded() throws {
        let none = #expect(throws: CheckpointError.self) { try Checkpoint(directory: "/nonexistent/model", weights: .f32, pool: pool) }
        #expect(none?.description == "/nonexistent/model cannot be read: No such file or directory")
        let directory = try TemporaryDirectory()
        let empty = #expect(throws: CheckpointError.self) { try open(directory) }
        #expect(
            empty?.description
                == "\(directory.path) holds neither model.safetensors nor model.safetensors.index.json: is the download complete?")
        try directory.write("file", "x")
        let file = #expect(throws: CheckpointError.self) { try Checkpoint(directory: directory.path + "/file", weights: .f32, pool: pool) }
        #expect(
            file?.description
                == "\(directory.path)/file is not a directory: give the folder that holds config.json and model.safetensors")
        try directory.write("model.safetensors", SafetensorsImage().bytes)
        let config = #expect(throws: CheckpointError.self) { try open(directory) }
        #expect(config?.description == "\(directory.path)/config.json cannot be read: No such file or directory")
        try directory.write("config.json", "{\"text_config\": ")
        let broken = #expect(throws: CheckpointError.self) { try open(directory) }
        #expect(
            broken?.description
                == "\(directory.path)/config.json is not valid JSON: the text ends where a value is expected at byte 16; copy or download the file again"
        )
        try directory.write("config.json", [UInt8](repeating: 0x20, count: 1 << 20 | 1))
        let large = #expect(throws: CheckpointError.self) { try open(directory) }
        #expect(
            large?.description
                == "\(directory.path)/config.json is 1048577 bytes long, at most 1048576 are read: it is not the file its name says")
    }

    /// Two shards: `a` in the first, `b` in the second.
    private func sharded(index: String) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        try directory.write("config.json", Fixtures.bytes("e2b/config.json"))
        for (file, name) in [("one", "model.a"), ("two", "model.b")] {
            var image = SafetensorsImage()
            image.addFloats(name, [1], [file == "one" ? 1 : 2])
            try directory.write("\(file).safetensors", image.bytes)
        }
        try directory.write("model.safetensors.index.json", index)
        return directory
    }

    @Test func readsShards() throws {
        let directory = try sharded(
            index: #"{"metadata":{"total_size":8},"weight_map":{"model.a":"one.safetensors","model.b":"two.safetensors"}}"#)
        let checkpoint = try open(directory)
        #expect(try checkpoint.root.vector("model.a", count: 1) == [1])
        #expect(try checkpoint.root.vector("model.b", count: 1) == [2])
        try checkpoint.requireAllRead()
    }

    @Test(
        arguments: [
            (#"{"weight_map":{"model.a":"one.safetensors"}}"#, nil),
            (
                #"{"weight_map":{"model.a":"../one.safetensors"}}"#,
                "model.a is said to be in \"../one.safetensors\": a shard must be a plain file name ending in .safetensors, beside the index"
            ),
            (
                #"{"weight_map":{"model.a":"/etc/x.safetensors"}}"#,
                "model.a is said to be in \"/etc/x.safetensors\": a shard must be a plain file name ending in .safetensors, beside the index"
            ),
            (
                #"{"weight_map":{"model.a":".hidden.safetensors"}}"#,
                "model.a is said to be in \".hidden.safetensors\": a shard must be a plain file name ending in .safetensors, beside the index"
            ),
            (
                #"{"weight_map":{"model.a":"one.bin"}}"#,
                "model.a is said to be in \"one.bin\": a shard must be a plain file name ending in .safetensors, beside the index"
            ),
            (
                #"{"weight_map":{"model.a":"one.safetensors","model.b":"three.safetensors"}}"#,
                "the shard three.safetensors is not beside the index: the download is incomplete"
            ),
            (
                #"{"weight_map":{"model.a":"one.safetensors","model.c":"two.safetensors"}}"#,
                "model.b is in two.safetensors, but not in the index: index and shards come from different checkpoints"
            ),
            (
                #"{"weight_map":{"model.a":"one.safetensors","model.c":"one.safetensors"}}"#,
                "model.c is said to be in one.safetensors, which does not have it: index and shards come from different checkpoints"
            ),
            (
                #"{"weight_map":{"model.a":7}}"#,
                "model.a is mapped to 7, not to a file name; an index has \"weight_map\", an object from tensor names to file names"
            ),
            (
                #"{"weight_map":{}}"#,
                "\"weight_map\" is empty; an index has \"weight_map\", an object from tensor names to file names"
            ),
            (
                #"[1]"#, "the document is [1]; an index has \"weight_map\", an object from tensor names to file names"
            ),
        ] as [(String, String?)])
    func indexAndShardsMustAgree(index: String, problem: String?) throws {
        let directory = try sharded(index: index)
        guard let problem else {
            _ = try open(directory)
            return
        }
        let error = #expect(throws: CheckpointError.self) { try open(directory) }
        #expect(error?.description == "\(directory.path)/model.safetensors.index.json: \(problem)")
    }

    @Test func aTensorInTwoShardsIsRefused() throws {
        let directory = try sharded(index: #"{"weight_map":{"model.a":"one.safetensors","model.b":"two.safetensors"}}"#)
        var image = SafetensorsImage()
        image.addFloats("model.a", [1], [3])
        image.addFloats("model.b", [1], [3])
        try directory.write("two.safetensors", image.bytes)
        let error = #expect(throws: CheckpointError.self) { try open(directory) }
        #expect(
            error?.description
                == "\(directory.path)/model.safetensors.index.json: model.a is in one.safetensors and again in two.safetensors: the shards come from different checkpoints"
        )
    }

    @Test func tooManyShardsAreRefused() throws {
        let map = (0...SafetensorsIndex.maximumShards).map { "\"t\($0)\":\"\($0).safetensors\"" }.joined(separator: ",")
        let document = try JSONValue(parsing: Array("{\"weight_map\":{\(map)}}".utf8))
        #expect(throws: IndexProblem.tooManyShards(count: 1001, limit: 1000)) { try SafetensorsIndex(document) }
    }

    @Test(arguments: ["e2b", "e4b"]) func goldenCheckpointsOpen(kind: String) throws {
        let checkpoint = try Checkpoint(directory: Fixtures.path(kind), weights: .bf16, pool: pool)
        let text = checkpoint.configuration.text
        let embedding = try checkpoint.languageModel.matrix("embed_tokens.weight", outputs: text.vocabularySize, inputs: text.hiddenSize)
        #expect(embedding.format == .bf16)
        #expect(throws: CheckpointError.self) { try checkpoint.requireAllRead() }
    }
}
