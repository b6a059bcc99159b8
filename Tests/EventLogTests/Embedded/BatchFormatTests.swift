@testable import EventLog
import StreamCore
import Testing

@Suite struct BatchFormatTests {
    /// Vectors of the reference implementation (xxhsum -H1, seed 0).
    @Test(
        arguments: [
            ("", 0xef46_db37_51d8_e999), ("a", 0xd24e_c4f1_a98c_6e5b), ("abc", 0x44bc_2cf5_ad77_0999),
            ("Nobody inspects the spammish repetition", 0xfbce_a83c_8a37_8bf1),
        ] as [(String, UInt64)])
    func `the checksum is XXH64`(text: String, expected: UInt64) {
        #expect(Checksum.of(Array(text.utf8)) == expected)
    }

    static func randomRecords(_ generator: inout SeededRandom) -> [LogRecord] {
        var offset = Int64.random(in: 0...5, using: &generator)
        return (0..<Int.random(in: 1...200, using: &generator)).map { _ in
            let record = LogRecord(
                offset: offset, timestamp: Timestamp(milliseconds: randomTime(&generator)),
                key: randomBytes(&generator), value: randomBytes(&generator), headers: randomHeaders(&generator))
            offset += Bool.random(using: &generator) ? 1 : Int64.random(in: 1...10_000, using: &generator)
            return record
        }
    }

    static func randomTime(_ generator: inout SeededRandom) -> Int64 {
        [.min, -1, 0, .max, 1_700_000_000_000, Int64(bitPattern: generator.next())].randomElement(using: &generator)
            ?? 0
    }

    static func randomBytes(_ generator: inout SeededRandom) -> Bytes? {
        switch Int.random(in: 0...4, using: &generator) {
        case 0: nil
        case 1: Bytes.empty
        default:
            Bytes(
                (0..<Int.random(in: 1...200, using: &generator)).map { _ in UInt8(truncatingIfNeeded: generator.next())
                })
        }
    }

    static func randomHeaders(_ generator: inout SeededRandom) -> Headers {
        guard Int.random(in: 0...3, using: &generator) == 0 else { return .none }
        return Headers(
            (0..<Int.random(in: 1...3, using: &generator)).map { index in
                Headers.Entry(name: index == 0 ? "" : "header-ü\(index)", value: randomBytes(&generator))
            })
    }

    static func encode(_ records: [LogRecord]) -> BatchEncoder {
        var encoder = BatchEncoder(baseOffset: 0)
        for record in records { encoder.append(record) }
        return encoder
    }

    static func cursor(_ payload: [UInt8], end: Int64) -> BatchCursor? {
        BatchCursor(payload: payload, checksum: Checksum.of(payload), baseOffset: 0, endOffset: end)
    }

    @Test(arguments: 1...50)
    func `records come back as they were, in any pieces, from any offset`(seed: UInt64) throws {
        var generator = SeededRandom(seed: seed)
        let records = Self.randomRecords(&generator)
        let encoder = Self.encode(records)
        let start = try #require(records.randomElement(using: &generator)).offset
        var cursor = try #require(Self.cursor(encoder.payload, end: encoder.nextOffset))
        try cursor.skip(to: start)
        var read: [LogRecord] = []
        while !cursor.isAtEnd {
            var budget = ReadBudget(
                records: Int.random(in: 1...20, using: &generator), bytes: Int.random(in: 0...2_000, using: &generator))
            let before = read.count
            try cursor.read(&budget, into: &read)
            #expect(read.count > before, "seed \(seed)")
        }
        let expected = records.filter { $0.offset >= start }
        #expect(read == expected, "seed \(seed)")
        #expect(encoder.maxTimestamp == records.map(\.timestamp).max(), "seed \(seed)")
    }

    @Test(arguments: 1...200)
    func `damaged payloads are an error or other records, never a trap`(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        let encoder = Self.encode(Self.randomRecords(&generator))
        var payload = encoder.payload
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            switch Int.random(in: 0...2, using: &generator) {
            case 0:
                payload[Int.random(in: 1..<payload.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            case 1: payload.removeLast(Int.random(in: 0..<(payload.count / 2 + 1), using: &generator))
            default: payload.insert(0xff, at: Int.random(in: 1...payload.count, using: &generator))
            }
        }
        // The checksum is made to fit: this is about the decoder behind it.
        var cursor = Self.cursor(payload, end: encoder.nextOffset)
        var budget = ReadBudget(records: .max, bytes: .max)
        var records: [LogRecord] = []
        try? cursor?.read(&budget, into: &records)
        let isInside = records.allSatisfy { $0.offset < encoder.nextOffset }
        #expect(isInside, "seed \(seed)")
        var skipping = Self.cursor(payload, end: encoder.nextOffset)
        try? skipping?.skip(to: .max)
    }

    @Test func `a changed byte anywhere is found`() {
        let encoder = Self.encode([
            LogRecord(offset: 0, timestamp: .unknown, key: "key", value: "a value of some length")
        ])
        for index in encoder.payload.indices {
            var payload = encoder.payload
            payload[index] ^= 1
            let cursor = BatchCursor(
                payload: payload, checksum: Checksum.of(encoder.payload), baseOffset: 0, endOffset: 1)
            #expect(cursor == nil)
        }
    }

    @Test func `another payload format is not read`() {
        #expect(Self.cursor([2, 0, 0, 1, 1, 0], end: 1) == nil)
        #expect(Self.cursor([], end: 1) == nil)
    }

    @Test func `a huge count of headers reserves no memory`() throws {
        var writer = ByteWriter()
        writer.append(BatchEncoder.format)
        for number in [0, 0, -1, -1, Int64.max] { writer.append(zigzag: number) }
        var cursor = try #require(Self.cursor(writer.bytes, end: 1))
        var budget = ReadBudget(records: 1, bytes: 1)
        var records: [LogRecord] = []
        #expect(throws: BatchDamage.self) { try cursor.read(&budget, into: &records) }
        var skipping = try #require(Self.cursor(writer.bytes, end: 1))
        #expect(throws: BatchDamage.self) { try skipping.skip(to: 5) }
    }
}
