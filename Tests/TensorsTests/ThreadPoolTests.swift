import Foundation
import Synchronization
import Tensors
import Testing

@Suite struct ThreadPoolTests {
    /// Counts how often each index was visited.
    private final class Visits: Sendable {
        private let counts: Mutex<[Int]>
        init(_ count: Int) { counts = Mutex([Int](repeating: 0, count: count)) }
        func visit(_ range: Range<Int>) { counts.withLock { for i in range { $0[i] += 1 } } }
        var all: [Int] { counts.withLock { $0 } }
    }

    @Test func `every index is visited exactly once`() {
        for threads in 1...5 {
            let pool = ThreadPool(threads: threads)
            #expect(pool.threads == threads)
            for count in [0, 1, 2, 3, 7, 8, 9, 100, 1001] {
                for grain in [1, 2, 7, 5000] {
                    let visits = Visits(count)
                    pool.parallel(count, grain: grain) { visits.visit($0) }
                    #expect(visits.all == [Int](repeating: 1, count: count), "\(count) by \(grain) on \(threads)")
                }
            }
        }
    }

    @Test func `chunks are no smaller than the grain asks`() {
        let pool = ThreadPool(threads: 4)
        let smallest = Mutex(Int.max)
        for count in [10, 64, 100, 1000] {
            pool.parallel(count, grain: 10) { range in smallest.withLock { $0 = min($0, range.count) } }
        }
        #expect(smallest.withLock { $0 } >= 8)
    }

    @Test func `many callers at once each get their whole loop`() {
        let pool = ThreadPool(threads: 3)
        let wrong = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 8) { caller in
            for round in 0..<300 {
                let sum = Atomic<Int>(0)
                pool.parallel(50 + caller) { range in sum.add(range.reduce(0, +), ordering: .relaxed) }
                let last = 49 + caller
                if sum.load(ordering: .sequentiallyConsistent) != last * (last + 1) / 2 { wrong.add(round + 1, ordering: .relaxed) }
            }
        }
        #expect(wrong.load(ordering: .sequentiallyConsistent) == 0)
    }

    @Test func `a loop inside a loop runs inline`() {
        let pool = ThreadPool(threads: 3)
        let total = Atomic<Int>(0)
        pool.parallel(20) { outer in
            for _ in outer { pool.parallel(30) { inner in total.add(inner.count, ordering: .relaxed) } }
        }
        #expect(total.load(ordering: .sequentiallyConsistent) == 600)
    }

    @Test func `workers that sleep wake up again`() {
        let pool = ThreadPool(threads: 4)
        for _ in 0..<20 {
            let visits = Visits(64)
            pool.parallel(64) { visits.visit($0) }
            #expect(visits.all == [Int](repeating: 1, count: 64))
            // Twenty times longer than workers look for work before they sleep.
            usleep(1000)
        }
    }

    @Test func `a slow worker is waited for`() {
        let pool = ThreadPool(threads: 2)
        let visits = Visits(8)
        pool.parallel(8) { range in
            // Longer than the caller looks for the end before it sleeps.
            usleep(500)
            visits.visit(range)
        }
        #expect(visits.all == [Int](repeating: 1, count: 8))
    }

    @Test func `pools come and go`() {
        for _ in 0..<100 {
            let pool = ThreadPool(threads: 4), visits = Visits(16)
            pool.parallel(16) { visits.visit($0) }
            #expect(visits.all == [Int](repeating: 1, count: 16))
        }
    }

    @Test func `several threads do take part`() {
        let pool = ThreadPool(threads: 2)
        let threads = Mutex<Set<UInt>>([])
        // A worker may be late once; not two hundred times.
        for _ in 0..<200 {
            pool.parallel(8) { _ in
                usleep(100)
                threads.withLock { _ = $0.insert(UInt(pthread_self())) }
            }
            if threads.withLock({ $0.count }) == 2 { break }
        }
        #expect(threads.withLock { $0.count } == 2)
    }
}
