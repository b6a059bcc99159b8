import Console
import EventLog
import Foundation
import LogWrappers
import StreamCore
import Synchronization
import Testing
import Topology

@testable import Operations

/// Sending a letter again, and being killed while doing so.
@Suite("Dead letters are sent once", .timeLimit(.minutes(15)))
struct DeadLetterRetryTests {
    /// The embedded log, which dies before or after an append.
    final class MortalLog: LogWrapper {
        let base: any EventLog
        /// How many appends it does until it dies; nil for never.
        let left = Mutex<Int?>(nil)

        init(_ base: any EventLog) { self.base = base }

        func append(_ records: RecordBuffer) throws(EventLogError) -> [TopicPartition: Range<Int64>] {
            let isAlive = left.withLock { left in
                guard let count = left else { return true }
                left = count - 1
                return count > 0
            }
            guard isAlive else { throw EventLogError(.unavailable, "killed") }
            return try base.append(records)
        }
    }

    private final class Clock: WallClock {
        let moment = Mutex(Timestamp(milliseconds: 1_800_000_000_000))
        func now() -> Timestamp { moment.withLock { $0 } }
        func pass(_ duration: Duration) { moment.withLock { $0 = $0 + duration } }
    }

    private let world: CommandWorld
    private let log: MortalLog
    private let clock = Clock()

    init() throws {
        world = try CommandWorld()
        log = MortalLog(world.log)
        var headers = Headers()
        headers.append(DeadLetterHeader.topic, "orders")
        headers.append(DeadLetterHeader.partition, "0")
        headers.append(DeadLetterHeader.offset, "0")
        headers.append("own", "kept")
        try world.append("orders", [(Bytes("k"), Bytes("whole value"))])
        try world.append(
            "shop-dead-letters", (0..<3).map { (Bytes("k\($0)"), Bytes("value \($0)")) }, headers: headers)
    }

    private func box() throws -> DeadLetterBox {
        try DeadLetterBox(try #require(try log.topic("shop-dead-letters")), log)
    }

    private func letters() throws -> [DeadLetter] {
        var letters: [DeadLetter] = []
        try box().forEach { letter in
            letters.append(letter)
            return true
        }
        return letters
    }

    private func retry(_ options: DeadLetterRetry.Options = .init()) throws -> DeadLetterRetry {
        DeadLetterRetry(try box(), options, clock: clock)
    }

    private func values() throws -> [String] {
        try world.records("orders").dropFirst().compactMap { $0.value?.utf8 }
    }

    @Test(arguments: 0..<4)
    func `whenever a run is killed, the next ones send every letter once`(appends: Int) throws {
        log.left.withLock { $0 = appends }
        do {
            _ = try retry().send(try letters())
            #expect(appends == 3)
        } catch {}
        log.left.withLock { $0 = nil }
        // The run that was killed might live: for a minute nobody sends what it said that it sends.
        if appends == 1 || appends == 2 {
            for outcome in try retry().send(try letters()) {
                guard case .refused(let error) = outcome else { Issue.record("sent"); continue }
                #expect(error.kind == "beingRetried")
            }
        }
        clock.pass(.minutes(2))
        let outcomes = try retry().send(try letters())
        #expect(try values() == ["value 0", "value 1", "value 2"])
        for outcome in outcomes {
            switch outcome {
            case .sent(_, let isFound): #expect(isFound == (appends == 2))
            case .refused(let error): #expect(error.kind == "alreadyHandled" && appends == 3)
            }
        }
        #expect(try letters().allSatisfy { $0.mark?.status == .retried })
        #expect(try DeadLetterMarks(of: "shop-dead-letters", log).intents.values.allSatisfy(\.isEmpty))
        for outcome in try retry().send(try letters()) {
            guard case .refused(let error) = outcome else { Issue.record("sent twice"); continue }
            #expect(error.kind == "alreadyHandled")
        }
    }

    @Test func `of several runs at once one sends each letter`() async throws {
        let runs = try (0..<8).map { _ in try retry() }
        let all = try letters()
        let sent = await withTaskGroup(of: Int.self) { group in
            for run in runs {
                group.addTask {
                    let found = try? await OwnThread.run(named: "retry") { try run.send(all) }
                    return (found ?? []).count { outcome in
                        if case .sent = outcome { return true }
                        return false
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(sent == 3)
        #expect(try values().sorted() == ["value 0", "value 1", "value 2"])
    }

    @Test func `a letter that was cut is sent whole when its topic still has it, else not at all`() throws {
        var headers = Headers()
        headers.append(DeadLetterHeader.topic, "orders")
        headers.append(DeadLetterHeader.partition, "0")
        headers.append(DeadLetterHeader.offset, "0")
        headers.append(DeadLetterHeader.truncated, "11")
        try world.append("shop-dead-letters", [(Bytes("k"), Bytes("whole"))], headers: headers)
        let cut = try #require(try letters().last)
        _ = try retry().send([cut])
        #expect(try values() == ["whole value"])

        headers.set(DeadLetterHeader.truncated, "5000")
        try world.append("shop-dead-letters", [(Bytes("k"), Bytes("whole"))], headers: headers)
        let lost = try #require(try letters().last)
        guard case .refused(let error)? = try retry().send([lost]).first else { return #expect(Bool(false)) }
        #expect(error.kind == "truncated")
        #expect(try values().count == 1)
    }

    @Test func `the record's own headers come back, the story does not`() throws {
        _ = try retry().send([try #require(try letters().first)])
        let headers = try #require(try world.records("orders").last).headers
        #expect(headers["own"] == "kept")
        #expect(headers[DeadLetterHeader.topic] == nil)
        #expect(headers[DeadLetter.retryCount] == "1")
    }
}
