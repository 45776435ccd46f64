import AgentProtocol
import AgentSocket
import Foundation
import Synchronization

/// A client that stays, and takes down what it is told.
final class LiveClient: Sendable {
    private let client: AgentClient
    private let reading: Task<Void, Never>
    private let book: Book

    private final class Book: Sendable {
        let listener: Mutex<StreamListener>
        init(_ instruction: Int?) { listener = Mutex(StreamListener(instruction: instruction)) }
    }

    var notes: [StreamNote] { book.listener.withLock(\.notes) }

    /// - Parameters:
    ///   - instruction: its standing instruction, and which one it is; nil: it follows everything else.
    ///   - clock: seconds of the recording now.
    init(_ client: AgentClient, instruction: (text: String, number: Int)? = nil, clock: @escaping @Sendable () -> Double) async throws {
        self.client = client
        let book = Book(instruction?.number)
        self.book = book
        try await client.setUp(Setup.live(instruction: instruction?.text))
        reading = Task {
            while let message = try? await client.next() {
                let now = clock()
                book.listener.withLock { $0.receive(message, at: now, origin: 0) }
            }
        }
    }

    func leave() async {
        await client.close()
        await reading.value
    }
}

extension Setup {
    /// Of a native client that gets everything.
    /// - Parameter session: nil opens a private one.
    static func live(session: String? = "main", instruction: String? = nil) -> Setup {
        .native(session: session, topics: Set(Topic.allCases).subtracting([.interim]), instruction: instruction)
    }
}

extension AgentClient {
    /// Asks, and reads until the answer is complete.
    func answer(to question: String, after: [StreamTruth.Turn] = []) async throws -> StreamAnswer {
        let before = after.flatMap { [Content.text($0.question), Content.text($0.answer, role: "model")] }
        let content = ClientContent(turns: before + [.text(question)], turnComplete: true)
        try await send(ClientMessage(.clientContent(content), id: "ask"))
        let turn = try await reply(to: "ask", timeout: .seconds(60)).turn
        var text = ""
        while true {
            let message = try await next(waitingFor: "the answer", timeout: .seconds(60))
            guard message.turn == turn else { continue }
            text += message.text ?? ""
            guard message.isTurnComplete else { continue }
            let firstToken = message.native("timing")?["firstToken"]?.string.flatMap(Duration.init(wire:))
            return StreamAnswer(text: text, firstToken: firstToken?.inSeconds)
        }
    }
}
