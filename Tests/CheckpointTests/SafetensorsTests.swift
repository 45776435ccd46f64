import Checkpoint
import Foundation
import Glibc
import Tensors
import Testing

@Suite struct SafetensorsTests {
    private func header(_ bytes: [UInt8]) throws -> SafetensorsHeader {
        try bytes.withUnsafeBytes { try SafetensorsHeader(prefix: $0, fileBytes: bytes.count) }
    }

    private func entry(_ fields: String, data: Int = 8) -> [UInt8] {
        SafetensorsImage.file(header: "{\"w\":{\(fields)}}", data: [UInt8](repeating: 0, count: data))
    }

    @Test func readsWhatItWasGiven() throws {
        let directory = try TemporaryDirectory()
        var image = SafetensorsImage()
        image.addFloats("b.weight", [2, 3], [1, 2, 3, 4, 5, 6.5])
        image.addHalves("a", "BF16", [2], [0x3FC0, 0xC040])
        image.addHalves("h", "F16", [7], [0x3C00, 0xC100, 0x0001, 0x8000, 0x7BFF, 0x7C00, 0x03FF])
        image.add("i", "I32", [2], [1, 0, 0, 0, 0xFE, 0xFF, 0xFF, 0xFF])
        image.add("u", "U8", [3], [0, 7, 255])
        image.add("empty", "F32", [0, 4], [])
        image.addFloats("scalar", [], [3.25])
        try directory.write("x.safetensors", image.bytes)
        let file = try SafetensorsFile(path: directory.path + "/x.safetensors")
        #expect(file.names.count == 7)
        #expect(file.shape("b.weight") == [2, 3])
        #expect(try file.floats("b.weight") == [1, 2, 3, 4, 5, 6.5])
        #expect(try file.floats("a") == [1.5, -3])
        #expect(try file.floats("h") == [1, -2.5, 0x1p-24, -0.0, 65504, .infinity, 0x1.FF8p-15])
        #expect(try file.floats("h")[3].sign == .minus)
        #expect(try file.integers("i") == [1, -2])
        #expect(try file.integers("u") == [0, 7, 255])
        #expect(try file.floats("empty") == [])
        #expect(try file.floats("scalar") == [3.25])
        #expect(throws: CheckpointError.malformedWeights(path: file.path, .missingTensor(name: "c"))) { try file.floats("c") }
        #expect(throws: CheckpointError.malformedWeights(path: file.path, .wrongType(tensor: "i", type: .i32, wanted: "F32, BF16 or F16")))
        {
            try file.floats("i")
        }
        #expect(
            throws: CheckpointError.malformedWeights(path: file.path, .wrongType(tensor: "a", type: .bf16, wanted: "U8, I8, I32 or I64"))
        ) {
            try file.integers("a")
        }
    }

    @Test func refusesDamagedFiles() throws {
        let whole = "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]"
        #expect(try header(entry(whole)).entries.count == 1)
        let cases: [([UInt8], SafetensorsProblem, String)] = [
            (
                [1, 2, 3], .tooShort(bytes: 3),
                "3 bytes cannot hold a safetensors header; the file is damaged or incomplete, download it again"
            ),
            (
                SafetensorsImage.file(header: "{}").dropLast().map { $0 }, .headerBeyondFile(length: 2, available: 1),
                "the header claims 2 bytes, 1 follow; the file is damaged or incomplete, download it again"
            ),
            (
                [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7B], .headerOverLimit(length: .max, limit: 100_000_000),
                "the header claims 18446744073709551615 bytes, the limit is 100000000: this is not a safetensors file"
            ),
            (
                SafetensorsImage.file(header: "{\"w\":"), .header(JSONError(byte: 5, problem: "the text ends where a value is expected")),
                "the header is not valid JSON: the text ends where a value is expected at byte 5 of it; the file is damaged or incomplete, download it again"
            ),
            (
                SafetensorsImage.file(header: "[]"), .header(JSONError(byte: 0, problem: "an object is expected")),
                "the header is not valid JSON: an object is expected at byte 0 of it; the file is damaged or incomplete, download it again"
            ),
            (
                SafetensorsImage.file(header: "{\"w\":3}"), .entry(tensor: "w", problem: "it is not an object"),
                "the entry of w is wrong: it is not an object; the file is damaged or incomplete, download it again"
            ),
            (
                entry("\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]"), .unknownType(tensor: "w", type: "F31"),
                "w has the unknown dtype \"F31\": save the checkpoint again as BF16"
            ),
            (
                entry("\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,8]"),
                .sizeOverflow(tensor: "w", shape: [4_611_686_018_427_387_904, 4]),
                "the size of w [4611686018427387904, 4] overflows; the file is damaged or incomplete, download it again"
            ),
            (
                entry("\"dtype\":\"F64\",\"shape\":[2305843009213693951],\"data_offsets\":[0,8]"),
                .sizeOverflow(tensor: "w", shape: [2_305_843_009_213_693_951]),
                "the size of w [2305843009213693951] overflows; the file is damaged or incomplete, download it again"
            ),
            (
                entry("\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]"),
                .sizeMismatch(tensor: "w", shape: [3], type: .f32, expected: 12, begin: 0, end: 8),
                "w [3] of F32 takes 12 bytes, its offsets 0 to 8 hold 8; the file is damaged or incomplete, download it again"
            ),
            (
                entry("\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]"), .outsideFile(tensor: "w", end: 12, dataBytes: 8),
                "w ends at byte 12 of the data, the file has 8; the file is damaged or incomplete, download it again"
            ),
            (
                entry("\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]"), .hole(tensor: "w", begin: 4, previousEnd: 0),
                "w begins at byte 4 of the data, the tensor before it ends at 0: the format allows no holes; the file is damaged or incomplete, download it again"
            ),
            (
                entry("\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]"), .trailingBytes(end: 4, dataBytes: 8),
                "the tensors end at byte 4 of the data, the file has 8: the format allows nothing after them; the file is damaged or incomplete, download it again"
            ),
            (
                SafetensorsImage.file(
                    header: #"{"v":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
                    data: [UInt8](repeating: 0, count: 8)),
                .overlap(tensor: "w", begin: 4, previous: "v", previousEnd: 8),
                "w begins at byte 4 of the data, inside v, which ends at 8; the file is damaged or incomplete, download it again"
            ),
        ]
        for (bytes, problem, sentence) in cases {
            #expect(throws: problem) { try header(bytes) }
            #expect(problem.description == sentence)
        }
    }

    @Test(arguments: [
        ("\"shape\":[2],\"data_offsets\":[0,8]", "it has no dtype"),
        ("\"dtype\":3,\"shape\":[2],\"data_offsets\":[0,8]", "its dtype is not a string"),
        ("\"dtype\":\"F32\",\"data_offsets\":[0,8]", "it has no shape"), ("\"dtype\":\"F32\",\"shape\":[2]", "it has no data_offsets"),
        ("\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]", "its shape holds something else than whole numbers from 0"),
        ("\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]", "its shape holds something else than whole numbers from 0"),
        ("\"dtype\":\"F32\",\"shape\":[\"2\"],\"data_offsets\":[0,8]", "its shape holds something else than whole numbers from 0"),
        ("\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]", "its shape has more than 8 numbers"),
        ("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]", "its data_offsets [8, 0] are not a begin and an end"),
        ("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8]", "its data_offsets [8] are not a begin and an end"),
        ("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":1", "it has the unknown field \"x\""),
        ("\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]", "it has dtype twice"),
    ])
    func refusesWrongEntries(fields: String, problem: String) {
        #expect(throws: SafetensorsProblem.entry(tensor: "w", problem: problem)) { try header(entry(fields)) }
    }

    @Test func refusesATensorThatIsListedTwice() {
        let one = #""w":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"#
        #expect(throws: SafetensorsProblem.entry(tensor: "w", problem: "it is listed twice")) {
            try header(SafetensorsImage.file(header: "{\(one),\(one)}"))
        }
    }

    @Test func refusesTooManyTensors() {
        let entries = (0...SafetensorsHeader.maximumTensors).map { "\"\($0)\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}" }
        #expect(throws: SafetensorsProblem.tooManyTensors(limit: 50_000)) {
            try header(SafetensorsImage.file(header: "{" + entries.joined(separator: ",") + "}"))
        }
    }

    @Test func acceptsMetadataAndPadding() throws {
        let bytes = SafetensorsImage.file(
            header: #"{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}      "#,
            data: [UInt8](repeating: 0, count: 8))
        #expect(try header(bytes).entries.map(\.name) == ["w"])
    }

    @Test func namesTheFileThatCannotBeOpened() throws {
        let directory = try TemporaryDirectory()
        let missing = directory.path + "/none.safetensors"
        let error = #expect(throws: CheckpointError.self) { try SafetensorsFile(path: missing) }
        #expect(error?.description == "\(missing) cannot be read: No such file or directory")
        let folder = #expect(throws: CheckpointError.self) { try SafetensorsFile(path: directory.path) }
        #expect(folder?.description == "\(directory.path) cannot be read: it is not a regular file")
        try directory.write("empty.safetensors", "")
        #expect(throws: CheckpointError.malformedWeights(path: directory.path + "/empty.safetensors", .tooShort(bytes: 0))) {
            try SafetensorsFile(path: directory.path + "/empty.safetensors")
        }
    }

    /// A pipe with a model file's name holds nobody up.
    @Test(.timeLimit(.minutes(1))) func aPipeIsNamedAtOnce() throws {
        let directory = try TemporaryDirectory()
        let pipe = directory.path + "/config.json"
        #expect(mkfifo(pipe, 0o600) == 0)
        let mapped = #expect(throws: CheckpointError.self) { try SafetensorsFile(path: pipe) }
        #expect(mapped?.description == "\(pipe) cannot be read: it is not a regular file")
        var image = SafetensorsImage()
        image.addFloats("w", [1], [1])
        try directory.write("model.safetensors", image.bytes)
        let error = #expect(throws: CheckpointError.self) {
            try Checkpoint(directory: directory.path, weights: .f32, pool: ThreadPool(threads: 1))
        }
        #expect(error?.description.contains("config.json") == true)
    }

    /// More shards than a model has: each is watched, or would have been refused by name.
    @Test func manyFilesAreMappedAndWatched() throws {
        let directory = try TemporaryDirectory()
        var image = SafetensorsImage()
        image.addFloats("w", [1], [1])
        try directory.write("x.safetensors", image.bytes)
        let files = try (0..<100).map { _ in try SafetensorsFile(path: directory.path + "/x.safetensors") }
        #expect(try files.allSatisfy { try $0.floats("w") == [1] })
    }

    /// Damaged headers either still describe the file, every entry inside it, or are refused.
    @Test(arguments: UInt64(1)...4) func survivesFuzzing(seed: UInt64) throws {
        var mutator = Mutator(seed: seed)
        var image = SafetensorsImage()
        image.addFloats("model.norm.weight", [3], [1, 2, 3])
        image.addHalves("model.layers.0.weight", "BF16", [2, 2], [1, 2, 3, 4])
        image.add("x", "I64", [1], [0, 0, 0, 0, 0, 0, 0, 0])
        let original = image.bytes
        var accepted = 0
        let count = fuzzCount(1500)
        for _ in 0..<count {
            let bytes = mutator.mutate(original)
            guard let header = try? header(bytes) else { continue }
            accepted += 1
            for entry in header.entries {
                #expect(entry.offset >= 8 && entry.byteCount >= 0 && entry.offset + entry.byteCount <= bytes.count)
                #expect(entry.shape.reduce(1, *) == entry.elementCount)
            }
        }
        // Flips in the data or in names are harmless; most others are not.
        #expect(accepted > 0 && accepted < count * 4 / 5, "\(accepted)")
    }
}
