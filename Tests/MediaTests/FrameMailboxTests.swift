import Foundation
import Media
import Synchronization
import Testing

@Suite struct FrameMailboxTests {
    private func write(_ box: FrameMailbox, _ value: UInt8, sequence: Int) {
        box.write(.init(time: MediaTime(nanoseconds: Int64(sequence)), sequence: sequence, width: 2, height: 1)) { pixels in
            for index in pixels.indices { pixels[index] = value }
            return true
        }
    }

    @Test func theNewestWinsAndTheRestIsCounted() {
        let box = FrameMailbox(capacity: 6)
        #expect(box.read() == nil)
        for value in 1...5 { write(box, UInt8(value), sequence: value) }
        let frame = box.read()
        #expect(frame?.sequence == 5)
        #expect(frame?.image.pixels == [5, 5, 5, 5, 5, 5])
        #expect(box.dropped == 4)
        #expect(box.read() == nil)
        write(box, 6, sequence: 6)
        #expect(box.read()?.sequence == 6)
        #expect(box.dropped == 4)
    }

    @Test func eraseForgetsThePicture() {
        let box = FrameMailbox(capacity: 6)
        write(box, 9, sequence: 0)
        box.erase()
        #expect(box.read() == nil)
        write(box, 8, sequence: 1)
        #expect(box.read()?.image.pixels == [8, 8, 8, 8, 8, 8])
    }

    @Test func whatCouldNotBeWrittenIsNotPublished() {
        let box = FrameMailbox(capacity: 6)
        write(box, 1, sequence: 1)
        let isWritten = box.write(.init(time: .zero, sequence: 2, width: 2, height: 1)) { pixels in
            pixels.update(repeating: 9)
            return false
        }
        #expect(!isWritten)
        #expect(box.read()?.image.pixels == [1, 1, 1, 1, 1, 1])
        #expect(box.dropped == 0)
    }

    /// Frames must never be torn, must come in order, and every frame is either read or counted as dropped.
    @Test func twoThreadsNeverTearAFrame() {
        let box = FrameMailbox(capacity: 3 * 64 * 64)
        let total = 20_000
        let isDone = Atomic<Bool>(false)
        let writer = Thread {
            for sequence in 0..<total {
                box.write(.init(time: .zero, sequence: sequence, width: 64, height: 64)) { pixels in
                    pixels.update(repeating: UInt8(truncatingIfNeeded: sequence))
                    return true
                }
            }
            isDone.store(true, ordering: .releasing)
        }
        writer.start()
        var (read, last, wrong) = (0, -1, 0)
        while true {
            let wasDone = isDone.load(ordering: .acquiring)
            guard let frame = box.read() else {
                if wasDone { break }
                sched_yield()
                continue
            }
            read += 1
            if frame.sequence <= last { wrong += 1 }
            last = frame.sequence
            let value = UInt8(truncatingIfNeeded: frame.sequence)
            if frame.image.pixels.contains(where: { $0 != value }) { wrong += 1 }
        }
        #expect(wrong == 0)
        #expect(last == total - 1)
        #expect(read + box.dropped == total)
    }
}
