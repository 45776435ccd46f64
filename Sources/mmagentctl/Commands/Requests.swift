import AgentProtocol
import AgentSocket
import Capture
import ArgumentParser

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how the daemon is: model, cache, lag, devices.",
        discussion: "Examples:\n  mmagentctl status\n  mmagentctl status --json | jq .lag")

    @OptionGroup var connection: ConnectionOptions
    @Flag(help: "Print one JSON object.") var json = false

    mutating func run() async throws {
        let status = try await connection.request(.status).member("status")
        if json { return try Output.bytes(JSONText.encode(status) + [UInt8(ascii: "\n")]) }
        for line in Report.status(status) { try Output.line(line) }
    }
}

struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Say whether everything works; the exit status says it, too.",
        discussion: """
            Exit status: 0 everything works (warnings stand in lines of their own), 1 something is degraded (the line names it and the remedy), 3 no daemon.

            Examples:
              mmagentctl health
              mmagentctl health --quiet || systemctl restart mmagentd
            """)

    @OptionGroup var connection: ConnectionOptions
    @Flag(name: .shortAndLong, help: "Say nothing.") var quiet = false

    mutating func run() async throws {
        let status = try await connection.request(.status).member("status")
        let state = status["state"]?.string ?? "?"
        if !quiet {
            try Output.line("\(state): \(status["message"]?.string ?? "")")
            for warning in status["warnings"]?.array ?? [] { try Output.line("warning: \(warning.string ?? "?")") }
        }
        if state != "ok" { Exit.leave(.failed) }
    }
}

struct Metrics: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print everything that is counted, as a Prometheus page.",
        discussion: """
            Frames, drops, gaps, lag, tokens, cache, step times and first-token latency as histograms, memory.

            Examples:
              mmagentctl metrics | grep lag
              mmagentctl metrics > /var/lib/node_exporter/mmagent.prom
            """)

    @OptionGroup var connection: ConnectionOptions

    mutating func run() async throws {
        let metrics = try await connection.request(.metrics).member("metrics")
        guard let text = metrics["text"]?.string else { throw AgentClientError.invalidMessage("the reply carries no metrics") }
        try Output.bytes(Array(text.utf8))
    }
}

struct Devices: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the daemon's microphone and camera, and what else this machine has.",
        discussion: """
            First what the daemon uses: source, state, what was lost. Then every microphone and camera that the configuration could \
            name; that part needs no daemon.

            Examples:
              mmagentctl devices
              mmagentctl devices --json | jq -r '.cameras[].source'
            """)

    @OptionGroup var connection: ConnectionOptions
    @Flag(help: "Print one JSON object.") var json = false

    mutating func run() async throws {
        let used: JSONValue
        do {
            used = try await connection.request(.devices).member("devices")
        } catch let error as AgentClientError {
            guard case .noDaemon = error else { throw error }
            Output.complain(error.description)
            used = []
        }
        let (microphones, cameras) = (CaptureDevices.microphones(), CaptureDevices.cameras())
        if json {
            let all: JSONValue = [
                "used": used, "microphones": .array(microphones.map(\.json)), "cameras": .array(cameras.map(\.json)),
            ]
            return try Output.bytes(JSONText.encode(all) + [UInt8(ascii: "\n")])
        }
        for device in used.array ?? [] { try Output.line(Report.device(device)) }
        for (title, devices) in [("microphones", microphones), ("cameras", cameras)] {
            try Output.line("\(title) of this machine:" + (devices.isEmpty ? " none" : ""))
            for device in devices {
                try Output.line("  \(device.source)  \([device.name, device.problem].filter { !$0.isEmpty }.joined(separator: "; "))")
            }
        }
    }
}

extension CaptureDevice {
    fileprivate var json: JSONValue { ["source": .string(source), "name": .string(name), "problem": .string(problem)] }
}

/// A device as the command line names it.
enum DeviceName: String, CaseIterable, ExpressibleByArgument {
    case mic, camera

    var modality: Modality {
        switch self {
        case .mic: .microphone
        case .camera: .camera
        }
    }
}

struct Mute: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Close the microphone or the camera, and forget what it gave.",
        discussion: """
            The device is closed, its buffers are wiped, and what came from it leaves the model's cache.

            Examples:
              mmagentctl mute mic
              mmagentctl mute camera
            """)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "mic or camera.") var device: DeviceName

    mutating func run() async throws {
        _ = try await connection.request(.mute(device.modality))
        try Output.line("\(device.rawValue) muted")
    }
}

struct Unmute: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Open the microphone or the camera again, and say whether it is.",
        discussion: """
            Exit status: 0 it is open, or its recording is over; 1 it is not: it is unmuted, but lost, or none is configured (the \
            reason is on stderr).

            Example:
              mmagentctl unmute mic
            """)

    /// Seconds that a device may take to open; then what is known of it is said.
    private static let patience = Duration.seconds(5)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "mic or camera.") var device: DeviceName

    mutating func run() async throws {
        _ = try await connection.request(.unmute(device.modality))
        // The device is opened by a thread of its own: what came of it shows in its state.
        let end = ContinuousClock.now + Self.patience
        var report = try await self.report()
        while report?["state"]?.string == DeviceReport.State.starting.rawValue, ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(50))
            report = try await self.report()
        }
        let (text, isOpen) = Report.unmuted(device.rawValue, report)
        guard isOpen else { throw Failure(text) }
        try Output.line(text)
    }

    /// What the daemon says of the device now.
    private func report() async throws -> JSONValue? {
        let devices = try await connection.request(.devices).member("devices").array ?? []
        return devices.first { $0["modality"]?.string == device.modality.rawValue }
    }
}

struct Reload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Have the daemon read its configuration file again.",
        discussion: """
            What can change while it runs is in force at once, what waits for a restart is named. A file with faults changes nothing; \
            they are told, and the exit status is 1.

            Example:
              mmagentctl reload
            """)

    @OptionGroup var connection: ConnectionOptions

    mutating func run() async throws {
        let reload = try await connection.request(.reload).member("reload")
        try Output.line(reload["message"]?.string ?? "reloaded")
    }
}

struct Snapshot: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Save the camera's newest frame as JPEG.",
        discussion: """
            A file of that name is replaced, whole or not at all, and only its owner may read it; a pipe or a device is written \
            into. "-" writes to the standard output.

            Examples:
              mmagentctl snapshot desk.jpg
              mmagentctl snapshot - | display
            """)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: ArgumentHelp("Where to write, - for the standard output.", valueName: "file")) var file: String

    func validate() throws {
        guard !file.isEmpty else { throw ValidationError("the file's name is empty: name one, or - for the standard output") }
        // Before the daemon is asked, and a picture taken, in vain.
        if Output.isFolder(file) {
            throw ValidationError("\(file) is a folder: name a file in it, as \(Output.inFolder(file, "desk.jpg"))")
        }
    }

    mutating func run() async throws {
        let snapshot = try await connection.request(.snapshot).member("snapshot")
        guard let jpeg = snapshot["data"]?.base64Bytes, !jpeg.isEmpty else {
            throw AgentClientError.invalidMessage("the snapshot carries no picture")
        }
        if file == "-" { return try Output.bytes(jpeg) }
        try Output.file(jpeg, path: file)
    }
}

extension ReceivedMessage {
    /// What the reply is about.
    fileprivate func member(_ name: String) throws -> JSONValue {
        guard let value = native(name) else { throw AgentClientError.invalidMessage("the reply carries no \(name)") }
        return value
    }
}
