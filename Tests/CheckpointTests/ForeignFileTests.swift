import Checkpoint
import Tensors
import Testing

/// What people put in a model's place is named, with the way out, instead of being judged as a damaged file of ours.
@Suite struct ForeignFileTests {
    private static let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 10246621918\n"
    private static let samples: [(ForeignFile, String)] = [
        (.gguf, "GGUF\u{3}\u{0}\u{0}\u{0}" + String(repeating: "\u{0}", count: 64)), (.lfsPointer, pointer),
        (.webPage, "\n <!DOCTYPE html><html><title>Sign in</title>"), (.webPage, "<HTML>"), (.zip, "PK\u{3}\u{4}archive/data.pkl"),
    ]

    private func problem(_ directory: String) -> String {
        do {
            let checkpoint = try Checkpoint(directory: directory, weights: .f32, pool: ThreadPool(threads: 1))
            _ = try Tokenizer(directory: directory, vocabularySize: checkpoint.configuration.text.vocabularySize)
            return "accepted"
        } catch { return "\(error)" }
    }

    /// Each file of a model, replaced by each thing.
    @Test(arguments: ["model.safetensors", "config.json", "tokenizer.json", "preprocessor_config.json"]) func itIsNamed(file: String) throws
    {
        for (kind, text) in Self.samples {
            let directory = try TemporaryDirectory()
            for name in ["config.json", "model.safetensors", "tokenizer.json", "preprocessor_config.json"] {
                try directory.write(name, Fixtures.bytes("e2b/\(name)"))
            }
            #expect(problem(directory.path) == "accepted")
            try directory.write(file, text)
            let path = directory.path.hasSuffix("/") ? directory.path + file : directory.path + "/" + file
            #expect(problem(directory.path) == "\(path) is \(kind)", "\(file)")
        }
    }

    @Test func aGGUFFileInsteadOfAFolder() throws {
        let directory = try TemporaryDirectory()
        try directory.write("gemma.gguf", Self.samples[0].1)
        let path = directory.path + "/gemma.gguf"
        #expect(problem(path) == "\(path) is \(ForeignFile.gguf)")
        try directory.write("notes.txt", "nothing of that kind")
        #expect(problem(directory.path + "/notes.txt").contains("is not a directory"))
    }

    @Test func aFolderOfAnotherProgramsWeights() throws {
        let directory = try TemporaryDirectory()
        try directory.write("config.json", Fixtures.bytes("e2b/config.json"))
        #expect(problem(directory.path).hasSuffix("is the download complete?"))
        try directory.write("pytorch_model.bin", "x")
        #expect(problem(directory.path).contains("but pytorch_model.bin, which is not read"))
        try directory.write("gemma-q4.gguf", "x")
        #expect(problem(directory.path).contains("but gemma-q4.gguf, which is not read"))
    }

    @Test func everyKindHasItsRemedy() {
        for kind in ForeignFile.allCases { #expect("\(kind)".contains(": "), "\(kind)") }
        #expect(ForeignFile(first: Array(#"{"model_type":"gemma4"}"#.utf8)) == nil)
        #expect(ForeignFile(first: []) == nil)
    }
}
