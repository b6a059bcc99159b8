import MemoryIndex
import StreamCore
import StreamTesting
import Testing

@testable import AgentOperators

@Suite("A memory against a plain list", .timeLimit(.minutes(15)))
struct MemoryModelTests {
    /// What a memory promises, in the simplest way to say it.
    struct Model {
        struct Entry: Equatable {
            let id: String
            let text: String
            let expiry: Int64?
        }

        var sessions: [String: [Entry]] = [:]
        let maxItems: Int

        func living(_ session: String, _ now: Int64) -> [Entry] {
            sessions[session, default: []].filter { $0.expiry.map { $0 > now } ?? true }
        }

        mutating func add(_ entry: Entry, to session: String, replaces: Bool, _ now: Int64) {
            var entries = living(session, now)
            if entries.contains(where: { $0.id == entry.id }) {
                guard replaces else { return }
                entries.removeAll { $0.id == entry.id }
            }
            if entry.expiry.map({ $0 > now }) ?? true { entries.append(entry) }
            sessions[session] = Array(entries.suffix(maxItems))
        }
    }

    @Test("Any history gives what the list gives, over restarts", arguments: [1, 2, 3, 4] as [UInt64])
    func histories(seed: UInt64) throws {
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let folder = MemoryFolder()
        let clock = ManualWallClock(Timestamp(milliseconds: 1_000_000))
        var model = Model(maxItems: 12)
        func bench() throws -> MemoryBench {
            try MemoryBench(
                limits: MemoryLimits(maxItems: 12), embedding: HashingEmbeddings(dimension: 8), partitions: 3,
                stateDirectory: folder.path, clock: clock)
        }
        var living = try bench()
        for step in 0..<600 {
            let session = "s\(Int.random(in: 0..<5, using: &random))"
            let now = clock.now().milliseconds
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<60:
                let expiry = Bool.random(using: &random) ? nil : now + Int64.random(in: -500...60_000, using: &random)
                let entry = Model.Entry(
                    id: "i\(Int.random(in: 0..<25, using: &random))", text: "text \(step)", expiry: expiry)
                let replaces = Bool.random(using: &random)
                let draft = MemoryDraft(
                    id: entry.id, .text(entry.text), expiry: expiry.map { Timestamp(milliseconds: $0) },
                    replaces: replaces)
                try living.command(.add(draft), to: session)
                model.add(entry, to: session, replaces: replaces, now)
            case 60..<75:
                let id = "i\(Int.random(in: 0..<25, using: &random))"
                try living.command(.delete(id: id), to: session)
                model.sessions[session]?.removeAll { $0.id == id }
            case 75..<78:
                try living.command(.clear, to: session)
                model.sessions[session] = []
            case 78..<90: try living.driver.advance(by: .milliseconds(Int.random(in: 0...20_000, using: &random)))
            case 90..<92:
                try living.driver.close()
                living = try bench()
            default: try check(living, model, session, clock.now().milliseconds)
            }
        }
        for session in 0..<5 { try check(living, model, "s\(session)", clock.now().milliseconds) }
    }

    private func check(_ bench: MemoryBench, _ model: Model, _ session: String, _ now: Int64) throws {
        let wanted = model.living(session, now).map(\.text)
        let recent = try bench.all(session)
        #expect(recent == wanted)
        for method in [MemoryQuery.Method.keyword, .vector, .hybrid] {
            let found = try bench.texts(MemoryQuery(method, text: "text", limit: 100), in: session)
            #expect(found.sorted() == wanted.sorted())
        }
        let last = try bench.texts(.recent(3), in: session)
        #expect(last == wanted.suffix(3).reversed())
    }
}
