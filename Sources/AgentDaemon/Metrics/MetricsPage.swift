import AgentProtocol
import Interleaver
import Session

/// Everything the daemon counts, as one Prometheus page.
enum MetricsPage {
    static func text(_ report: StatusReport, _ stream: StreamStatus?, _ statistics: EngineStatistics, maximumClients: Int) -> String {
        var page = PrometheusPage()
        page.gauge(
            "mmagent_build_info", "Version, model and weight format; always 1.",
            [([("version", report.server), ("model", report.model), ("weights", report.weights)], 1)])
        page.gauge("mmagent_healthy", "1 if everything works, 0 if something is degraded.", report.state == .ok ? 1 : 0)
        page.gauge("mmagent_uptime_seconds", "Time since the daemon could answer.", report.uptime.inSeconds)
        page.gauge("mmagent_resident_memory_bytes", "Memory of the process.", Double(report.residentBytes))
        page.gauge("mmagent_clients", "Connected clients.", Double(report.clients))
        page.gauge("mmagent_clients_limit", "Clients that may be connected at once.", Double(maximumClients))
        devices(report.devices, &page)
        clocks(report.devices, &page)
        if let stream { self.stream(stream, &page) }
        engine(statistics, running: stream?.runningAsks ?? 0, &page)
        return page.text
    }

    private static func devices(_ devices: [DeviceReport], _ page: inout PrometheusPage) {
        page.gauge(
            "mmagent_device_state", "1 for the state that the device is in.",
            devices.flatMap { device in
                DeviceReport.State.allCases.map { state in
                    ([("device", device.modality.rawValue), ("state", state.rawValue)], device.state == state ? 1 : 0)
                }
            })
        let counters = [
            ("delivered", "Frames, or samples at 16 kHz, that the device gave."),
            ("dropped", "Frames or samples that came too fast to be taken."),
            ("overruns", "Times the device's own buffer ran over (xruns)."), ("suspends", "Times the device was suspended."),
            ("gaps", "Gaps in what the device gave."), ("restarts", "Times the device came back after it was lost."),
            ("damaged", "Frames of a recording that could not be read and were passed over."),
            ("warnings", "Pictures that were shown although their decoder complained."),
        ]
        for (name, help) in counters {
            page.counter(
                "mmagent_device_\(name)_total", help,
                devices.map { ([("device", $0.modality.rawValue)], Double($0.counters[name] ?? 0)) })
        }
    }

    private static func clocks(_ devices: [DeviceReport], _ page: inout PrometheusPage) {
        page.gauge(
            "mmagent_device_clock_drift_ratio",
            "Seconds a second by which the device's clock is slow (> 0) or fast; the times of its samples are corrected by that.",
            devices.compactMap { device in
                device.counters["clockDriftPartsPerBillion"].map { ([("device", device.modality.rawValue)], Double($0) / 1e9) }
            })
    }

    private static func stream(_ stream: StreamStatus, _ page: inout PrometheusPage) {
        let counters = stream.counters
        page.gauge("mmagent_lag_seconds", "How far the stream is behind the devices.", stream.lag)
        page.gauge("mmagent_lag_maximum_seconds", "The largest lag since the start.", counters.maximumLag)
        page.gauge("mmagent_load_level", "How far load is reduced: 0 not at all.", Double(stream.level.rawValue))
        page.counter(
            "mmagent_frames_total", "Camera frames, by what became of them.",
            [
                ([("result", "encoded")], Double(counters.encodedFrames)), ([("result", "unchanged")], Double(counters.unchangedFrames)),
                ([("result", "dropped")], Double(counters.droppedFrames)), ([("result", "refused")], Double(counters.refusedFrames)),
            ])
        page.counter("mmagent_vision_passes_total", "Work of the vision tower, in dense passes.", counters.visionWork)
        page.counter("mmagent_sound_seconds_total", "Sound that was taken in.", counters.audioSeconds)
        page.counter("mmagent_sound_lost_seconds_total", "Sound that was lost on the way.", counters.lostAudioSeconds)
        page.counter(
            "mmagent_tokens_total", "Tokens that the stream has taken in.",
            StreamModality.allCases.map { ([("modality", $0.rawValue)], Double(counters.rows[$0] ?? 0)) })
        page.gauge(
            "mmagent_cache_rows", "Tokens in the stream's cache, beside the system prompt.",
            StreamModality.allCases.map { ([("modality", $0.rawValue)], Double(stream.rows[$0] ?? 0)) })
        page.gauge("mmagent_cache_rows_limit", "Tokens that the cache may hold.", Double(stream.rowBudget))
        page.gauge("mmagent_cache_bytes", "Memory of the stream's cache.", Double(stream.cacheBytes))
        page.counter("mmagent_evicted_rows_total", "Tokens that were forgotten to stay in the budget.", Double(counters.evictedRows))
    }

    private static func engine(_ statistics: EngineStatistics, running: Int, _ page: inout PrometheusPage) {
        page.gauge("mmagent_asks_running", "Questions, transcripts and watches under way.", Double(running))
        page.counter(
            "mmagent_asks_total", "What the model was asked, by purpose.",
            EngineStatistics.Purpose.allCases.map { ([("purpose", $0.rawValue)], Double(statistics.asks[$0] ?? 0)) })
        page.counter("mmagent_asks_stopped_total", "Asks that were stopped before their end.", Double(statistics.stoppedAsks))
        page.counter(
            "mmagent_interruptions_refused_total", "Questions refused because their client lets none end.",
            Double(statistics.refusedInterruptions))
        page.histogram(
            "mmagent_first_token_seconds", "From a question to the first token of its answer.", [([], statistics.firstToken)])
        page.histogram(
            "mmagent_step_seconds", "One step of the engine, by what it worked on.",
            EngineStatistics.Work.allCases.map { ([("work", $0.rawValue)], statistics.steps[$0] ?? DurationHistogram()) })
    }
}
