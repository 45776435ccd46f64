import CALSA
import Glibc
package import Media

/// A capture PCM of libasound.
package final class ALSAHandle: PCMHandle {
    private let name: String
    private let preferences: PCMPreferences
    private var pcm: OpaquePointer?
    private var rate = 0
    private var hasMonotonicStamps = false
    private var captureSwitch: CaptureSwitch?
    // The device's descriptors and, last, the stop signal's: allocated when it is opened.
    private var descriptors = UnsafeMutableBufferPointer<pollfd>(start: nil, count: 0)

    package init(name: String, preferences: PCMPreferences = PCMPreferences()) {
        self.name = name
        self.preferences = preferences
        mm_alsa_be_quiet()
    }

    deinit { close() }

    package func open() throws(DeviceFailure) -> PCMFormat {
        close()
        var opened: OpaquePointer?
        // Non-blocking, because a blocking open waits without end for a device that is in use.
        try check(snd_pcm_open(&opened, name, SND_PCM_STREAM_CAPTURE, SND_PCM_NONBLOCK), "open")
        pcm = opened
        do throws(DeviceFailure) {
            let format = try configureHardware()
            try configureSoftware(rate: format.rate)
            try allocateDescriptors()
            if snd_pcm_state(pcm) != SND_PCM_STATE_RUNNING { try check(snd_pcm_start(pcm), "start") }
            captureSwitch = CaptureSwitch(card: card)
            return format
        } catch {
            close()
            throw error
        }
    }

    package func close() {
        captureSwitch = nil
        if let pcm { snd_pcm_close(pcm) }
        pcm = nil
        descriptors.deallocate()
        descriptors = UnsafeMutableBufferPointer(start: nil, count: 0)
    }

    // MARK: Reading

    package func wait(stop: Int32, milliseconds: Int32) -> PCMWait {
        guard let pcm else { return .timeout }
        let own = descriptors.count - 1
        for index in 0..<descriptors.count { descriptors[index].revents = 0 }
        descriptors[own] = pollfd(fd: stop, events: Int16(POLLIN), revents: 0)
        let count = poll(descriptors.baseAddress, nfds_t(descriptors.count), milliseconds)
        if count <= 0 { return .timeout }  // also EINTR: the caller asks again
        if descriptors[own].revents != 0 { return .stop }
        var events: UInt16 = 0
        let code = snd_pcm_poll_descriptors_revents(pcm, descriptors.baseAddress, UInt32(own), &events)
        // An error shows in `read`, which names it.
        return code < 0 || events & UInt16(POLLIN | POLLERR | POLLHUP | POLLNVAL) != 0 ? .ready : .timeout
    }

    package func captureTime() -> MediaTime {
        let now = MediaTime.now()
        guard let pcm else { return now }
        // The hardware's stamp belongs to the moment when `available` frames waited; the oldest came that much earlier.
        var available: snd_pcm_uframes_t = 0
        var stamp = snd_htimestamp_t()
        if hasMonotonicStamps, snd_pcm_htimestamp(pcm, &available, &stamp) == 0 {
            let time = MediaTime(nanoseconds: Int64(stamp.tv_sec) * 1_000_000_000 + Int64(stamp.tv_nsec))
            // Plugins without a clock answer zero or the time of day.
            if abs((now - time).seconds) < 2 { return time - MediaTime(index: Int(available), rate: rate) }
        }
        var delay: snd_pcm_sframes_t = 0
        guard snd_pcm_delay(pcm, &delay) == 0, delay > 0, delay < 4 * rate else { return now }
        return now - MediaTime(index: delay, rate: rate)
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer, frames: Int) -> Int {
        guard let pcm else { return -Int(ENODEV) }
        return snd_pcm_readi(pcm, buffer.baseAddress, snd_pcm_uframes_t(frames))
    }

    package func recover(from code: Int) -> Int {
        guard let pcm else { return -Int(ENODEV) }
        var result: Int32 = -1
        if code == -Int(ESTRPIPE) {
            // snd_pcm_recover would wait here for as long as the hardware wakes up; the caller can be told to stop.
            result = snd_pcm_resume(pcm)
            if result == -EAGAIN { return Int(result) }
        }
        if result < 0 {
            result = snd_pcm_prepare(pcm)
            guard result == 0 else { return Int(result) }
        }
        // A prepared capture does not run yet.
        return snd_pcm_state(pcm) == SND_PCM_STATE_PREPARED ? Int(snd_pcm_start(pcm)) : 0
    }

    package func switchedOff() -> String? {
        guard let captureSwitch, captureSwitch.isOff else { return nil }
        return "amixer -c \(captureSwitch.card) sset Capture cap"
    }

    /// Of the hardware behind the PCM; -1 if there is none.
    private var card: Int {
        var allocated: OpaquePointer?
        guard snd_pcm_info_malloc(&allocated) == 0, let info = allocated else { return -1 }
        defer { snd_pcm_info_free(info) }
        return snd_pcm_info(pcm, info) == 0 ? Int(snd_pcm_info_get_card(info)) : -1
    }

    // MARK: Setting up

    private func configureHardware() throws(DeviceFailure) -> PCMFormat {
        var allocated: OpaquePointer?
        try check(snd_pcm_hw_params_malloc(&allocated), "allocating parameters")
        guard let parameters = allocated else { return PCMFormat(encoding: .s16, rate: 0, channels: 0) }
        defer { snd_pcm_hw_params_free(parameters) }
        try check(snd_pcm_hw_params_any(pcm, parameters), "reading the device's abilities")
        // libasound's own rate conversion interpolates linearly, with aliases 20 dB below the signal: the device's true rates only.
        snd_pcm_hw_params_set_rate_resample(pcm, parameters, 0)
        guard snd_pcm_hw_params_set_access(pcm, parameters, SND_PCM_ACCESS_RW_INTERLEAVED) == 0 else {
            throw unsupported("interleaved access")
        }
        guard
            let encoding = preferences.encodings.first(where: {
                snd_pcm_hw_params_set_format(pcm, parameters, Self.alsaFormat($0)) == 0
            })
        else {
            throw unsupported("any of the sample formats \(preferences.encodings.map(\.rawValue).joined(separator: ", "))")
        }
        var channels: UInt32
        if let offered = preferences.channels.first(where: { snd_pcm_hw_params_set_channels(pcm, parameters, UInt32($0)) == 0 }) {
            channels = UInt32(offered)
        } else {
            channels = 2
            guard snd_pcm_hw_params_set_channels_near(pcm, parameters, &channels) == 0,
                channels <= PCMFormat.maximumChannels
            else { throw unsupported("1 to \(PCMFormat.maximumChannels) channels") }
        }
        var chosen: UInt32
        if let offered = preferences.rates.first(where: { snd_pcm_hw_params_set_rate(pcm, parameters, UInt32($0), 0) == 0 }) {
            chosen = UInt32(offered)
        } else {
            chosen = 48_000
            guard snd_pcm_hw_params_set_rate_near(pcm, parameters, &chosen, nil) == 0, PCMFormat.rates.contains(Int(chosen)) else {
                throw unsupported("a rate of \(PCMFormat.rates.lowerBound) to \(PCMFormat.rates.upperBound) Hz")
            }
        }
        var period = UInt32(preferences.period * 1e6)
        var buffer = UInt32(preferences.buffer * 1e6)
        snd_pcm_hw_params_set_period_time_near(pcm, parameters, &period, nil)
        snd_pcm_hw_params_set_buffer_time_near(pcm, parameters, &buffer, nil)
        try check(snd_pcm_hw_params(pcm, parameters), "setting \(encoding.rawValue), \(chosen) Hz, \(channels) channels")
        rate = Int(chosen)
        return PCMFormat(encoding: encoding, rate: Int(chosen), channels: Int(channels))
    }

    private func configureSoftware(rate: Int) throws(DeviceFailure) {
        var allocated: OpaquePointer?
        try check(snd_pcm_sw_params_malloc(&allocated), "allocating parameters")
        guard let parameters = allocated else { return }
        defer { snd_pcm_sw_params_free(parameters) }
        try check(snd_pcm_sw_params_current(pcm, parameters), "reading the software parameters")
        snd_pcm_sw_params_set_avail_min(pcm, parameters, snd_pcm_uframes_t(preferences.period * Double(rate)))
        snd_pcm_sw_params_set_tstamp_mode(pcm, parameters, SND_PCM_TSTAMP_ENABLE)
        let monotonic = snd_pcm_sw_params_set_tstamp_type(pcm, parameters, SND_PCM_TSTAMP_TYPE_MONOTONIC) == 0
        try check(snd_pcm_sw_params(pcm, parameters), "setting the software parameters")
        hasMonotonicStamps = monotonic
    }

    private func allocateDescriptors() throws(DeviceFailure) {
        let count = snd_pcm_poll_descriptors_count(pcm)
        try check(count, "reading the poll descriptors")
        descriptors = .allocate(capacity: Int(count) + 1)
        descriptors.initialize(repeating: pollfd())
        try check(snd_pcm_poll_descriptors(pcm, descriptors.baseAddress, UInt32(count)), "reading the poll descriptors")
    }

    private func check(_ code: Int32, _ action: String) throws(DeviceFailure) {
        guard code < 0 else { return }
        throw DeviceFailure(code: -code, device: "alsa:\(name)", group: "audio", action: action)
    }

    private func unsupported(_ what: String) -> DeviceFailure {
        DeviceFailure(
            reason: "alsa:\(name): the device does not offer \(what)",
            remedy: "use alsa:plug\(name.hasPrefix("hw:") ? name : "hw:0"), which converts, or choose another device")
    }

    private static func alsaFormat(_ encoding: PCMFormat.Encoding) -> snd_pcm_format_t {
        switch encoding {
        case .u8: SND_PCM_FORMAT_U8
        case .s16: SND_PCM_FORMAT_S16_LE
        case .s24: SND_PCM_FORMAT_S24_3LE
        case .s24in32: SND_PCM_FORMAT_S24_LE
        case .s32: SND_PCM_FORMAT_S32_LE
        case .f32: SND_PCM_FORMAT_FLOAT_LE
        case .f64: SND_PCM_FORMAT_FLOAT64_LE
        case .alaw: SND_PCM_FORMAT_A_LAW
        case .mulaw: SND_PCM_FORMAT_MU_LAW
        }
    }
}
