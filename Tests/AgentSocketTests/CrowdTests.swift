import AgentProtocol
import AgentSocket
import Foundation
import Glibc
import Testing

/// Many clients, and clients that send much: nobody takes what the others need.
@Suite("Crowds at the socket")
struct CrowdTests {
    private static let setup = "{\"setup\":{\"mm\":{\"subscribe\":[]}}}\n"

    @Test("a user leaves places to the others; the daemon's own user and root have some of their own")
    func places() throws {
        var places = ConnectionPlaces(total: 8, reserved: 2, owner: 990)
        func reason(_ user: UInt32) -> String? {
            do throws(StatusError) {
                try places.take(.user(user))
                return nil
            } catch { return error.reason }
        }
        for _ in 0..<6 { #expect(reason(1000) == nil) }
        #expect(reason(1000) == "TOO_MANY_OF_ONE_USER")
        #expect(reason(1001) == nil && reason(1002) == nil)
        #expect(reason(1003) == "TOO_MANY_CONNECTIONS")
        // A key that owns is served like the daemon's own user, from what is kept.
        #expect(throws: StatusError.self) { try places.take(.key("panel")) }
        try places.take(.key("owner"), isOwner: true)
        places.give(back: .key("owner"))
        #expect(reason(990) == nil && reason(990) == nil)
        #expect(reason(990) == "TOO_MANY_CONNECTIONS")
        #expect(reason(0) == nil && reason(0) == nil)
        #expect(reason(0) == "TOO_MANY_CONNECTIONS")
        for user in [0, 0, 990, 990] as [UInt32] { places.give(back: .user(user)) }
        places.give(back: .user(1000))
        #expect(reason(1003) == nil)
    }

    @Test("of refused connections the log tells once a minute, with their number")
    func refusals() {
        var tally = RefusalTally()
        let start = ContinuousClock.now
        let told = (0..<130).map { tally.add(now: start + .seconds($0)) }
        #expect(told.compactMap(\.self) == [1, 60, 60])
        #expect(told[0] == 1 && told[60] == 60 && told[120] == 60)
    }

    @Test("roles follow groups, of which a role without one has the nearest below it; root and the daemon's user are owners")
    func roles() {
        func peer(_ user: UInt32, _ groups: UInt32...) -> PeerCredentials {
            PeerCredentials(processID: 1, userID: user, groupID: groups.first ?? 65534, groups: Array(groups.dropFirst()))
        }
        #expect(RoleRule().role(of: peer(1000), owner: 990) == .owner)
        let some = RoleRule(groups: [.owner: 10, .participant: 20])
        #expect(some.role(of: peer(1000), owner: 990) == .observer)
        #expect(some.role(of: peer(1000, 20), owner: 990) == .participant)
        #expect(some.role(of: peer(1000, 7, 10), owner: 990) == .owner)
        #expect(some.role(of: peer(0), owner: 990) == .owner && some.role(of: peer(990), owner: 990) == .owner)
        let all = RoleRule(groups: [.owner: 10, .participant: 20, .observer: 30])
        #expect(all.role(of: peer(1000), owner: 990) == nil)
        #expect(all.role(of: peer(1000, 30), owner: 990) == .observer)
    }

    @Test("one group alone", arguments: [(Role.observer, Role?.none), (.participant, .observer), (.owner, .participant)])
    func oneGroup(named: Role, others: Role?) {
        let rule = RoleRule(groups: [named: 10])
        let (member, other) = ([7, 10], [7, 8]) as ([UInt32], [UInt32])
        func role(_ groups: [UInt32]) -> Role? {
            rule.role(of: PeerCredentials(processID: 1, userID: 1000, groupID: 65534, groups: groups), owner: 990)
        }
        #expect(role(member) == .owner)
        #expect(role(other) == others)
    }

    @Test("before setup a line may have 64 kB; behind it as much as was announced, also when it is sent at once")
    func setupLine() async throws {
        try await Fixture.run { fixture in
            let greedy = try RawClient(fixture.path)
            try await greedy.send("{\"setup\":\"" + String(repeating: "x", count: 100_000))
            let error = try #require(try await greedy.lines().first?.error)
            #expect(error.reason == "LINE_TOO_LONG" && error.isFatal && error.message.contains("65536"))
            let eager = try RawClient(fixture.path)
            let long = String(repeating: "y", count: 1 << 20)
            try await eager.send(Self.setup + "{\"realtimeInput\":{\"text\":\"\(long)\"},\"mm\":{\"id\":1}}\n")
            #expect(try await eager.line()?.isSetupComplete == true)
            #expect(try await eager.line()?.re == 1)
        }
    }

    @Test("unfinished lines of all clients have one budget; who is over it loses that line alone")
    func inputBudget() async throws {
        try await Fixture.run({ $0.maximumInputBytes = 4 << 20 }) { fixture in
            var clients: [RawClient] = []
            for _ in 0..<4 {
                let client = try RawClient(fixture.path)
                try await client.send(Self.setup)
                #expect(try await client.line()?.isSetupComplete == true)
                try await client.send("{\"x\":\"" + String(repeating: "z", count: 3 << 19))
                clients.append(client)
            }
            // Six megabytes were sent: two of the four lines do not fit.
            var refused = 0
            for client in clients {
                try await client.send("\"}\n")
                let error = try #require(try await client.line()?.error)
                if error.reason == "INPUT_BUDGET_SPENT" { refused += 1 }
                #expect(!error.isFatal)
                try await client.send("{\"mm\":{\"id\":\"ok\",\"devices\":{}}}\n")
                #expect(try await client.line()?.re == "ok")
            }
            #expect((1...2).contains(refused))
        }
    }

    @Test("a message that the service still holds counts as input that waits; its client is heard all the same")
    func heldMessage() async throws {
        try await Fixture.run({ $0.maximumInputBytes = 2 << 20 }) { fixture in
            let (holder, other) = (try RawClient(fixture.path), try RawClient(fixture.path))
            for client in [holder, other] {
                try await client.send(Self.setup)
                #expect(try await client.line()?.isSetupComplete == true)
            }
            let sound = Data(count: 1_400_000).base64EncodedString()
            try await holder.send("{\"realtimeInput\":{\"audio\":{\"mimeType\":\"audio/pcm\",\"data\":\"\(sound)\"},\"text\":\"hold\"}}\n")
            try await holder.send("{\"mm\":{\"id\":\"c\",\"cancel\":{}}}\n")
            #expect(try await holder.line()?.re == "c")
            let long = "{\"realtimeInput\":{\"text\":\"" + String(repeating: "y", count: 600_000) + "\"},\"mm\":{\"id\":1}}\n"
            try await other.send(long)
            #expect(try await other.line()?.error?.reason == "INPUT_BUDGET_SPENT")
            await fixture.service.openGate()
            try await eventually("the budget has its bytes back") {
                try await other.send(long)
                return try await other.line()?.error == nil
            }
        }
    }

    @Test(
        "whatever a connection is closed for can be read, however much was sent behind it",
        arguments: ["hello\n", "{\"bogus\":1}\n", "\u{FEFF}[]\n"])
    func lastWords(text: String) async throws {
        try await Fixture.run { fixture in
            let client = try RawClient(fixture.path)
            try await client.send(text)
            // Neither a reset nor a broken pipe takes the reason away.
            for _ in 0..<8 { try await client.send([UInt8](repeating: 0x61, count: 100_000)) }
            let messages = try await client.lines()
            #expect(messages.count == 1 && messages.first?.error?.isFatal == true)
        }
    }

    @Test("the last message before the output ends needs no line break, a byte order mark is no message")
    func lastMessage() async throws {
        try await Fixture.run { fixture in
            let client = try RawClient(fixture.path)
            try await client.send("\u{FEFF}" + Self.setup + "{\"mm\":{\"id\":\"last\",\"devices\":{}}}")
            client.finishSending()
            #expect(try await client.line()?.isSetupComplete == true)
            #expect(try await client.line()?.re == "last")
        }
    }

    @Test("an answer to somebody else is heard by those who subscribed to turns, and by nobody else")
    func ownTurns() async throws {
        try await Fixture.run { fixture in
            let plain = try RawClient(fixture.path)
            try await plain.send("{\"setup\":{}}\n")
            #expect(try await plain.line()?.isSetupComplete == true)
            let curious = try RawClient(fixture.path)
            try await curious.send("{\"setup\":{\"mm\":{\"subscribe\":[\"turn\"]}}}\n")
            #expect(try await curious.line()?.isSetupComplete == true)
            let ids = await fixture.service.contexts.map(\.id)
            for (owner, text) in [(ids[1], "for the other"), (ids[0], "for me"), (nil, "spoken")] {
                fixture.service.hub.publish(.modelTurn(text: text), turn: "t", owner: owner)
            }
            #expect(try await plain.line()?.text == "for me")
            #expect(try await plain.line()?.text == "spoken")
            for text in ["for the other", "for me", "spoken"] { #expect(try await curious.line()?.text == text) }
        }
    }

    @Test("what a role may not do is logged with who wanted it, once a minute")
    func refusedRolesAreLogged() async throws {
        let log = KeptLog()
        let fixture = try await Fixture(logger: log.logger)
        let client = try RawClient(fixture.path)
        try await client.send("{\"setup\":{\"mm\":{\"role\":\"observer\",\"subscribe\":[]}}}\n")
        _ = try await client.line()
        for _ in 0..<3 {
            try await client.send("{\"mm\":{\"id\":\"r\",\"mute\":{\"modality\":\"camera\"}}}\n")
            #expect(try await client.line()?.error?.reason == "OBSERVER")
        }
        await fixture.stop()
        let told = log.all.filter { $0.hasPrefix("refused") }
        #expect(told.count == 1)
        #expect(told.first?.contains("needed=owner") == true && told.first?.contains("role=observer") == true)
        #expect(told.first?.contains("peer=user \(getuid())") == true, "\(told)")
    }

    @Test("setupComplete tells the role and what was ignored; what an observer may not is refused")
    func observers() async throws {
        try await Fixture.run { fixture in
            let client = try RawClient(fixture.path)
            try await client.send("{\"setup\":{\"bogus\":1,\"mm\":{\"role\":\"observer\",\"subscribe\":[]}}}\n")
            let setup = try #require(try await client.line()?.json["setupComplete"]?["mm"])
            #expect(setup["role"] == "observer")
            #expect(setup["ignored"] == ["setup.bogus"])
            for request in ["snapshot", "cancel", "mute"] {
                try await client.send("{\"mm\":{\"id\":\"r\",\"\(request)\":{\"modality\":\"camera\"}}}\n")
                var message = try await client.line()
                if message?.native("ignored") != nil { message = try await client.line() }
                #expect(message?.error?.reason == "OBSERVER", "\(request)")
            }
            try await client.send("{\"mm\":{\"id\":\"s\",\"status\":{\"verbose\":1}}}\n")
            let note = try #require(try await client.line()?.native("ignored"))
            #expect(note == ["fields": ["mm.status.verbose"], "message": "s"])
            #expect(try await client.line()?.re == "s")
        }
    }
}
