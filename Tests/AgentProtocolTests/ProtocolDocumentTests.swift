import AgentProtocol
import Foundation
import Testing

/// docs/protocol.md says what the code does: its tables have every topic, request, role, state and reply member, and no other.
@Suite("The protocol's document and the code")
struct ProtocolDocumentTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let text: String = {
        (try? String(contentsOf: root.appendingPathComponent("docs/protocol.md"), encoding: .utf8)) ?? ""
    }()

    /// What stands in backticks in a text.
    private func names(_ text: some StringProtocol) -> [String] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    /// The rows of the table whose head begins with `head`: its first cell, and the rest.
    private func table(_ head: String) -> [(first: String, rest: String)] {
        let lines = Self.text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { $0.hasPrefix("| \(head) |") }) else { return [] }
        return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map { line in
            let cells = line.dropFirst(2).split(separator: " | ", maxSplits: 1)
            return (String(cells[0]), cells.count > 1 ? String(cells[1]) : "")
        }
    }

    @Test("topics")
    func topics() {
        let listed = table("topic").map { names($0.first).first ?? $0.first }
        let later = Topic.allCases.filter { !listed.contains($0.rawValue) }.map(\.rawValue)
        #expect(listed.filter { $0 != "always" }.allSatisfy { Topic(rawValue: $0) != nil })
        #expect(later == ["tool"])
        for topic in later { #expect(Self.text.contains("`\(topic)`")) }
    }

    @Test("roles, with the requests that each is the first to have")
    func roles() throws {
        let rows = table("role")
        #expect(rows.map { names($0.first) } == Role.allCases.map { [$0.rawValue] })
        for (row, role) in zip(rows, Role.allCases) {
            for name in names(row.rest) {
                let arguments = name == "subscribe" ? "[]" : "{\"modality\":\"mic\"}"
                #expect(try ClientMessage(Array("{\"mm\":{\"\(name)\":\(arguments)}}".utf8)).requiredRole == role, "\(name)")
            }
        }
    }

    @Test("replies, member by member")
    func replies() throws {
        let device = DeviceReport(modality: .camera, source: "s", state: .running, detail: "d", counters: ["a": 1])
        let replies: [Reply] = [
            .status(
                StatusReport(
                    server: "s", state: .ok, message: "m", uptime: .zero, model: "m", weights: "q8", cachedTokens: 1, tokenBudget: 2,
                    cacheBytes: 3, residentBytes: 4, lag: .zero, clients: 5, devices: [device], counters: ["c": 1],
                    configuration: "f")),
            .devices([device]), .metrics("page"), .snapshot(Snapshot(jpeg: [1], width: 2, height: 3, age: .zero)), .reloaded("m"),
            .muted(.camera, true), .cancelled(turn: "t1", true), .subscribed([.turn]),
        ]
        let rows = table("request")
        #expect(rows.count == replies.count)
        for (row, reply) in zip(rows, replies) {
            let mm = try #require(ServerMessage(.reply(reply)).json["mm"]?.object)
            let (member, value) = try #require(mm.first { $0.key != "time" && $0.key != "re" })
            let listed = names(row.rest.components(separatedBy: "), ").map { String($0.prefix { $0 != "(" }) }.joined(separator: ", "))
            #expect(listed.first == "mm.\(member)", "\(row)")
            let object = value.object ?? value.array?.first?.object ?? [:]
            #expect(Set(listed.dropFirst()) == Set(object.keys), "\(member)")
        }
        for state in DeviceReport.State.allCases { #expect(rows[1].rest.contains("`\(state.rawValue)`")) }
    }

    @Test("every reason of a refusal, and no other")
    func reasons() throws {
        var inSource: Set<String> = []
        let sources = Self.root.appendingPathComponent("Sources")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for line in text.split(separator: "\n") where line.contains("reason: ") {
                inSource.formUnion(line.matches(of: /"([A-Z][A-Z0-9_]+)"/).map { String($0.output.1) })
            }
            // Those of what is no message at all.
            if file.lastPathComponent == "ProtocolError.swift", let reasons = text.range(of: "var reason: String") {
                let body = text[reasons.upperBound...].prefix { $0 != "}" }
                inSource.formUnion(body.matches(of: /"([A-Z][A-Z0-9_]+)"/).map { String($0.output.1) })
            }
        }
        // What pictures are called in errors of their own.
        inSource.subtract(["PNG", "JPEG"])
        #expect(Set(table("reason").flatMap { names($0.first) }).sorted() == inSource.sorted())
    }

    @Test("setupComplete and the reasons of a turn's end")
    func setupComplete() throws {
        var complete = SetupComplete(sessionID: "s", server: "s", features: ["f"], limits: ["lineBytes": 1], next: 1)
        complete.role = .owner
        complete.ignored = ["x"]
        let members = try #require(ServerMessage(.setupComplete(complete)).json["setupComplete"]?["mm"]?.object)
        for name in members.keys { #expect(Self.text.contains("`\(name)`"), "\(name)") }
        for reason in TurnComplete.Reason.allCases { #expect(Self.text.contains("`\(reason.rawValue)`")) }
        let limits = [
            "lineBytes", "linePixels", "lineSoundSeconds", "clientPixelsPerSecond", "daemonPixels", "toolSeconds", "resumptionSeconds",
        ]
        for name in limits {
            #expect(Self.text.contains("`\(name)`"))
        }
    }
}
