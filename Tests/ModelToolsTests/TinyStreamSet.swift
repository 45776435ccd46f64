import Foundation

/// Two recordings of four seconds, of the pictures and the sound of `TinySet`.
struct TinyStreamSet {
    private let tiny: TinySet
    var path: String { tiny.path + "/long" }
    var model: String { tiny.model }

    /// The second picture comes after two seconds; the sound lasts from 0.4 to 1.4 s.
    private static let truth = #"""
        {"id":"NAME","seconds":4,"fps":2,
         "frames":[{"time":0,"image":"a.jpg"},{"time":0.5,"image":"a.jpg"},{"time":1,"image":"a.jpg"},{"time":1.5,"image":"a.jpg"},
                   {"time":2,"image":"b.jpg"},{"time":2.5,"image":"b.jpg"},{"time":3,"image":"b.jpg"},{"time":3.5,"image":"b.jpg"}],
         "muted":[{"device":"camera","from":3.2,"to":3.6}],"events":[{"time":2,"kind":"put"}],
         "observations":[{"time":0.5,"kind":"put","object":"mug"}],
         "words":[{"from":0.4,"to":1.4,"text":"is there a mug","condition":"clean","answers":["yes."],"typed":"a mug?"}],
         "sounds":[],"chatter":[],
         "asks":[{"time":1,"measure":"objects","question":"what?","objects":["mug"],"wording":"plain","now":true},
                 {"time":2.6,"measure":"presence","question":"a mug?","answers":["yes."],"wording":"typo","now":true},
                 {"time":2.7,"measure":"again","question":"a key?","answers":["no."],"after":[{"question":"a mug?","answer":"yes."}]},
                 {"time":3.4,"measure":"dark","question":"what?","answers":["i cannot see."],"now":true}],
         "instructions":[{"text":"tell me when a mug appears","from":0.2,"to":4,"due":[{"time":0.5,"answers":["a mug."]}]}]}
        """#

    init(isSilent: Bool) throws {
        tiny = try TinySet([], isSilent: isSilent)
        for name in ["one", "two"] {
            let folder = path + "/" + name
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for file in ["a.jpg", "b.jpg"] {
                try FileManager.default.copyItem(atPath: tiny.path + "/" + file, toPath: folder + "/" + file)
            }
            try FileManager.default.copyItem(atPath: tiny.path + "/sound.wav", toPath: folder + "/microphone.wav")
            try Self.truth.replacing("NAME", with: name).write(toFile: folder + "/truth.json", atomically: true, encoding: .utf8)
        }
        try write(#"{"format":1,"seed":1,"minutes":0.1,"streams":["one","two"]}"#)
    }

    /// Another index.
    func write(_ index: String) throws { try index.write(toFile: path + "/set.json", atomically: true, encoding: .utf8) }

    /// Changes the first recording's truth.
    func replace(_ text: String, with other: String) throws {
        try Self.truth.replacing(text, with: other).write(toFile: path + "/one/truth.json", atomically: true, encoding: .utf8)
    }

    func remove() { tiny.remove() }
}
