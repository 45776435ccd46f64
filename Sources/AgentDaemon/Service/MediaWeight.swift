package import AgentProtocol
import ImageFiles

/// What a client's message asks to be decoded, by the headers alone.
package struct MediaWeight: Equatable {
    package private(set) var pixels = 0
    /// Of sound.
    package private(set) var seconds = 0.0
    package private(set) var isEmpty = true

    /// - Throws: a refusal of a message that holds more than `limits` allow, or a picture whose header cannot be true, before
    ///   anything of it is decoded. What else is wrong with a picture is said when its turn comes.
    package init(_ message: ClientMessage, limits: DaemonConfiguration.Live) throws(StatusError) {
        try add(message)
        guard pixels <= limits.maximumLinePixels else {
            throw StatusError(
                .invalidArgument,
                "the pictures of this message have \(pixels) pixels, more than the \(limits.maximumLinePixels) of [live] max_line_pixels: "
                    + "make them smaller, or send them in several messages", reason: "TOO_MANY_PIXELS")
        }
        guard seconds <= Double(limits.maximumLineSeconds) else {
            throw StatusError(
                .invalidArgument,
                "the sound of this message lasts \(Int(seconds)) s, more than the \(limits.maximumLineSeconds) of [live] max_line_seconds: "
                    + "send it in several messages", reason: "TOO_MUCH_SOUND")
        }
    }

    private mutating func add(_ message: ClientMessage) throws(StatusError) {
        switch message.kind {
        case .clientContent(let content):
            // What cannot be in a turn of the model's is refused for that.
            for part in content.turns.filter({ $0.role != "model" }).flatMap(\.parts) {
                if case .inlineData(let blob) = part.payload, blob.mediaType.hasPrefix("image/") { try add(picture: blob) }
            }
        case .realtimeInput(let inputs):
            for input in inputs {
                switch input {
                case .video(let blob): try add(picture: blob)
                case .audio(let blob): add(sound: blob)
                case .text, .activityStart, .activityEnd, .audioStreamEnd: break
                }
            }
        case .setup, .toolResponse, .contextUpdate, .native: break
        }
    }

    /// No side is beyond `ImageFiles.maximumSide`, and a line has not the bytes for as many headers as it takes to overflow.
    private mutating func add(picture blob: Blob) throws(StatusError) {
        isEmpty = false
        do throws(ImageFileError) {
            let size = try ImageFiles.size(of: blob.data)
            pixels += size.width * size.height
        } catch .notAnImage where !Self.pictureTypes.contains(blob.mediaType) {
            throw StatusError(
                .invalidArgument, "\(blob.mimeType) is not read: send image/jpeg or image/png", reason: "UNSUPPORTED_MIME_TYPE")
        } catch {
            throw StatusError(unreadable: error)
        }
    }

    private static let pictureTypes: Set = ["image/jpeg", "image/jpg", "image/png"]

    private mutating func add(sound blob: Blob) {
        isEmpty = false
        func number(_ name: String, absent: Int) -> Int {
            blob.parameters.last { $0.name == name }.map { Int($0.value) ?? 0 } ?? absent
        }
        // Another type, or a wrong number, has no length: what is wrong is said when the sound is read, before it costs anything.
        let (rate, channels) = (number("rate", absent: 16_000), number("channels", absent: 1))
        guard blob.isReadableSound, Blob.rates.contains(rate), Blob.channelCounts.contains(channels) else { return }
        seconds += Double(blob.data.count / 2) / Double(rate) / Double(channels)
    }
}

extension StatusError {
    init(unreadable error: ImageFileError) {
        self.init(.invalidArgument, "\(error)", reason: "UNREADABLE_IMAGE")
    }
}
