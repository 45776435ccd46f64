import AgentProtocol
import Testing

@Suite("Lines out of bytes")
struct LineFramerTests {
    private func elements(_ framer: inout LineFramer) -> [LineFramer.Element] {
        var result: [LineFramer.Element] = []
        while let element = framer.next() { result.append(element) }
        return result
    }

    private func line(_ text: String) -> LineFramer.Element { .line(Array(text.utf8)) }

    @Test("line ends, keepalives, and half a line")
    func basics() {
        var framer = LineFramer()
        framer.push(Array("{\"a\":1}\r\n\n \r\n{\"ü\":2}  \n{\"half".utf8))
        #expect(elements(&framer) == [line("{\"a\":1}"), line("{\"ü\":2}")])
        #expect(framer.partialBytes == 6)
        framer.push(Array("\":3}\n".utf8))
        #expect(elements(&framer) == [line("{\"half\":3}")])
        #expect(framer.partialBytes == 0)
    }

    @Test("any chunking gives what the whole gives", arguments: [1, 2, 3, 7, 16, 64, 1000, 100_000])
    func chunks(size: Int) {
        var random = SeededGenerator(seed: 5)
        var stream: [UInt8] = []
        for _ in 0..<400 {
            let length = Int.random(in: 0...120, using: &random)
            for _ in 0..<length { stream.append([0x61, 0x20, 0xC3, 0xBC, 0x0D, 0x7B].randomElement(using: &random) ?? 0) }
            stream.append(0x0A)
        }
        var whole = LineFramer(maximumLineBytes: 100)
        whole.push(stream)
        let expected = elements(&whole)
        #expect(expected.contains { if case .refused(.lineTooLong) = $0 { true } else { false } })
        #expect(expected.contains { if case .refused(.notUTF8) = $0 { true } else { false } })
        #expect(expected.contains { if case .line = $0 { true } else { false } })

        var framer = LineFramer(maximumLineBytes: 100)
        var got: [LineFramer.Element] = []
        var start = 0
        while start < stream.count {
            framer.push(stream[start..<min(start + size, stream.count)])
            got += elements(&framer)
            #expect(framer.partialBytes <= 100)
            start += size
        }
        #expect(got == expected)
    }

    @Test("a 100 MB line is refused once, while it arrives, without being held")
    func hugeLine() {
        var framer = LineFramer()
        let chunk = [UInt8](repeating: 0x61, count: 1 << 20)
        var got: [LineFramer.Element] = []
        var refusedAfter: Int?
        for index in 0..<100 {
            framer.push(chunk)
            got += elements(&framer)
            if refusedAfter == nil, !got.isEmpty { refusedAfter = index + 1 }
            #expect(framer.partialBytes <= framer.maximumLineBytes)
        }
        #expect(refusedAfter == 17)
        #expect(framer.partialBytes == 0)
        framer.push(Array("\n{}\n".utf8))
        got += elements(&framer)
        #expect(got == [.refused(.lineTooLong(limit: 16 << 20)), line("{}")])
    }

    @Test("a line of exactly the limit passes")
    func limit() {
        var framer = LineFramer(maximumLineBytes: 4)
        framer.push(Array("abcd\nabcde\nab\n".utf8))
        #expect(elements(&framer) == [line("abcd"), .refused(.lineTooLong(limit: 4)), line("ab")])
    }

    @Test("bytes that are not UTF-8 are named with their offset")
    func invalidUTF8() {
        var framer = LineFramer()
        framer.push([0x7B, 0x7D, 0xFF, 0x7D, 0x0A, 0x61, 0xC3, 0x0A])
        #expect(elements(&framer) == [.refused(.notUTF8(offset: 2)), .refused(.notUTF8(offset: 1))])
    }

    @Test("the last line needs no line break, and blanks are nothing")
    func lastLine() {
        var framer = LineFramer()
        framer.push(Array("{}\n{\"half\":".utf8))
        framer.finish()
        #expect(framer.next() == .line(Array("{}".utf8)))
        #expect(framer.next() == .line(Array("{\"half\":".utf8)))
        #expect(framer.next() == nil)
        framer.push(Array(" \r".utf8))
        framer.finish()
        #expect(framer.next() == nil)
    }

    @Test("a byte order mark before the first line is dropped, and only there", arguments: [1, 2, 3, 64])
    func byteOrderMark(division: Int) {
        var framer = LineFramer()
        let bytes = Array("\u{FEFF}{}\n\u{FEFF}{}\n".utf8)
        for start in stride(from: 0, to: bytes.count, by: division) { framer.push(bytes[start..<min(start + division, bytes.count)]) }
        #expect(framer.readyBytes == 7)
        #expect(elements(&framer) == [line("{}"), line("\u{FEFF}{}")])
        #expect(framer.readyBytes == 0)
    }

    @Test("a line that is refused from outside is dropped to its end")
    func refusedFromOutside() {
        var framer = LineFramer()
        framer.push(Array("{\"a\":".utf8))
        framer.refuseLine(.inputBudgetSpent(limit: 7))
        framer.push(Array("1}\n{}\n".utf8))
        #expect(elements(&framer) == [.refused(.inputBudgetSpent(limit: 7)), line("{}")])
        #expect(ProtocolError.inputBudgetSpent(limit: 7).status().status == .resourceExhausted)
    }
}
