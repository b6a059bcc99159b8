import StateStores
import StreamCore
import Synchronization
import Topology
import Testing

@testable import AgentOperators

/// The ledger by itself: no threads, no tasks, its time given by hand.
@Suite("StepLedger")
struct StepLedgerTests {
    /// A ledger over a store in memory, and what it replied.
    private final class Desk {
        let store: KeyValueStore<StepKey, StepEntry>
        private let stores: TaskStores
        private(set) var ledger: StepLedger
        private let replies = Replies()
        private var ticket: UInt64 = 0
        var now = Timestamp(milliseconds: 1_000)

        final class Replies: Sendable {
            let all = Mutex<[String]>([])
        }

        init(limit: Int = .max, changes: StepChangePolicy = .finish) throws {
            stores = TaskStores(task: TaskID(0, 0), directory: nil, memory: StateMemory())
            let definition = StoreDefinition<StepKey, StepEntry>.stepJournal("steps")
            store = try stores.keyValueStore(
                definition.specification, key: definition.key, value: definition.value)
            try stores.open()
            ledger = StepLedger(
                store, writer: "me", limit: limit, skew: .seconds(5), version: "", changes: changes)
        }

        /// Another process takes over what is in the store.
        func restart(as writer: String, requests: Set<Int64> = [1]) throws -> [Int64: Timestamp] {
            ledger.close()
            _ = replied()
            ledger = StepLedger(
                store, writer: writer, limit: .max, skew: .seconds(5), version: "", changes: .finish)
            return try ledger.load { requests.contains($0) ? "r\($0)" : nil }
        }

        @discardableResult
        func ask(_ ask: StepAsk, of sequence: Int64 = 1, call: UInt64 = 1) throws -> UInt64 {
            ticket += 1
            let replies = replies
            let message = StepMessage(sequence: sequence, call: call, ticket: ticket, ask: ask) { result in
                let text =
                    switch result {
                    case .success(.go(let index, let context, let hasIntent)):
                        "go \(index) \(context.idempotencyKey)\(hasIntent ? " intent" : "")"
                    case .success(.recorded(let bytes)): "recorded \(bytes)"
                    case .success(.answered(.success(let bytes))): "answered \(bytes)"
                    case .success(.answered(.failure(let failure))): "failed \(failure.code)"
                    case .success(let other): "\(other)"
                    case .failure(let failure as StepFailure): "\(failure.code)"
                    case .failure(let error): "\(type(of: error))"
                    }
                replies.all.withLock { $0.append(text) }
            }
            let request = StepLedger.Request(
                key: "r\(sequence)", deadline: Timestamp(milliseconds: 31_000), isRepeated: false)
            try ledger.take(message, of: request, now: now)
            return ticket
        }

        func replied() -> [String] {
            replies.all.withLock { all in
                defer { all = [] }
                return all
            }
        }

        func effects() -> [String] {
            defer { ledger.effects = [] }
            return ledger.effects.map { effect in
                switch effect {
                case .send(_, let operation): "send \(operation.id)"
                case .note(_, let operation): "note \(operation.id)"
                case .ended(_, let operation, _): "ended \(operation.id)"
                case .moveDeadline(_, let moment): "deadline \(moment)"
                case .changed: "changed"
                default: "\(effect)"
                }
            }
        }
    }

    @Test func `a body starts after the commit of what was before it, its result after its own`() throws {
        let desk = try Desk()
        try desk.ask(.begin("charge", .idempotent))
        #expect(desk.replied() == ["go 0 r1/charge/0"])
        try desk.ask(.finish(0, "1", waits: true))
        #expect(desk.replied() == [])
        #expect(desk.effects() == ["commit"])
        desk.ledger.committed()
        #expect(desk.replied() == ["done"])
        try desk.ask(.now)
        try desk.ask(.begin("mail", .idempotent))
        #expect(desk.replied().count == 1)
        desk.ledger.committed()
        #expect(desk.replied() == ["go 2 r1/mail/0"])
    }

    @Test func `intents are found by the next run`() throws {
        let desk = try Desk()
        for (number, policy) in [StepPolicyKind.reconcile, .atMostOnce, .idempotent].enumerated() {
            try desk.ask(.begin("s\(number)", policy))
            desk.ledger.committed()
        }
        #expect(desk.replied() == ["go 0 r1/s0/0", "go 1 r1/s1/0", "go 2 r1/s2/0"])
        for (number, policy) in [StepPolicyKind.reconcile, .atMostOnce, .idempotent].enumerated() {
            try desk.ask(.begin("s\(number)", policy), call: 2)
            desk.ledger.committed()
        }
        #expect(desk.replied() == ["go 0 r1/s0/0 intent", "interrupted", "go 2 r1/s2/0"])
    }

    @Test func `a question is sent once, its first answer counts, over restarts`() throws {
        let desk = try Desk()
        let ask = StepAsk.external(kind: "ask", name: "q", payload: "?", limit: .duration(.seconds(60)))
        try desk.ask(ask)
        #expect(desk.effects() == ["deadline 91000", "send r1/q/0", "commit", "idle(1)"])
        #expect(desk.ledger.parks(1))
        #expect(!desk.ledger.parks(1))
        #expect(desk.ledger.suspend(1))
        #expect(try desk.restart(as: "me") == [1: Timestamp(milliseconds: 91_000)])
        desk.now = desk.now + .seconds(20)
        let isFirst = try desk.ledger.resolve("r1/q/0", .success("!"), now: desk.now)
        let isSecond = try desk.ledger.resolve("r1/q/0", .success("?"), now: desk.now)
        #expect(isFirst)
        #expect(!isSecond)
        #expect(desk.effects() == ["deadline 51000", "ended r1/q/0", "rerun(1)"])
        try desk.ask(ask, call: 3)
        #expect(desk.replied() == ["answered !"])
        #expect(desk.effects().isEmpty)
        try desk.ledger.conclude(1, now: desk.now)
        #expect(desk.store.approximateCount == 0)
    }

    @Test func `an answer at once is the answer at every run, a failure too`() throws {
        let desk = try Desk()
        let ask = StepAsk.external(kind: "ask", name: "q", payload: "?", limit: .deadline)
        try desk.ask(ask)
        let failure = AgentFailure(.undeliverable, "nobody", attempts: 0, idempotencyKey: "")
        try desk.ledger.answer(StepKey(sequence: 1, index: 0), .failure(failure), now: desk.now)
        #expect(desk.replied() == ["failed undeliverable"])
        #expect(!desk.effects().contains("ended r1/q/0"))
        #expect(!desk.ledger.parks(1))
        _ = try desk.restart(as: "me")
        try desk.ask(ask)
        #expect(desk.replied() == ["failed undeliverable"])
    }

    @Test func `waits of another instance end later by the clocks' difference`() throws {
        let desk = try Desk()
        try desk.ask(.external(kind: "ask", name: "q", payload: "?", limit: .deadline))
        _ = try desk.restart(as: "other")
        #expect(desk.ledger.nextDue == Timestamp(milliseconds: 36_000))
        let early = try desk.ledger.endDue(now: Timestamp(milliseconds: 35_999))
        #expect(!early)
        let late = try desk.ledger.endDue(now: Timestamp(milliseconds: 36_000))
        #expect(late)
        #expect(desk.effects() == ["ended r1/q/0", "rerun(1)"])
        try desk.ask(.external(kind: "ask", name: "q", payload: "?", limit: .deadline))
        #expect(desk.replied() == ["expired"])
    }

    @Test func `a note is told once`() throws {
        let desk = try Desk()
        try desk.ask(.note(kind: "publish", name: "n", payload: "1"))
        #expect(desk.effects() == ["note r1/n/0"])
        _ = try desk.restart(as: "me")
        try desk.ask(.note(kind: "publish", name: "n", payload: "1"))
        #expect(desk.effects().isEmpty)
        try desk.ask(.note(kind: "publish", name: "n", payload: "2"))
        #expect(desk.effects() == ["note r1/n/1"])
        try desk.ask(.note(kind: "send", name: "n", payload: "2"), call: 9)
        #expect(desk.effects() == ["changed"])
    }

    @Test func `entries of requests that are no more are deleted`() throws {
        let desk = try Desk()
        try desk.ask(.now, of: 1)
        try desk.ask(.now, of: 2)
        _ = try desk.restart(as: "me", requests: [2])
        #expect(desk.store.approximateCount == 1)
    }

    @Test func `what the journal does not take is said`() throws {
        let desk = try Desk(limit: 300)
        try desk.ask(.begin("s", .pure))
        try desk.ask(.finish(0, Bytes([UInt8](repeating: 1, count: 300)), waits: true))
        #expect(desk.replied() == ["go 0 r1/s/0", "unkept"])
        let large = Bytes([UInt8](repeating: 1, count: 300))
        try desk.ask(.external(kind: "ask", name: "q", payload: "?", limit: .deadline))
        let isOpen = try desk.ledger.resolve("r1/q/0", .success(large), now: desk.now)
        #expect(isOpen)
        #expect(desk.replied() == ["failed undeliverable"])
    }

    @Test func `ids are never shared, whatever steps are called`() {
        let names = ["a", "a/1", "a%2F1", "a%2f1", "/", "%", "a/1/2", ""]
        var ids: Set<String> = []
        for request in ["r", "r/a", "r/a/1"] {
            for name in names {
                for occurrence in 0..<3 { ids.insert(StepOperation.id(of: request, name, occurrence)) }
            }
        }
        #expect(ids.count == 3 * names.count * 3)
    }

    @Test func `entries come back as they were, and damage never traps`() throws {
        let entry = StepEntry(
            kind: .external, detail: "ask", name: "q", occurrence: 3, state: .failed, value: "v",
            at: Timestamp(milliseconds: -5), due: Timestamp(milliseconds: .max), deadline: nil, writer: "w",
            version: "2")
        let bytes = try #require(try StepEntry.serde.encode(entry))
        #expect(try StepEntry.serde.decode(bytes) == entry)
        #expect(bytes.count <= entry.byteCount)
        for index in 0..<bytes.count {
            #expect(throws: SerdeError.self) { try StepEntry.serde.decode(bytes[0..<index]) }
            for value in [UInt8(0), 1, 2, 7, 0x7f, 0x80, 0xff] {
                var changed = bytes.array
                changed[index] = value
                _ = try? StepEntry.serde.decode(Bytes(changed))
            }
        }
        let keys = [(0, 0), (0, 1), (0, 256), (1, 0), (255, 1), (256, 0), (70_000, 3)]
            .map { StepKey(sequence: $0.0, index: $0.1) }
        let written = try keys.compactMap { try StepKey.serde.encode($0) }
        #expect(written == written.sorted())
        #expect(try written.map { try StepKey.serde.decode($0) } == keys)
        #expect(throws: SerdeError.self) { try StepKey.serde.decode("short") }
    }
}
