import JSON
import Foundation
import MemoryIndex
import StreamCore
import StreamTesting
import Synchronization
import Testing

@testable import AgentOperators

@Suite("remember and recall", .timeLimit(.minutes(15)))
struct MemoryOperatorTests {
    private static let messages = Topic("messages", key: .string, value: .string)
    private static let found = Topic("found", key: .string, value: .string)

    private func driver(
        _ memory: Memory, partitions: Int32 = 2, _ query: @escaping @Sendable (String) -> MemoryQuery
    ) throws -> TopologyTestDriver {
        let topology = try StreamTopology("chat") {
            Self.messages.stream()
                .recall(from: memory, named: "look-up", query) { text, matches in
                    text + ": " + matches.map(\.item.content.summary).joined(separator: ", ")
                }
                .remember(in: memory, named: "keep") { MemoryDraft(text: String($0.prefix { $0 != ":" })) }
                .to(Self.found)
        }
        return try TopologyTestDriver(topology, partitions: ["messages": partitions, "notes": partitions])
    }

    private func say(_ driver: TopologyTestDriver, _ session: String, _ text: String) throws {
        try driver.pipe(Self.messages, session, text, at: 1)
    }

    @Test("A record finds what the record before it has left, in its session and no other")
    func readYourWrites() throws {
        let driver = try driver(Memory("notes", commands: false)) { _ in .recent(2) }
        for (session, text) in [
            ("a", "one"), ("b", "eins"), ("a", "two"), ("a", "three"), ("b", "zwei"), ("a", "four"),
        ] {
            try say(driver, session, text)
        }
        let lines = try driver.take(Self.found)
        #expect(
            lines.filter { $0.key == "a" }.map(\.value) == ["one: ", "two: one", "three: two, one", "four: three, two"])
        #expect(lines.filter { $0.key == "b" }.map(\.value) == ["eins: ", "zwei: eins"])
    }

    @Test("What a command adds is recalled, and the partitions must agree")
    func commands() throws {
        let driver = try driver(Memory("notes")) { .keyword($0) }
        try driver.pipe(
            Topic("notes", key: .string, value: MemoryCommand.serde), "a", .add(MemoryDraft(text: "likes tea")), at: 1)
        try say(driver, "a", "tea or coffee")
        #expect(try driver.take(Self.found).map(\.value) == ["tea or coffee: likes tea"])
        let memory = Memory("notes")
        let topology = try StreamTopology("chat") {
            Self.messages.stream().remember(in: memory, named: "keep") { MemoryDraft(text: $0) }.to(Self.found)
        }
        let error = #expect(throws: TopologyError.self) {
            try TopologyTestDriver(topology, partitions: ["messages": 2, "notes": 3])
        }
        #expect(error?.code == .notCoPartitioned)
    }

    @Test("W35: a query finds what fits it, not everything")
    func queries() throws {
        let source = HashingEmbeddings(dimension: 64)
        for method in MemoryQuery.Method.allCases where method != .recent {
            let driver = try driver(Memory("notes", commands: false, embedding: source)) {
                MemoryQuery(method, text: $0, limit: 1)
            }
            for text in ["the invoice is due in March", "my cat prefers fish", "when is the invoice due"] {
                try say(driver, "a", text)
            }
            #expect(try driver.take(Self.found).last?.value == "when is the invoice due: the invoice is due in March")
        }
    }

    @Test(
        "An embedding source that waits is asked first; when it fails, the item has no vector and is found by its words"
    )
    func waitingSource() async throws {
        let source = SlowSource()
        let test: @Sendable () throws -> Void = {
            let asking = AskOptions(retry: RetryPolicy(attempts: 1), delivery: .eager)
            let memory = Memory("notes", embedding: source, asking: asking)
            let driver = try driver(memory) { .hybrid($0, limit: 3) }
            func settle(_ body: () throws -> Void) throws {
                try body()
                let isDone = try driver.awaitAnswers()
                #expect(isDone)
            }
            try settle { try say(driver, "a", "apples are red") }
            try settle { try say(driver, "a", "broken pears") }
            let commands = Topic("notes", key: .string, value: MemoryCommand.serde)
            try settle { try driver.pipe(commands, "a", .add(MemoryDraft(text: "red wine")), at: 1) }
            try settle { try driver.pipe(commands, "a", .add(MemoryDraft(text: "broken wine")), at: 1) }
            _ = try driver.take(Self.found)
            try settle { try say(driver, "a", "red things") }
            try settle { try say(driver, "a", "broken question on pears") }
            let lines = try driver.take(Self.found).map(\.value)
            #expect(lines.first?.hasPrefix("red things: ") == true)
            #expect(lines.first?.contains("apples are red") == true)
            #expect(lines.first?.contains("red wine") == true)
            #expect(lines.last?.hasPrefix("broken question on pears: broken pears") == true)
        }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            Thread.detachNewThread { continuation.resume(with: Result { try test() }) }
        }
        #expect(source.calls.withLock { $0 } >= 6)
    }

    @Test("A search by meaning in a memory that cannot is a dead letter that says what to do")
    func missingSource() throws {
        let driver = try driver(Memory("notes", commands: false)) { .similar(to: $0) }
        try say(driver, "a", "one")
        try say(driver, "a", "two")
        let letters = driver.takeDeadLetters()
        #expect(letters.count == 2)
        #expect(letters[0].headers["tributary.error.message"]?.contains("has no embedding source: give it one") == true)
        let used = try MemoryBench()
        try used.use { try $0.add(MemoryDraft(text: "x"), to: "s", at: .unknown + .seconds(1)) }
        let error = #expect(throws: MemoryError.self) { try used.texts(.similar(to: "x")) }
        #expect(error?.code == .missingVector)
    }

    @Test("A metadata filter looks further when the best do not pass it")
    func filter() throws {
        let bench = try MemoryBench(embedding: HashingEmbeddings(dimension: 32))
        for number in 0..<200 {
            try bench.command(.add(MemoryDraft(text: "note \(number)", metadata: ["rare": .bool(number % 50 == 0)])))
        }
        for method in MemoryQuery.Method.allCases {
            let query = MemoryQuery(method, text: "note", limit: 3, metadata: ["rare": true])
            #expect(try bench.texts(query).count == 3)
        }
    }

    @Test("Indexes of sessions that were not searched lately make room, and come back")
    func eviction() throws {
        let bench = try MemoryBench(embedding: HashingEmbeddings(dimension: 64), indexBytes: 40_000)
        for session in 0..<20 {
            for number in 0..<20 {
                try bench.command(.add(MemoryDraft(text: "session\(session) note\(number)")), to: "s\(session)")
            }
        }
        for _ in 0..<3 {
            for session in 0..<20 {
                #expect(
                    try bench.texts(.hybrid("note7 session\(session)", limit: 1), in: "s\(session)") == [
                        "session\(session) note7"
                    ])
            }
        }
        let (count, bytes) = try bench.use("s0") { ($0.indexes.count, $0.indexes.estimatedBytes) }
        #expect(count < 10)
        #expect(bytes < 80_000)
    }
}

/// Answers later, and fails for texts with "broken".
private final class SlowSource: EmbeddingSource {
    let calls = Mutex(0)
    private let hashing = HashingEmbeddings(dimension: 64)
    let name = "slow"
    let dimension = 64

    func embed(_ texts: [String]) async throws -> [[Float]] {
        calls.withLock { $0 += 1 }
        await Task.yield()
        if texts.contains(where: { $0.hasPrefix("broken") }) { throw EmbeddingError(source: name, reason: "broken") }
        return texts.map { hashing.vector(of: $0) }
    }
}
