import Crypto
import Files
import Foundation
import Glibc

/// Files as bytes, with a bound, and as their SHA-256.
enum FileBytes {
    /// - Returns: nil: the file is longer than `limit` bytes; one more than that was read.
    /// - Throws: a file that cannot be opened or is no regular file.
    static func read(_ path: String, atMost limit: Int) throws(SignatureError) -> Data? {
        var bytes = Data()
        try each(path, blockBytes: limit + 1) { (block) throws(SignatureError) in
            bytes.append(contentsOf: block)
            return bytes.count <= limit
        }
        return bytes.count <= limit ? bytes : nil
    }

    /// - Returns: 64 hexadecimal digits, as `sha256sum` prints them.
    static func sha256(_ path: String) throws(SignatureError) -> String {
        var hash = SHA256()
        try each(path, blockBytes: 1 << 20) { (block) throws(SignatureError) in
            hash.update(bufferPointer: block)
            return true
        }
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// - Throws: a pipe, a device or a folder in the place of a file that is written: a renaming over it would take it away.
    static func requireReplaceable(_ path: String) throws(SignatureError) {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG { throw .notAFile(path: path) }
    }

    /// Calls `body` with the file's blocks until it returns false.
    private static func each(
        _ path: String, blockBytes: Int, _ body: (UnsafeRawBufferPointer) throws(SignatureError) -> Bool
    ) throws(SignatureError) {
        let descriptor: CInt
        do { descriptor = try RegularFile.open(path).descriptor } catch {
            throw error == .notRegular ? .notAFile(path: path) : .unreadable(path: path, reason: error.description)
        }
        defer { close(descriptor) }
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: min(blockBytes, 1 << 20), alignment: 64)
        defer { block.deallocate() }
        while true {
            let count = Glibc.read(descriptor, block.baseAddress, block.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
            guard count > 0 else { return }
            guard try body(UnsafeRawBufferPointer(rebasing: block[..<count])) else { return }
        }
    }
}
