import AgentDaemon
import AgentProtocol
import AgentSocket
import Checkpoint
import Interleaver
import Tensors
import Testing

/// `[stream]`'s budgets against what a model was made for. The tiny model, of 4096 positions, counts as made for 2048 rows.
@Suite struct StreamBudgetTests {
    private func resolved(_ lines: String, softTokens: Int = 4) throws -> (policy: EvictionPolicy, warnings: [String]) {
        let model = try Checkpoint(directory: RunningDaemon.tinyModel, weights: .f32, pool: ThreadPool(threads: 1)).configuration
        let configuration = try DaemonConfiguration(text: "[stream]\n" + lines, file: "c.toml")
        return configuration.stream.budget.policy(for: model, name: "tiny", softTokens: softTokens)
    }

    @Test func withoutThemTheModelDecides() throws {
        for lines in ["", "total_rows = 0\nframes = 0\n"] {
            let (policy, warnings) = try resolved(lines)
            #expect(policy == EvictionPolicy(totalRows: 2048, videoRows: 1024, audioRows: 1024, textRows: 512))
            #expect(warnings.isEmpty)
        }
    }

    @Test func lessIsTakenAsItIs() throws {
        let (policy, warnings) = try resolved("total_rows = 300\nvideo_rows = 100\nframes = 3\nsounds = 2\nminimum_frames = 2")
        #expect(
            policy
                == EvictionPolicy(
                    totalRows: 300, videoRows: 100, audioRows: 1024, textRows: 512, frames: 3, sounds: 2, minimumFrames: 2))
        #expect(warnings.isEmpty)
    }

    @Test func moreIsTakenWithAWarning() throws {
        let (policy, warnings) = try resolved("total_rows = 2049\naudio_rows = 131072")
        #expect(policy.totalRows == 2049 && policy.audioRows == 131_072)
        #expect(warnings.count == 2)
        #expect(
            warnings.first
                == "[stream] total_rows = 2049 is more than the 2048 that tiny was made for (from its context of 4096 tokens): "
                + "what it answers on a longer stream is not known to be right; leave the key out, or lower it")
    }

    @Test func whatCannotHoldAFrameOrASoundIsRaised() throws {
        let (policy, warnings) = try resolved("total_rows = 64\nvideo_rows = 5\naudio_rows = 16", softTokens: 30)
        #expect(policy.totalRows == 100 && policy.videoRows == 40 && policy.audioRows == 60)
        #expect(warnings.count == 3)
        #expect(warnings.allSatisfy { $0.contains("tiny") && $0.contains("are kept") })
        // More soft tokens than the model's rows have room for.
        let large = try resolved("", softTokens: 1120)
        #expect(large.policy.videoRows == 1130 && large.warnings.count == 1)
    }

    @Test func keepingMoreFramesThanThereMayBeIsSaid() throws {
        let (_, warnings) = try resolved("frames = 2\nminimum_frames = 3")
        #expect(warnings == ["[stream] minimum_frames = 3 keeps more than the 2 frames that there may be; lower it"])
    }

    @Test func clientsAreTold() async throws {
        let running = try await RunningDaemon.start { $0.stream.budget[.totalRows] = 5000 }
        let client = try await running.client(subscribe: [.health])
        let health = try await client.next(waitingFor: "the warning", timeout: .seconds(10)).native("health")
        #expect(health?["component"] == "stream" && health?["state"] == "degraded")
        let message = try #require(health?["message"]?.string)
        #expect(message.hasPrefix("[stream] total_rows = 5000 is more than the 2048 that "))
        let status = try await client.status()
        #expect(status["warnings"]?.array == [.string(message)])
        // It was asked for, and works.
        #expect(status["state"] == "ok")
        await client.close()
        await running.stop()
    }
}
