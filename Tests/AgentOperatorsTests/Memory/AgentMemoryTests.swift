import Foundation
import JSON
import MemoryIndex
import Observability
import StreamCore
import StreamTesting
import Testing
import Topology

@testable import AgentOperators

@Suite("A handler's memory", .timeLimit(.minutes(15)))
struct AgentMemoryTests {
    private func texts(_ context: AgentContext, _ query: MemoryQuery) async throws -> Text {
        Text(try await context.memory.query(query).map(\.item.content.summary).joined(separator: ", "))
    }

    private func team(_ memory: Memory?) -> AgentSystem {
        agents(named: "team", memory: memory) {
            AgentType("keeper") {
                on(Text.self) { (message: Text, context: AgentContext) -> Text in
                    switch message.text {
                    case "clear": return Text("\(try await context.memory.clear())")
                    case "all": return try await texts(context, .recent(100))
                    default: return Text(try await context.memory.add(MemoryDraft(text: message.text))?.id ?? "-")
                    }
                }
            }
            AgentType("searcher") {
                on(Text.self) { (message: Text, context: AgentContext) -> Text in
                    try await texts(context, .hybrid(message.text, limit: 1))
                }
            }
            AgentType("patient") {
                on(Text.self) { (message: Text, context: AgentContext) -> Text in
                    try await context.memory.add(MemoryDraft(text: "before"))
                    let found = try await context.memory.query(.recent(10)).count
                    try await context.sleep(for: .hours(1))
                    try await context.memory.add(MemoryDraft(text: "after"))
                    return Text("\(found) then \(try await context.memory.query(.recent(10)).count)")
                }
            }
            AgentType("failing") {
                on(Text.self) { (message: Text, context: AgentContext) -> Text in
                    do {
                        try await context.memory.add(MemoryDraft(text: message.text))
                    } catch let error as MemoryError {
                        return Text("\(error.code.rawValue)")
                    }
                    return Text("added")
                }
            }
        }
    }

    private func reply(_ answer: AgentBench.Answer) -> String {
        if case .reply(let text) = answer { text } else { "\(answer)" }
    }

    @Test("All agents of a key share a session, those of other keys do not")
    func sharing() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try AgentBench(team(Memory("notes", commands: false, embedding: HashingEmbeddings())))
            for text in ["the invoice is due in March", "my cat prefers fish"] {
                _ = try bench.ask(text, "keeper/anna")
            }
            _ = try bench.ask("bert's note", "keeper/bert")
            #expect(try reply(bench.ask("when is the invoice due", "searcher/anna")) == "the invoice is due in March")
            #expect(try reply(bench.ask("all", "keeper/anna")) == "my cat prefers fish, the invoice is due in March")
            #expect(try reply(bench.ask("all", "keeper/bert")) == "bert's note")
            #expect(try reply(bench.ask("clear", "keeper/anna")) == "2")
            #expect(try reply(bench.ask("all", "keeper/anna")) == "")
        }
    }

    @Test("A handler that is run again adds nothing twice and finds what it found; commands reach its memory too")
    func replay() async throws {
        try await OwnThread.run(named: "agents") {
            let folder = MemoryFolder()
            let clock = ManualWallClock(Timestamp(milliseconds: 1_000_000))
            let first = try AgentBench(
                team(Memory("notes")), clock: clock, stateDirectory: folder.path, partitions: ["notes": 4])
            let id = try first.post("x", to: "patient/anna")
            // The add, the query and the sleep of the first run are journalled.
            let limit = ContinuousClock.now + .seconds(120)
            while first.driver.counters["asks_parked", step: "team"] < 1, ContinuousClock.now < limit {
                _ = try first.driver.awaitAnswers(upTo: .milliseconds(50))
            }
            try first.driver.close()
            let second = try AgentBench(
                team(Memory("notes")), clock: clock, stateDirectory: folder.path, partitions: ["notes": 4])
            let commands = Topic("notes", key: .string, value: MemoryCommand.serde)
            try second.driver.pipe(commands, "anna", .add(MemoryDraft(text: "meanwhile")), at: 1_000_000)
            try second.driver.advance(by: .hours(1))
            #expect(try second.driver.awaitAnswers(upTo: .seconds(120)))
            #expect(second.answers()[id] == .reply("1 then 3"))
            #expect(try reply(second.ask("all", "keeper/anna")) == "after, meanwhile, before")
            #expect(second.driver.counters["memory_added", step: "notes"] == 2)
        }
    }

    @Test("What the memory refuses the handler hears, typed; without a memory it is told what to do")
    func refusals() async throws {
        try await OwnThread.run(named: "agents") {
            let small = Memory("notes", limits: MemoryLimits(maxBytes: 500), commands: false)
            let bench = try AgentBench(team(small))
            #expect(try reply(bench.ask("short", "failing/a")) == "added")
            #expect(try reply(bench.ask(String(repeating: "x", count: 600), "failing/a")) == "tooLarge")
            let without = try AgentBench(team(nil))
            #expect(try reply(without.ask("x", "failing/a")) == "unknownMemory")
        }
    }

    @Test("Calls and answers come back as they were, answers without vectors and within their bound")
    func coding() throws {
        let draft = MemoryDraft(
            id: "a", .image([1, 2]), metadata: ["k": 1], timestamp: Timestamp(milliseconds: 4), replaces: true,
            embedding: MemoryEmbedding(source: "e", vector: [1, 0.5]))
        let query = MemoryQuery(.hybrid, text: "x", vector: [1, 2], limit: .max, metadata: ["k": 1])
        for call in [MemoryCall.add(draft), .delete(id: "a"), .clear, .query(.recent(3))] {
            #expect(try MemoryCall(reading: call.bytes) == call)
        }
        guard case .query(let read) = try MemoryCall(reading: MemoryCall.query(query).bytes) else { return }
        #expect(read.vector == [1, 2] && read.metadata == ["k": 1] && read.limit == Int(Int32.max))
        let items = (0..<6).map { number in
            MemoryItem(
                id: "\(number)", sequence: Int64(number), epoch: 1,
                content: .text(String(repeating: "x", count: 300_000)), timestamp: Timestamp(milliseconds: 1),
                embedding: MemoryEmbedding(source: "e", vector: [1]))
        }
        let matches = items.map { MemoryMatch(item: $0, score: 0.5) }
        let bytes = try MemoryAnswer(count: 6, matches: matches).bytes
        let answer = try MemoryAnswer(reading: bytes)
        #expect(bytes.count <= MemoryCall.largestAnswer)
        #expect(answer.matches.map(\.item.id) == ["0", "1", "2"])
        #expect(answer.matches.allSatisfy { $0.item.embedding == nil && $0.score == 0.5 })
        #expect(throws: MemoryError(.tooLarge, "why")) {
            try MemoryAnswer(reading: MemoryAnswer.bytes(of: MemoryError(.tooLarge, "why")))
        }
    }
}
