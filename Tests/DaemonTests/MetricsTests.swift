import AgentDaemon
import AgentProtocol
import AgentSocket
import Foundation
import Logging
import Session
import Synchronization
import Testing

@Suite struct MetricsTests {
    /// Sample lines by name and labels; fails on a line that is neither a sample nor a comment.
    private func samples(_ page: String) throws -> [String: Double] {
        let line = /([a-z_]+(?:\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})?) (-?[0-9.e+-]+)/
        var samples: [String: Double] = [:]
        for text in page.split(separator: "\n") where !text.hasPrefix("# ") {
            let match = try #require(text.wholeMatch(of: line), "\(text)")
            let name = String(match.output.1)
            #expect(samples[name] == nil, "\(name) is there twice")
            samples[name] = Double(match.output.2)
        }
        #expect(page.hasSuffix("\n"))
        return samples
    }

    @Test func thePageCountsWhatHappened() async throws {
        let running = try await RunningDaemon.start {
            $0.audio.source = "file:\(RunningDaemon.desk)/microphone.wav"
            $0.audio.realtime = false
            $0.video.source = "file:\(RunningDaemon.desk)/frames"
            $0.video.realtime = false
        }
        let client = try await running.client()
        _ = try await client.waitForStatus { $0["devices"]?.array?.allSatisfy { $0["state"]?.string == "ended" } == true }
        _ = try await client.answer(to: "what is on the desk?")
        try await client.send(ClientMessage(.native(.metrics), id: "m"))
        let page = try #require(try await client.reply(to: "m").native("metrics")?["text"]?.string)
        let samples = try samples(page)
        let frames = ["encoded", "unchanged", "dropped", "refused"].map { samples["mmagent_frames_total{result=\"\($0)\"}"] ?? -1 }
        #expect(frames.reduce(0, +) == 44)
        #expect(samples[#"mmagent_device_state{device="mic",state="ended"}"#] == 1)
        #expect(samples[#"mmagent_device_state{device="mic",state="running"}"#] == 0)
        #expect(samples[#"mmagent_asks_total{purpose="question"}"#] == 1)
        #expect(samples["mmagent_first_token_seconds_count"] == 1)
        #expect(samples[#"mmagent_first_token_seconds_bucket{le="+Inf"}"#] == 1)
        #expect((samples["mmagent_first_token_seconds_sum"] ?? 0) > 0)
        let steps = try #require(samples[#"mmagent_step_seconds_count{work="frame"}"#])
        #expect(steps == 44)
        #expect((samples[#"mmagent_step_seconds_count{work="answer"}"#] ?? 0) > 1)
        for modality in ["audio", "video"] {
            #expect((samples["mmagent_tokens_total{modality=\"\(modality)\"}"] ?? 0) > 20)
            #expect((samples["mmagent_cache_rows{modality=\"\(modality)\"}"] ?? 0) > 20)
        }
        #expect((samples["mmagent_resident_memory_bytes"] ?? 0) > 1e6)
        #expect(samples["mmagent_healthy"] == 1)
        // Buckets add up from bound to bound.
        let buckets = page.split(separator: "\n").filter { $0.contains("step_seconds_bucket{work=\"frame\"") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
        #expect(buckets == buckets.sorted() && buckets.last == steps && buckets.count == DurationHistogram.bounds.count + 1)
        await client.close()
        await running.stop()
    }

    @Test func histogramsPutEachDurationUnderItsBound() {
        var histogram = DurationHistogram()
        for seconds in [0.0005, 0.0006, 0.3, 60] { histogram.observe(.seconds(seconds)) }
        #expect(histogram.counts.first == 1 && histogram.counts[1] == 1 && histogram.counts.last == 1 && histogram.count == 4)
        #expect(abs(histogram.sum - 60.3011) < 1e-9)
    }

    /// What keeps it from being written is told once, with the remedy, however often it is tried; and that it is over.
    @Test func aTextfileThatCannotBeWrittenIsToldOnce() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mmagent-metrics-\(UUID().uuidString.prefix(8))")
        let file = folder.appendingPathComponent("m.prom")
        try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (said, pages) = (Lines(), Lines())
        let metrics = MetricsFile(path: file.path, log: Logger(label: "m") { _ in LineHandler(lines: said) }, interval: .milliseconds(5))
        let writing = Task {
            await metrics.run {
                pages.add("page")
                return "page\n"
            }
        }
        while pages.all.count < 5 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(said.all.count == 1 && said.all[0].contains("\(file.path) could not be written"), "\(said.all)")
        #expect(said.all.first?.contains("move it away, or set [metrics] textfile = \"\"") == true)
        try FileManager.default.removeItem(at: file)
        for _ in 0..<2_000 where said.all.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
        writing.cancel()
        await writing.value
        #expect(said.all.count == 2 && said.all.last?.contains("is written again") == true, "\(said.all)")
        #expect(try String(contentsOf: file, encoding: .utf8) == "page\n")
    }

    @Test func theTextfileIsWrittenWhole() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mmagent-metrics-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("mmagent.prom")
        let running = try await RunningDaemon.start { $0.metrics.textfile = file.path }
        for _ in 0..<200 where !FileManager.default.fileExists(atPath: file.path) { try await Task.sleep(for: .milliseconds(50)) }
        #expect(try samples(String(contentsOf: file, encoding: .utf8))["mmagent_healthy"] == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["mmagent.prom"])
        await running.stop()
    }
}

/// Lines that several tasks write.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
}

/// A log that a test reads.
struct LineHandler: LogHandler {
    let lines: Lines
    var metadata = Logger.Metadata()
    var logLevel = Logger.Level.debug

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.add("\(event.message)") }
}
