import AgentProtocol
import Interleaver
import Session
import Tensors

/// How the daemon is: for clients, and as pages.
extension DaemonService {
    /// The Prometheus page.
    func metrics() async -> String {
        let stream = await engine.status()
        return MetricsPage.text(report(stream), stream, await engine.statistics, maximumClients: maximumClients)
    }

    func status() async -> StatusReport { report(await engine.status()) }

    func page(at path: String) async -> WebPage? {
        switch path {
        case "/metrics": return WebPage(contentType: "text/plain; version=0.0.4; charset=utf-8", body: await metrics())
        case "/health":
            let report = await status()
            let body = JSONValue.object(["state": .string(report.state.rawValue), "message": .string(report.message)])
            // As `mmagentctl health` ends: what watches a service wants to know in one number.
            return WebPage(
                status: report.state == .ok ? 200 : 503, contentType: "application/json",
                body: String(decoding: JSONText.encode(body), as: UTF8.self) + "\n")
        default: return nil
        }
    }

    private func report(_ stream: StreamStatus?) -> StatusReport {
        let devices = [pump.report(.microphone), pump.report(.camera)]
        let lost = devices.filter { $0.state == .lost }
        var problems = lost.map { "\($0.modality.rawValue) lost: \($0.detail)" }
        if let stream, stream.level > .normal {
            // What the governor took it gives back step by step, when the stream has kept up for a while.
            let behind = stream.lag >= 0.3 ? "is \(Duration.seconds(stream.lag).figure) behind" : "was behind, and has caught up"
            problems.append("the stream \(behind); for now it takes in \(stream.level.words)")
        }
        if let problem = state.problem { problems.append(problem) }
        if let reloadProblem { problems.append(reloadProblem) }
        let message = problems.isEmpty ? "everything works" : problems.joined(separator: "; ")
        let counters = stream?.counters ?? StreamCounters()
        return StatusReport(
            server: Self.server, state: problems.isEmpty ? .ok : .degraded, message: message, uptime: ContinuousClock.now - started,
            model: engine.model.name, weights: engine.model.weights.rawValue, cachedTokens: stream?.cachedRows ?? 0,
            tokenBudget: stream?.rowBudget ?? 0, cacheBytes: Int64(stream?.cacheBytes ?? 0),
            residentBytes: Int64(ResidentMemory.current ?? 0),
            lag: .seconds(stream?.lag ?? 0), clients: stream?.clients ?? 0, devices: devices,
            counters: [
                "frames": counters.frames, "framesUnchanged": counters.unchangedFrames, "framesEncoded": counters.encodedFrames,
                "framesDropped": counters.droppedFrames,
                "visionWorkPercent": counters.encodedFrames == 0 ? 100 : Int(100 * counters.visionWork / Double(counters.encodedFrames)),
                "audioTokens": counters.audioTokens, "evictedTokens": counters.evictedRows,
                "runningAsks": stream?.runningAsks ?? 0, "pictureWarnings": pictureWarnings,
            ].mapValues(Int64.init), warnings: warnings, configuration: configurationFile)
    }
}
