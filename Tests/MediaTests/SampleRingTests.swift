import Foundation
import Media
import Synchronization
import Testing

@Suite struct SampleRingTests {
    private func write(_ ring: SampleRing, _ range: Range<Int>, time: MediaTime? = nil) -> Bool {
        range.map(Float.init).withUnsafeBufferPointer { ring.write($0, time: time) }
    }

    private func readAll(_ ring: SampleRing, chunk: Int = 1000) -> [SampleRing.Item] {
        var items: [SampleRing.Item] = []
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: chunk)
        defer { buffer.deallocate() }
        while true {
            let item = ring.read(into: buffer)
            if item == .empty { return items }
            items.append(item)
        }
    }

    @Test func samplesComeOutInOrderAcrossTheWrap() {
        let ring = SampleRing(capacity: 7)
        var expected = 0
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: 3)
        defer { buffer.deallocate() }
        for start in stride(from: 0, to: 500, by: 5) {
            #expect(write(ring, start..<start + 5))
            while case .samples(let count) = ring.read(into: buffer) {
                for index in 0..<count {
                    #expect(buffer[index] == Float(expected))
                    expected += 1
                }
            }
        }
        #expect(expected == 500)
        #expect(ring.dropped == 0)
    }

    @Test func overflowShowsAsAGapInItsPlace() {
        let ring = SampleRing(capacity: 10)
        #expect(write(ring, 0..<8))
        #expect(!write(ring, 8..<11))  // 3 do not fit: dropped whole
        #expect(!write(ring, 11..<15))
        #expect(ring.dropped == 7)
        #expect(ring.overflows == 1)
        #expect(readAll(ring) == [.samples(8)])
        #expect(write(ring, 15..<17))
        #expect(readAll(ring) == [.gap(lost: 7, cause: .overflow), .samples(2)])
        #expect(write(ring, 17..<27))
        #expect(!write(ring, 27..<28))
        #expect(ring.overflows == 2)
    }

    @Test func timesStandBeforeTheirSamples() {
        let ring = SampleRing(capacity: 100)
        #expect(write(ring, 0..<4, time: MediaTime(seconds: 1)))
        ring.noteGap(lost: 0, cause: .overrun)
        #expect(write(ring, 4..<9, time: MediaTime(seconds: 2)))
        #expect(write(ring, 9..<12))
        #expect(
            readAll(ring) == [
                .time(MediaTime(seconds: 1)), .samples(4), .gap(lost: 0, cause: .overrun), .time(MediaTime(seconds: 2)),
                .samples(8),
            ])
    }

    @Test func marksAreBoundedAndGapsOutliveTimes() {
        let ring = SampleRing(capacity: 1000, marks: 12)
        for index in 0..<100 { #expect(write(ring, index..<index + 1, time: MediaTime(seconds: Double(index)))) }
        ring.noteGap(lost: 5, cause: .suspend)
        #expect(write(ring, 100..<101, time: .zero))
        let items = readAll(ring)
        #expect(items.filter { if case .time = $0 { true } else { false } }.count == 4)
        #expect(items.suffix(2) == [.gap(lost: 5, cause: .suspend), .samples(1)])
    }

    @Test func withoutRoomForAGapSamplesAreDroppedAndCounted() {
        let ring = SampleRing(capacity: 1000, marks: 9)
        for index in 0..<9 {
            ring.noteGap(lost: 1, cause: .overrun)
            #expect(write(ring, index..<index + 1))
        }
        ring.noteGap(lost: 1, cause: .overrun)
        #expect(!write(ring, 9..<10))
        #expect(ring.dropped == 1)
        #expect(readAll(ring).count == 18)
        #expect(write(ring, 10..<11))
        #expect(readAll(ring) == [.gap(lost: 2, cause: .overrun), .samples(1)])
    }

    @Test func eraseForgets() {
        let ring = SampleRing(capacity: 10)
        #expect(write(ring, 1..<5, time: .zero))
        #expect(!write(ring, 5..<15))
        ring.erase()
        #expect(readAll(ring).isEmpty)
        #expect(write(ring, 0..<10))
        #expect(readAll(ring) == [.samples(10)])
    }

    /// One thread writes a known sequence as fast as it can, one reads in odd pieces: what is read plus what gaps say is
    /// missing must be the sequence, and every time must belong to its sample.
    @Test(arguments: [(97, 4096), (4096, 4096), (1 << 16, 1 << 20)])
    func twoThreadsAgreeOnEverySample(chunk: Int, capacity: Int) {
        let total = 1 << 21
        // Never more than the ring takes in one piece.
        let chunk = min(chunk, capacity)
        let ring = SampleRing(capacity: capacity, marks: 64)
        let isDone = Atomic<Bool>(false)
        let writer = Thread {
            let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: chunk)
            var next = 0
            while next < total {
                let count = min(chunk, total - next)
                // 24-bit floats hold the low bits exactly.
                for index in 0..<count { buffer[index] = Float((next + index) & 0xFF_FFFF) }
                ring.write(
                    UnsafeBufferPointer(rebasing: buffer[..<count]), time: MediaTime(nanoseconds: Int64(next)))
                next += count
                if next % (chunk * 61) == 0 { usleep(50) }  // let the reader catch up now and then
            }
            buffer.deallocate()
            isDone.store(true, ordering: .releasing)
        }
        writer.start()
        var position = 0
        var wrong = 0
        var lostTotal = 0
        var generator = SplitMix(seed: UInt64(chunk))
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: 5000)
        defer { buffer.deallocate() }
        while true {
            let wasDone = isDone.load(ordering: .acquiring)
            let room = UnsafeMutableBufferPointer(rebasing: buffer[..<Int.random(in: 1...5000, using: &generator)])
            switch ring.read(into: room) {
            case .samples(let count):
                for index in 0..<count where room[index] != Float((position + index) & 0xFF_FFFF) { wrong += 1 }
                position += count
            case .gap(let lost, let cause):
                if cause != .overflow || lost <= 0 { wrong += 1 }
                position += lost
                lostTotal += lost
            case .time(let time):
                if time.nanoseconds != Int64(position) { wrong += 1 }
            case .empty:
                if wasDone {
                    // What was dropped at the very end was never told: no sample followed it.
                    #expect(wrong == 0)
                    #expect(position > lostTotal)  // something did come through
                    #expect(position + ring.dropped - lostTotal == total)
                    return
                }
                sched_yield()
            }
        }
    }
}

/// A small seeded generator (Steele, Lea and Flood's SplitMix64), so that every run tests the same.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
