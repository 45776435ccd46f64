package import Media

/// A film being played: which frame is due, which are thinned out or come too late. A value; the caller says what time it is.
package struct VideoFilePlayer: ~Copyable, Sendable {
    private var film: Film
    private let options: VideoOptions
    private let start: MediaTime
    private let origin: MediaTime
    /// Of the frames in the film, the share that is wanted.
    private let share: Double
    /// The number of the next frame, counted through all passes of a loop.
    private var index = 0
    /// Frames gone by in this pass, and whether one of them could be shown.
    private var passed = 0
    private var passHadPicture = false
    /// The first frame of this pass that could not be shown.
    private var passDamage: CaptureError?
    private var passLength: Int?
    private var hadPicture = false
    /// Why the film could not begin again.
    private var failure: CaptureError?
    private var darkness = Darkness()
    private var isOver = false

    package init(film: consuming Film, options: VideoOptions, start: MediaTime) {
        let rate = Double(film.rate.numerator) / Double(film.rate.denominator)
        share = min(1, (options.fps ?? rate) / rate)
        self.film = film
        self.options = options
        self.start = start
        origin = options.origin ?? start
    }

    /// Damaged frames that one read goes over at most when it plays as fast as possible.
    private static let damageLimit = 64

    /// Pictures since the last call of which something was complained about, and that were shown.
    package mutating func takeWarnings() -> Int { film.takeWarnings() }

    /// What is due now. A frame that cannot be read is passed over and counted; its time passes as if it had been shown.
    package mutating func read(now: MediaTime) -> [VideoCaptureEvent] {
        var damaged: (count: Int, first: CaptureError)?
        var events: [VideoCaptureEvent] = []
        while !isOver, (damaged?.count ?? 0) < Self.damageLimit {
            do throws(CaptureError) {
                events = try next(at: now)
                break
            } catch {
                index += 1
                passed += 1
                passDamage = passDamage ?? error
                damaged = ((damaged?.count ?? 0) + 1, damaged?.first ?? error)
            }
        }
        if let damaged {
            let isDark = darkness.damaged(damaged.count, at: options.realtime ? now : nil)
            if isDark, !isOver {
                let reason = "none of its last \(darkness.count) pictures can be shown: \(damaged.first.reason)"
                events.insert(.lost(reason: reason, remedy: damaged.first.remedy), at: 0)
            }
            events.insert(.damaged(count: damaged.count, reason: damaged.first.reason, remedy: damaged.first.remedy), at: 0)
        }
        if events.contains(where: { if case .frame = $0 { true } else { false } }), darkness.ended() { events.insert(.recovered, at: 0) }
        return events
    }

    /// - Throws: what is wrong with the frame that comes next.
    private mutating func next(at now: MediaTime) throws(CaptureError) -> [VideoCaptureEvent] {
        var target = index
        if options.realtime {
            let rate = Double(film.rate.numerator) / Double(film.rate.denominator)
            let elapsed = max((now - start).seconds, 0) * rate
            target = Int(min(elapsed, 1e15))
            // Computed in floating point: the exact time decides.
            if time(of: target, from: start) > now { target -= 1 }
            while target >= index && !isWanted(target) { target -= 1 }
            guard target >= index else { return [] }
        } else {
            while !isWanted(target) { target += 1 }
        }
        let dropped = options.realtime ? wantedBefore(target) - wantedBefore(index) : 0
        guard try advance(to: target), let image = try next() else {
            isOver = true
            guard let fault else { return [.ended] }
            let what = hadPicture ? "nothing of it can be shown any more" : "nothing of it could be shown"
            return [.lost(reason: "\(what): \(fault.reason)", remedy: fault.remedy), .ended]
        }
        passHadPicture = true
        hadPicture = true
        let frame = VideoFrame(time: time(of: target, from: origin), image: image, sequence: wantedBefore(target))
        return (dropped > 0 ? [.dropped(count: dropped)] : []) + [.frame(frame)]
    }

    /// Why a film that is over gave nothing, or gives nothing any more; nil: it is just over.
    private var fault: CaptureError? {
        if let failure { return failure }
        if !passHadPicture, let passDamage { return passDamage }
        return hadPicture || passed > 0 ? nil : film.emptiness
    }

    private func time(of index: Int, from base: MediaTime) -> MediaTime {
        base + MediaTime(index: index * film.rate.denominator, rate: film.rate.numerator)
    }

    /// How many of the frames before `index` are wanted: an even choice that always takes frame 0.
    private func wantedBefore(_ index: Int) -> Int {
        index <= 0 ? 0 : Int(Double(index - 1) * share + 1e-9) + 1
    }

    private func isWanted(_ index: Int) -> Bool { wantedBefore(index + 1) > wantedBefore(index) }

    /// - Returns: false when the film cannot begin again.
    private mutating func beginPass() -> Bool {
        do throws(CaptureError) {
            try film.rewind()
        } catch {
            failure = error
            return false
        }
        passed = 0
        passHadPicture = false
        passDamage = nil
        return true
    }

    /// Goes to frame `target`; false when the film ends before it.
    private mutating func advance(to target: Int) throws(CaptureError) -> Bool {
        while index < target {
            if let passLength, target - index >= passLength {
                // Whole passes lead back to the same place.
                index += (target - index) / passLength * passLength
                continue
            }
            if try film.skip() {
                index += 1
                passed += 1
            } else {
                guard endPass() else { return false }
            }
        }
        return true
    }

    private mutating func next() throws(CaptureError) -> RGBImage? {
        var image = try film.next()
        if image == nil {
            guard endPass() else { return nil }
            image = try film.next()
        }
        if image != nil {
            index += 1
            passed += 1
        }
        return image
    }

    /// The film is at its end: begins anew when that is wanted and makes sense.
    private mutating func endPass() -> Bool {
        // A folder of which no picture can be read would loop in vain; frames that were skipped may be good.
        guard options.loop, passed > 0, passDamage == nil || passHadPicture else { return false }
        passLength = passed
        return beginPass()
    }
}
