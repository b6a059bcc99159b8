import JSON
import StreamCore
import Testing

@testable import AgentOperators

/// AK-M10 and W33: what AutoGen-Kafka's memory loses, corrupts or dies of on its way through a topic.
@Suite("What a memory holds, in bytes and in JSON")
struct MemoryCodecTests {
    static let everyByte = Bytes((0...255).map { UInt8($0) })

    static var contents: [MemoryContent] {
        get throws {
            [
                .text("tea ☕️ and\ncake"), .text(""), .markdown("# Title\n- a"), try .json("{\"a\" : [1, 2.50, null]}"),
                try .json("\"just text\""), .image(everyByte), .image(everyByte, mime: "image/jpeg"),
                .binary(everyByte), .binary(.empty), try MemoryContent("a,b", mime: "text/csv; charset=utf-8"),
                try MemoryContent(everyByte, mime: "application/pdf"),
                try MemoryContent("{}", mime: "application/ld+json"),
            ]
        }
    }

    @Test("Every content comes back byte by byte with its MIME type, from the store and from a command")
    func contents() throws {
        for content in try Self.contents {
            let item = MemoryItem(
                id: "i", sequence: 3, version: 2, epoch: 9, content: content,
                metadata: ["n": 1, "deep": ["x": [true, .null]]], timestamp: Timestamp(milliseconds: 5),
                expiry: Timestamp(milliseconds: 6), embedding: MemoryEmbedding(source: "e", vector: [1, -0.5, .pi]))
            let stored = try MemoryRow.serde.decode(MemoryRow.serde.encode(.item(item)))
            #expect(stored == .item(item))
            let command = MemoryCommand.add(MemoryDraft(id: "i", content, metadata: item.metadata))
            let sent = try MemoryCommand.serde.decode(MemoryCommand.serde.encode(command))
            #expect(sent == command)
            let change = MemoryChange(.replaced, item)
            let told = try MemoryChange.serde.decode(MemoryChange.serde.encode(change))
            #expect(told.item?.content == content)
            #expect(told.item?.expiry == item.expiry)
        }
    }

    @Test("AK-M10: binary is not the ASCII of its base64")
    func binary() throws {
        let command = MemoryCommand.add(MemoryDraft(id: "b", .binary(Self.everyByte)))
        let bytes = try #require(try MemoryCommand.serde.encode(command))
        let json = try JSONValue(parsing: bytes)
        #expect(json["data"]?.stringValue == Base64.encode(Self.everyByte))
        let decoded = try decode(bytes.description)
        #expect(decoded.content.bytes == Self.everyByte)
        #expect(decoded.content.kind == .binary)
    }

    @Test("AK-M10: a MIME type is any plain string, and decides the kind")
    func mime() throws {
        let kinds: [(String, MemoryContent.Kind)] = [
            ("text/plain", .text), ("TEXT/Markdown; charset=utf-8", .markdown), ("application/json", .json),
            ("image/*", .image), ("application/octet-stream", .binary), ("application/x-new", .binary),
            ("text/html", .text),
        ]
        for (mime, kind) in kinds {
            let content = try MemoryContent("{}", mime: mime)
            #expect(content.kind == kind)
            #expect(content.mime == mime)
        }
        #expect(throws: MemoryError.self) { try MemoryContent("x", mime: "") }
        #expect(throws: MemoryError.self) { try MemoryContent([0xff], mime: "text/plain") }
        #expect(throws: MemoryError.self) { try MemoryContent("{", mime: "application/json") }
    }

    @Test("AK-M10: metadata may be null or missing")
    func metadata() throws {
        let none = try decode(#"{"op":"add","id":"a","text":"x"}"#)
        let null = try decode(#"{"op":"add","id":"a","text":"x","metadata":null}"#)
        let some = try decode(#"{"op":"add","id":"a","text":"x","metadata":{"k":null,"n":1.5}}"#)
        #expect(none.metadata == [:] && null.metadata == [:])
        #expect(some.metadata == ["k": .null, "n": .double(1.5)])
        #expect(throws: SerdeError.self) { try decode(#"{"op":"add","id":"a","text":"x","metadata":[1]}"#) }
    }

    @Test("AK-M10: JSON is given as it is or as text, and stays what it was")
    func json() throws {
        let asValue = try decode(#"{"op":"add","mime":"application/json","content":{"b":1,"a":[2]}}"#)
        let asText = try decode(#"{"op":"add","mime":"application/json","text":"{\"b\": 1}"}"#)
        let asString = try decode(#"{"op":"add","mime":"application/json","content":"plain"}"#)
        #expect(asValue.content.text == #"{"b":1,"a":[2]}"#)
        #expect(asText.content.text == #"{"b": 1}"#)
        #expect(asString.content.text == #""plain""#)
    }

    @Test("Commands as other languages write them")
    func foreign() throws {
        let plain = try decode(#"{"op":"add","content":"hello","ttl":5000,"replace":true}"#)
        #expect(plain.content == .text("hello"))
        #expect(plain.id.isEmpty && plain.replaces)
        let image = try decode(#"{"op":"add","mime":"image/png","content":"AAEC/w=="}"#)
        #expect(image.content.bytes == [0, 1, 2, 255])
        let vector = try decode(#"{"op":"add","text":"x","embedding":{"source":"m","vector":[1,0.5]}}"#)
        #expect(vector.embedding == MemoryEmbedding(source: "m", vector: [1, 0.5]))
        let deletion = try MemoryCommand.serde.decode(#"{"op":"delete","id":"a"}"#)
        #expect(deletion == .delete(id: "a"))
        let tombstone = try MemoryCommand.serde.decode(nil)
        #expect(tombstone == .clear)
    }

    @Test(
        "Damaged commands are refused with a reason",
        arguments: [
            "", "{", "[]", "1", #"{"op":"add"}"#, #"{"op":"fly"}"#, #"{"op":"delete"}"#, #"{"op":"add","data":"@"}"#,
            #"{"v":2,"op":"clear"}"#, #"{"op":"add","text":"x","expiry":"soon"}"#,
            #"{"op":"add","mime":"image/png","content":7}"#,
            #"{"op":"add","text":"x","embedding":{"source":"m","vector":["1"]}}"#,
        ])
    func damaged(text: String) {
        #expect(throws: SerdeError.self) { try MemoryCommand.serde.decode(Bytes(text)) }
    }

    @Test("A stored row that is cut off anywhere, or of another version, is refused and never traps")
    func truncated() throws {
        let item = MemoryItem(
            id: "i", sequence: 1, epoch: 1, content: .text("some text"), metadata: ["a": 1],
            timestamp: Timestamp(milliseconds: 5), embedding: MemoryEmbedding(source: "e", vector: [1, 2]))
        let bytes = try #require(try MemoryRow.serde.encode(.item(item)))
        for end in 0..<bytes.count {
            #expect(throws: SerdeError.self) { try MemoryRow.serde.decode(bytes[0..<end]) }
        }
        var other = bytes.array
        other[0] = 2
        #expect(throws: SerdeError.self) { try MemoryRow.serde.decode(Bytes(other)) }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            var noise = bytes.array
            noise[Int.random(in: 1..<noise.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            _ = try? MemoryRow.serde.decode(Bytes(noise))
        }
    }

    @Test("Byte order of the keys is the order of a session, and sessions do not mix")
    func keyOrder() throws {
        let sequences: [Int64] = [-5, 0, 1, 255, 256, 65_536, .max]
        let keys = try sequences.map { try MemoryRowKey.serde.encode(MemoryRowKey("s", .item($0))) }
        for (left, right) in zip(keys, keys.dropFirst()) {
            let isAscending = try #require(left) < (try #require(right))
            #expect(isAscending)
        }
        let prefix = MemoryRowKey.prefix(ofItemsOf: "s")
        for session in ["", "s", "s1", "s\u{0}", "t", String(repeating: "s", count: 300)] {
            for place in [MemoryRowKey.Place.item(7), .id("x"), .id("")] {
                let key = MemoryRowKey(session, place)
                let bytes = try #require(try MemoryRowKey.serde.encode(key))
                let decoded = try MemoryRowKey.serde.decode(bytes)
                let isWithin = bytes.count >= prefix.count && bytes[0..<prefix.count] == prefix
                #expect(decoded == key)
                #expect(isWithin == (session == "s" && place == .item(7)))
            }
        }
    }

    @Test("The row of a session comes back as it was")
    func sessionRow() throws {
        var state = MemorySession(startedAt: Timestamp(milliseconds: 77))
        (state.next, state.first, state.count, state.bytes, state.applied) = (9, 3, 5, 1 << 40, 12)
        for expiry in [nil, Timestamp(milliseconds: 99)] {
            state.nextExpiry = expiry
            let decoded = try MemorySession.serde.decode(MemorySession.serde.encode(state))
            #expect(decoded == state)
        }
    }

    @Test("Base64 of any length, and nothing that is not")
    func base64() {
        for length in 0..<70 {
            let bytes = Bytes((0..<length).map { UInt8(($0 * 37 + length) & 255) })
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
        #expect(Base64.encode("any carnal pleas") == "YW55IGNhcm5hbCBwbGVhcw==")
        for text in ["A", "A===", "AA=A", "AA-_", "AAAAA", "é"] { #expect(Base64.decode(text) == nil) }
        #expect(Base64.decode("AAEC\r\n/w") == [0, 1, 2, 255])
    }

    private func decode(_ text: String) throws -> MemoryDraft {
        guard case .add(let draft, _) = try MemoryCommand.serde.decode(Bytes(text)) else {
            throw MemoryError(.invalidContent, "no 'add'")
        }
        return draft
    }
}
