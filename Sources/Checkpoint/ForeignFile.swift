import Files

/// What stands in the place of a model's file and is none, by its first bytes: what people have instead after a download that
/// was not one, or of another program's models.
public enum ForeignFile: Sendable, Equatable, CaseIterable {
    case gguf, lfsPointer, webPage, zip, gzip

    /// - Parameter first: some 64 bytes of the file's beginning, or all of it.
    public init?(first: some Sequence<UInt8>) {
        let bytes = Array(first.prefix(64))
        let text = bytes.drop { $0 <= 0x20 }.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        if bytes.starts(with: Array("GGUF".utf8)) {
            self = .gguf
        } else if bytes.starts(with: Array("version https://git-lfs.github.com/".utf8)) {
            self = .lfsPointer
        } else if text.starts(with: Array("<!doctype html".utf8)) || text.starts(with: Array("<html".utf8)) {
            self = .webPage
        } else if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
            self = .zip
        } else if bytes.starts(with: [0x1F, 0x8B]) {
            self = .gzip
        } else {
            return nil
        }
    }

    /// Of a file; nil if it is none of these, or cannot be read.
    init?(path: String) {
        guard let bytes = try? RegularFile.beginning(of: path, count: 64) else { return nil }
        self.init(first: bytes)
    }
}

extension ForeignFile: CustomStringConvertible {
    /// What it is, and the remedy.
    public var description: String {
        switch self {
        case .gguf:
            "a GGUF file, which is not read: download the model as its makers publish it, a folder with config.json and model.safetensors"
        case .lfsPointer:
            "a git-LFS pointer and not the file itself: run git lfs pull where it was cloned, or download the file"
        case .webPage:
            "a web page, as a refused download leaves: log in (hf auth login), accept the model's terms and download the file again"
        case .zip:
            "a zip archive, as PyTorch saves weights: download model.safetensors, or save the checkpoint as safetensors"
        case .gzip:
            "a gzip archive: unpack it first"
        }
    }
}
