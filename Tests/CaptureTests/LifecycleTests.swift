import Capture
import Foundation
import Media
import Testing

@Suite struct LifecycleTests {
    /// Alone in a process of its own, so that nobody else's threads and files are counted.
    @Test func aHundredStartsLeakNoThreadAndNoDescriptor() async {
        await #expect(processExitsWith: .success) {
            func count(_ folder: String) -> Int { (try? FileManager.default.contentsOfDirectory(atPath: folder).count) ?? -1 }
            let folder = try TemporaryFolder()
            let conf = try folder.write("asound.conf", Array("pcm.null { type null }\n".utf8))
            setenv("ALSA_CONFIG_PATH", conf, 1)
            let sound = try folder.write("a.wav", wav(sine(440, rate: 8_000, count: 800), rate: 8_000))
            let film = try folder.write("a.y4m", y4m("W2 H2 Cmono", frames: [[1, 2, 3, 4]]))
            let audio = [
                try Sources.audio(.alsa("null")), try Sources.audio(.alsa("nosuch")),
                try Sources.audio(.file(sound), AudioOptions(loop: true)),
            ]
            let video = [
                try Sources.video(.v4l2("/dev/nosuchcamera")), try Sources.video(.v4l2("/dev/null")),
                try Sources.video(.file(film), VideoOptions(loop: true)),
            ]
            var threads = 0
            var descriptors = 0
            for cycle in 0..<100 {
                for source in audio { try await source.start() }
                for source in video { try await source.start() }
                if cycle % 10 == 0 { try await Task.sleep(for: .milliseconds(20)) }
                for source in audio { _ = source.read(maximumSamples: 1000) }
                for source in video { _ = source.read() }
                for source in audio { await source.stop() }
                for source in video { await source.stop() }
                // The first cycles open what the runtime and libasound keep.
                if cycle == 20 {
                    threads = count("/proc/self/task")
                    descriptors = count("/proc/self/fd")
                }
            }
            // The pool of the runtime may grow to a thread for each core.
            let cores = ProcessInfo.processInfo.activeProcessorCount
            let grown = count("/proc/self/task") - threads
            let opened = count("/proc/self/fd") - descriptors
            if grown > cores || opened > 2 {
                print("\(grown) threads and \(opened) descriptors more after 80 cycles")
                exit(1)
            }
            exit(0)
        }
    }
}
