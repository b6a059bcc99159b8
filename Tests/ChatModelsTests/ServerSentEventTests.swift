import StreamCore
import Testing

@testable import ChatModels

@Suite("Server-sent events")
struct ServerSentEventTests {
    private func parse(_ text: String) throws -> [String] {
        var parser = ServerSentEventParser()
        return try parser.feed(Array(text.utf8)).map { "\($0.type)/\($0.id)/\($0.data)" }
    }

    @Test(
        arguments: [
            ("data: a\n\n", ["message//a"]), ("data:a\r\n\r\ndata:b\r\r", ["message//a", "message//b"]),
            ("data: a\ndata:  b\ndata\n\n", ["message//a\n b\n"]), (": comment\n\ndata:\n\n", ["message//"]),
            ("event: ping\ndata: {}\nid: 7\n\ndata: x\n\n", ["ping/7/{}", "message/7/x"]),
            ("\u{feff}data: bom\n\n", ["message//bom"]), ("data: never ended\n", []), ("\n\n\r\n", []),
            ("id: a\u{0}b\nretry: 5\nwhatever: x\ndata: y\n\n", ["message//y"]), ("event: only\n\n", []),
            ("data: a:b: c\n\n", ["message//a:b: c"]),
        ])
    func `lines become events`(_ text: String, _ expected: [String]) throws {
        #expect(try parse(text) == expected)
    }

    @Test func `events do not depend on where the network cuts`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        let words = ["grüße 😀", "{\"a\":1}", "", " lead", "x:y", "漢字"]
        for _ in 0..<200 {
            var text: [UInt8] = []
            var expected: [String] = []
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                let end = ["\n", "\r\n", "\r"].randomElement(using: &random) ?? "\n"
                let lines = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    words.randomElement(using: &random) ?? ""
                }
                if Bool.random(using: &random) { text += Array(": note\(end)".utf8) }
                for line in lines { text += Array("data: \(line)\(end)".utf8) }
                text += Array(end.utf8)
                expected.append(lines.joined(separator: "\n"))
            }
            var parser = ServerSentEventParser()
            var found: [String] = []
            var rest = text[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 1...7, using: &random))
                rest = rest.dropFirst(piece.count)
                found += try parser.feed(piece).map(\.data.description)
            }
            #expect(found == expected, "seed \(seed)")
        }
    }

    @Test func `an event without an end is refused at the limit`() throws {
        var parser = ServerSentEventParser(limit: 1_000)
        _ = try parser.feed(Array("data: small\n\n".utf8))
        #expect(throws: ChatModelError.self) { try parser.feed([UInt8](repeating: 0x61, count: 1_001)) }
        var lines = ServerSentEventParser(limit: 1_000)
        let line = Array("data: aaaaaaaaaaaaaaaa\n".utf8)
        #expect(throws: ChatModelError.self) { for _ in 0..<100 { _ = try lines.feed(line) } }
    }
}

@Suite("Retry-After")
struct RetryAfterTests {
    /// 1994-11-06 08:49:30 GMT.
    private let now = Timestamp(milliseconds: 784_111_770_000)

    @Test(
        arguments: [
            ("7", 7_000), (" 0.25 ", 250), ("0", 0), ("-3", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 7_000),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 7_000), ("Sun Nov  6 08:49:37 1994", 7_000),
            ("Sun, 06 Nov 1994 08:49:00 GMT", 0), ("1e300", 604_800_000),
        ])
    func `seconds and dates are understood`(_ text: String, _ milliseconds: Int64) {
        #expect(RetryAfter.parse(text, now: now)?.milliseconds == milliseconds)
    }

    @Test(arguments: ["", "soon", "nan", "Sun, 99 Nov 1994"])
    func `anything else says nothing`(_ text: String) {
        #expect(RetryAfter.parse(text, now: now) == nil)
    }

    @Test func `milliseconds of the provider come first`() {
        #expect(RetryAfter.parse("7", milliseconds: "1500", now: now) == .milliseconds(1_500))
        #expect(RetryAfter.parse(nil, now: now) == nil)
    }
}
