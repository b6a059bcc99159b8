import StreamCore
import Testing

@testable import AgentOperators

@Suite("AskEntry")
struct AskEntryTests {
    static func entry(
        key: Bytes? = "k", request: Bytes? = "other", value: Bytes? = "value", headers: Headers = .none,
        startedBy: String? = nil
    ) -> AskEntry {
        AskEntry(
            idempotencyKey: "life/score/0_0/in-0-3/0", source: TopicPartition("in", 3),
            record: LogRecord(
                offset: 3, timestamp: Timestamp(milliseconds: -1), key: key, value: value, headers: headers),
            key: key, request: request, timestamp: Timestamp(milliseconds: 5), deadline: Timestamp(milliseconds: .max),
            writer: "one", startedBy: startedBy)
    }

    private static let samples: [AskEntry] = [
        entry(), entry(key: nil, request: nil, value: nil), entry(key: .empty, request: .empty, value: nil),
        entry(request: "value", startedBy: "two"),
        entry(
            headers: Headers([
                .init(name: "a", value: nil), .init(name: "", value: "x"), .init(name: "a", value: .empty),
            ])),
        entry(value: Bytes([UInt8](repeating: 7, count: 100_000))),
    ]

    private func same(_ left: AskEntry, _ right: AskEntry) -> Bool {
        left.idempotencyKey == right.idempotencyKey && left.source == right.source && left.record == right.record
            && left.key == right.key && left.request == right.request && left.timestamp == right.timestamp
            && left.deadline == right.deadline && left.writer == right.writer && left.startedBy == right.startedBy
            && left.byteCount == right.byteCount
    }

    @Test func `comes back as it was written, nulls and empty bytes apart`() throws {
        for entry in Self.samples {
            #expect(same(try AskEntry.serde.decode(AskEntry.serde.encode(entry)), entry))
        }
    }

    @Test func `takes no more bytes than it says, marked or not`() throws {
        for entry in Self.samples {
            let marked = entry.started(by: "an instance with quite a long name, of a machine with another")
            #expect(marked.byteCount == entry.byteCount)
            #expect(try #require(try AskEntry.serde.encode(marked)).count <= entry.byteCount)
        }
    }

    @Test func `a request that is its record's value is written and counted once`() throws {
        let value = Bytes([UInt8](repeating: 1, count: 50_000))
        let entry = Self.entry(request: value, value: value)
        #expect(entry.byteCount < 60_000)
        #expect(try #require(try AskEntry.serde.encode(entry)).count < 51_000)
    }

    @Test func `every truncation and every addition is refused`() throws {
        for entry in Self.samples.prefix(5) {
            let bytes = try #require(try AskEntry.serde.encode(entry))
            for length in 0..<bytes.count {
                #expect(throws: SerdeError.self) { try AskEntry.serde.decode(bytes[0..<length]) }
            }
            #expect(throws: SerdeError.self) { try AskEntry.serde.decode(Bytes(bytes.array + [0])) }
        }
    }

    @Test func `another version is refused with what to do`() throws {
        var bytes = try #require(try AskEntry.serde.encode(Self.entry())).array
        bytes[0] = 2
        let error = #expect(throws: SerdeError.self) { try AskEntry.serde.decode(Bytes(bytes)) }
        #expect("\(try #require(error))".contains("another version"))
    }

    @Test func `changed bytes never trap`() throws {
        var random = SystemRandomNumberGenerator()
        let bytes = try #require(try AskEntry.serde.encode(Self.samples[4])).array
        for _ in 0..<20_000 {
            var changed = bytes
            changed[Int.random(in: 0..<changed.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            _ = try? AskEntry.serde.decode(Bytes(changed))
        }
    }
}
