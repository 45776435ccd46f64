import AgentProtocol
import Foundation
import Testing

/// docs/protocol.md says what the code does: its tables have every topic, request, role, state and reply member, and no other.
@Suite("The protocol's document and the code")
struct ProtocolDocumentTests {
    private static let text: String = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return (try? String(contentsOf: root.appendingPathComponent("docs/protocol.md"), encoding: .utf8)) ?? ""
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
        #expect(later.sorted() == ["interim", "tool"])
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
            .devices([device]), .metrics("page"), .snapshot(Snapshot(jpeg: [1], width: 2, height: 3, age: .zero)),
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

    @Test("limits")
    func limits() throws {
        let limits = Dictionary(table("what").map { ($0.first, $0.rest) }) { first, _ in first }
        #expect(limits["line"]?.contains("\(LineFramer.defaultMaximumLineBytes >> 20) MiB") == true)
        let queue = SubscriberQueue.Limits()
        #expect(limits["events waiting for a client"]?.contains("\(queue.messages) messages, \(queue.bytes >> 20) MiB") == true)
    }
}
