import MemoryIndex
import StreamCore
import StreamTesting
import Testing

@testable import AgentOperators

@Suite("A memory's store", .timeLimit(.minutes(15)))
struct MemoryStoreTests {
    @Test("W34: a session has one order, which its single writer gives, whoever adds")
    func order() throws {
        let bench = try MemoryBench(partitions: 4)
        for number in 0..<30 {
            if number % 2 == 0 {
                try bench.command(.add(MemoryDraft(text: "\(number)")), to: "s\(number % 3)")
            } else {
                try bench.use("s\(number % 3)") {
                    try $0.add(MemoryDraft(text: "\(number)"), to: "s\(number % 3)", at: .unknown + .seconds(1))
                }
            }
        }
        for session in 0..<3 {
            let texts = try bench.all("s\(session)")
            #expect(texts == (0..<30).filter { $0 % 3 == session }.map { "\($0)" })
        }
        let sequences = try bench.use("s1") { try $0.query(.recent(100), in: "s1").map(\.item.sequence) }
        #expect(sequences == (0..<10).reversed().map { Int64($0) })
    }

    @Test("W35: an identifier is added once; with 'replaces' its next version takes the place at the end")
    func dedup() throws {
        let bench = try MemoryBench()
        try bench.command(.add(MemoryDraft(id: "a", text: "first")))
        try bench.command(.add(MemoryDraft(id: "b", text: "second")))
        try bench.command(.add(MemoryDraft(id: "a", text: "again")))
        #expect(try bench.all() == ["first", "second"])
        #expect(bench.count("memory_duplicates") == 1)
        try bench.command(.add(MemoryDraft(id: "a", .text("other"), replaces: true)))
        #expect(try bench.all() == ["second", "other"])
        let item = try #require(try bench.use { try $0.get(id: "a", in: "s") })
        #expect(item.version == 2)
        #expect(try bench.changes() == ["added a", "added b", "replaced a"])
        try bench.command(.delete(id: "b"))
        try bench.command(.delete(id: "b"))
        #expect(try bench.all() == ["other"])
        #expect(try bench.changes() == ["deleted b"])
        #expect(try bench.use { try $0.count(of: "s") } == 1)
    }

    @Test("W35: what is over is not found at once, and is removed later by its owner, as a logged write")
    func ttl() throws {
        let bench = try MemoryBench(limits: MemoryLimits(ttl: .seconds(60)))
        try bench.command(.add(MemoryDraft(id: "short", .text("short"), expiry: Timestamp(milliseconds: 1_010_000))))
        try bench.command(.add(MemoryDraft(id: "long", text: "long")))
        try bench.command(.add(MemoryDraft(id: "late", text: "late"), ttl: .seconds(5)), at: 900_000)
        #expect(bench.count("memory_expired", reason: "on arrival") == 1)
        #expect(try bench.all() == ["short", "long"])
        bench.driver.clock.advance(by: .seconds(10))
        #expect(try bench.all() == ["long"])
        #expect(try bench.texts(.keyword("short")) == [])
        _ = bench.driver.takeChanges(of: "notes-items")
        _ = try bench.changes()
        try bench.driver.advance(by: .seconds(2))
        #expect(try bench.changes() == ["expired short"])
        #expect(bench.driver.takeChanges(of: "notes-items").allSatisfy { $0.value == nil })
        try bench.driver.advance(by: .seconds(60))
        #expect(try bench.changes() == ["expired long"])
        #expect(try bench.use { try $0.count(of: "s") } == 0)
        #expect(try bench.use { try $0.byteCount(of: "s") } == 0)
    }

    @Test("An item whose time is over makes room for one with its identifier")
    func reuseAfterExpiry() throws {
        let bench = try MemoryBench()
        try bench.command(.add(MemoryDraft(id: "a", .text("old"), expiry: Timestamp(milliseconds: 1_001_000))))
        bench.driver.clock.advance(by: .seconds(1))
        try bench.command(.add(MemoryDraft(id: "a", text: "new")))
        #expect(try bench.all() == ["new"])
        #expect(try bench.use { try $0.count(of: "s") } == 1)
        #expect(try bench.changes() == ["added a", "expired a", "added a"])
    }

    @Test("W35: a session stays within its items and bytes; the oldest go")
    func bounds() throws {
        let bench = try MemoryBench(limits: MemoryLimits(maxItems: 3, maxBytes: 2_000))
        for number in 0..<5 { try bench.command(.add(MemoryDraft(id: "\(number)", text: "text \(number)"))) }
        #expect(try bench.all() == ["text 2", "text 3", "text 4"])
        let large = String(repeating: "x", count: 1_700)
        try bench.command(.add(MemoryDraft(id: "large", text: large)))
        #expect(try bench.all() == ["text 3", "text 4", large])
        try bench.command(.add(MemoryDraft(id: "huge", text: large + large)))
        #expect(try bench.all() == ["text 3", "text 4", large])
        let letters = bench.driver.takeDeadLetters()
        #expect(letters.count == 1)
        #expect(letters.first?.headers["tributary.error.message"]?.contains("holds 2000") == true)
        #expect(try bench.use { try $0.byteCount(of: "s") } <= 2_000)
        #expect(bench.count("memory_removed", reason: "dropped") == 3)
    }

    @Test("W32, AK-M8: a clear is an epoch in the same commit; nothing is deleted but items, and adding goes on")
    func clear() throws {
        let bench = try MemoryBench()
        for number in 0..<3 { try bench.command(.add(MemoryDraft(id: "\(number)", text: "old \(number)"))) }
        let before = try #require(try bench.use { try $0.get(id: "0", in: "s") })
        try bench.command(.clear)
        #expect(try bench.all() == [])
        #expect(try bench.texts(.keyword("old")) == [])
        try bench.command(.add(MemoryDraft(id: "0", text: "new")))
        let after = try #require(try bench.use { try $0.get(id: "0", in: "s") })
        #expect(after.epoch > before.epoch)
        #expect(after.sequence == 3)
        #expect(try bench.changes() == ["added 0", "added 1", "added 2", "cleared -", "added 0"])
        // AK-M4: a tombstone clears, here really.
        try bench.driver.pipe("notes", key: "s", value: nil, at: 1_000_001)
        #expect(try bench.all() == [])
    }

    @Test("An empty session is forgotten after an hour, and a new life has a later epoch")
    func emptySession() throws {
        let bench = try MemoryBench()
        try bench.command(.add(MemoryDraft(id: "a", text: "x")))
        let first = try #require(try bench.use { try $0.get(id: "a", in: "s") })
        try bench.command(.delete(id: "a"))
        _ = bench.driver.takeChanges(of: "notes-sessions")
        try bench.driver.advance(by: .minutes(59))
        #expect(bench.driver.takeChanges(of: "notes-sessions").isEmpty)
        try bench.driver.advance(by: .minutes(2))
        #expect(bench.driver.takeChanges(of: "notes-sessions").map { $0.value == nil } == [true])
        try bench.command(.add(MemoryDraft(id: "a", text: "x")))
        let second = try #require(try bench.use { try $0.get(id: "a", in: "s") })
        #expect(second.epoch > first.epoch)
        #expect(second.sequence == 0)
    }

    @Test("Damaged commands and refused items are dead letters, and the next command works")
    func refusals() throws {
        let bench = try MemoryBench()
        try bench.driver.pipe("notes", key: "s", value: "{", at: 1)
        try bench.driver.pipe("notes", key: "s", value: #"{"op":"add","text":"x","timestamp":-5}"#, at: 1)
        try bench.driver.pipe("notes", key: "", value: #"{"op":"add","text":"x"}"#, at: 1)
        try bench.command(.add(MemoryDraft(id: String(repeating: "i", count: 2_000), text: "x")))
        try bench.command(.add(MemoryDraft(text: "good")))
        #expect(bench.driver.takeDeadLetters().count == 4)
        #expect(try bench.all() == ["good"])
    }

    @Test("An item without an identifier is named by its record, and by its number within it")
    func names() throws {
        let bench = try MemoryBench()
        try bench.command(.add(MemoryDraft(text: "x")))
        let ids = try bench.use { store in
            try (0..<3).map { try store.add(MemoryDraft(text: "\($0)"), to: "s", at: .unknown + .seconds(1))?.id }
        }
        #expect(ids == ["in-0@0", "in-0@0.1", "in-0@0.2"])
        #expect(try bench.changes().first == "added notes-0@0")
    }

    @Test("W30: what a memory held is there after a restart, its order, bounds and indexes too")
    func restart() throws {
        let folder = MemoryFolder()
        let clock = ManualWallClock(Timestamp(milliseconds: 1_000_000))
        for round in 0..<3 {
            let bench = try MemoryBench(
                limits: MemoryLimits(maxItems: 25), embedding: HashingEmbeddings(dimension: 16),
                stateDirectory: folder.path, clock: clock)
            #expect(try bench.all().count == min(25, round * 10))
            for number in 0..<10 {
                try bench.command(.add(MemoryDraft(id: "\(round)-\(number)", text: "round\(round) number\(number)")))
            }
            let expected = (0...round).flatMap { round in (0..<10).map { "round\(round) number\($0)" } }.suffix(25)
            #expect(try bench.all() == Array(expected))
            #expect(try bench.texts(.keyword("number7", limit: 50)).count == round + 1)
            #expect(try bench.texts(.similar(to: "round\(round) number3", limit: 1)) == ["round\(round) number3"])
            try bench.driver.close()
            clock.advance(by: .seconds(1))
        }
    }
}
