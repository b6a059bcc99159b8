import EventLog
import MemoryIndex
import StreamCore
import Testing

@testable import AgentOperators

@Suite("A memory's clients", .timeLimit(.minutes(15)))
struct MemoryClientTests {
    private func texts(_ memory: SharedMemory) async throws -> [String] {
        try await memory.query(.recent(100_000)).map(\.item.content.summary).reversed()
    }

    @Test("AK-M3, W34: what add has returned for is found, and two clients see one order")
    func sharing() async throws {
        let owner = try MemoryOwnerApplication()
        try owner.start()
        let clients = [owner.client(), owner.client()]
        let memories = try clients.map { try $0.session("anna") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, memory) in memories.enumerated() {
                group.addTask {
                    for step in 0..<15 {
                        let item = try await memory.add(MemoryDraft(text: "\(number)-\(step)"))
                        let mine = try await memory.query(.recent(1_000)).map(\.item)
                        #expect(mine.contains(item))
                    }
                }
            }
            try await group.waitForAll()
        }
        for memory in memories { try await memory.caughtUp() }
        let (first, second) = (try await texts(memories[0]), try await texts(memories[1]))
        #expect(first == second)
        #expect(first.count == 30)
        for number in 0...1 {
            #expect(first.filter { $0.hasPrefix("\(number)-") } == (0..<15).map { "\(number)-\($0)" })
        }
        for client in clients { client.close() }
        try await owner.stop()
    }

    @Test("W30, AK-M5: a memory is whole after a restart of everything, and the first query waits for all of it")
    func restart() async throws {
        let owner = try MemoryOwnerApplication()
        for round in 0..<3 {
            try owner.start(instance: round == 2 ? "other" : "one")
            let client = owner.client()
            let memory = try client.session("anna")
            // No barrier asked for: the first query is never a partial one.
            #expect(try await texts(memory) == (0..<(round * 5)).map { "\($0)" })
            for step in 0..<5 { try await memory.add(MemoryDraft(text: "\(round * 5 + step)")) }
            client.close()
            try await owner.stop()
        }
        // Nobody owns it now: reading still works, a command is not answered.
        let client = owner.client()
        let memory = try client.session("anna")
        #expect(try await texts(memory).count == 15)
        let draft = MemoryDraft(text: "nobody hears")
        await #expect(throws: MemoryError.self) { try await memory.add(draft, timeout: .seconds(1)) }
        client.close()
    }

    @Test("W34: sessions move between instances of the owner, and every client still sees each item once, in order")
    func rebalance() async throws {
        let owner = try MemoryOwnerApplication(partitions: 4)
        try owner.start(instance: "one")
        let client = owner.client()
        let memories = try (0..<8).map { try client.session("s\($0)") }
        let writing = Task {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for memory in memories {
                    group.addTask { for step in 0..<40 { try await memory.add(MemoryDraft(text: "\(step)")) } }
                }
                try await group.waitForAll()
            }
        }
        try owner.start(instance: "two")
        try await Task.sleep(for: .milliseconds(300))
        try await owner.stop("one")
        try await Task.sleep(for: .milliseconds(200))
        try owner.start(instance: "three")
        try await writing.value
        let late = owner.client()
        for memory in memories {
            #expect(try await texts(memory) == (0..<40).map { "\($0)" })
            #expect(try await texts(try late.session(memory.session)) == (0..<40).map { "\($0)" })
        }
        for each in [client, late] { each.close() }
        try await owner.stop()
    }

    @Test("W32, AK-M8: a clear reaches every client, and adding goes on at once")
    func clear() async throws {
        let owner = try MemoryOwnerApplication()
        try owner.start()
        let (one, two) = (owner.client(), owner.client())
        let (mine, theirs) = (try one.session("anna"), try two.session("anna"))
        let other = try one.session("bert")
        for number in 0..<10 { try await mine.add(MemoryDraft(text: "old \(number)")) }
        try await other.add(MemoryDraft(text: "kept"))
        try await theirs.caughtUp()
        #expect(try await texts(theirs).count == 10)
        try await mine.clear()
        #expect(try await texts(mine) == [])
        try await theirs.caughtUp()
        #expect(try await texts(theirs) == [])
        try await theirs.add(MemoryDraft(text: "new"))
        try await mine.caughtUp()
        #expect(try await texts(mine) == ["new"])
        #expect(try await texts(other) == ["kept"])
        for client in [one, two] { client.close() }
        try await owner.stop()
    }

    @Test("W31, AK-M1: a hundred sessions need no topic, group or connection of their own")
    func manySessions() async throws {
        let owner = try MemoryOwnerApplication()
        try owner.start()
        let client = owner.client()
        let memories = try (0..<100).map { try client.session("s\($0)") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for memory in memories {
                group.addTask { try await memory.add(MemoryDraft(text: "of \(memory.session)")) }
            }
            try await group.waitForAll()
        }
        for memory in memories { #expect(try await texts(memory) == ["of \(memory.session)"]) }
        let topics = try owner.log.topics().map(\.name).sorted()
        let groups = try owner.log.groups().map(\.name)
        #expect(
            topics == [
                "audit", "notes", "owner-dead-letters", "owner-notes-items-changelog", "owner-notes-sessions-changelog",
                "owner-tasks",
            ])
        #expect(groups == ["owner"])
        // W36: the truth lies in compacted topics, which time does not cut.
        for topic in try owner.log.topics() where topic.name.hasPrefix("owner-notes") {
            #expect(topic.cleanup == .compact)
            #expect(topic.retention == nil)
        }
        client.close()
        try await owner.stop()
    }

    @Test("A session that is opened late, or again, is whole; others on its partition stay so")
    func lateSessions() async throws {
        let owner = try MemoryOwnerApplication(partitions: 1)
        try owner.start()
        let client = owner.client()
        let first = try client.session("first")
        for number in 0..<5 { try await first.add(MemoryDraft(text: "\(number)")) }
        let writer = owner.client()
        try await writer.session("second").add(MemoryDraft(text: "x"))
        let second = try client.session("second")
        #expect(try await texts(second) == ["x"])
        #expect(try await texts(first).count == 5)
        second.close()
        try await first.delete(id: first.query(.recent(1))[0].item.id)
        #expect(try await texts(try client.session("second")) == ["x"])
        #expect(try await texts(first).count == 4)
        for each in [client, writer] { each.close() }
        try await owner.stop()
    }

    @Test("AK-M2, AK-M6, AK-M7: searches find what fits; the context gets one system message, as ListMemory's")
    func context() async throws {
        let owner = try MemoryOwnerApplication()
        let source = HashingEmbeddings(dimension: 64)
        try owner.start(embedding: source)
        let client = owner.client(embedding: source)
        let memory = try client.session("anna")
        var messages = Messages()
        try await memory.updateContext(&messages)
        #expect(messages.texts.isEmpty)
        try await memory.add(MemoryDraft(text: "The invoice is due in March"))
        try await memory.add(MemoryDraft(try .json(#"{"pet":"cat"}"#)))
        try await memory.add(MemoryDraft(.image([1, 2, 3])))
        let late = owner.client(embedding: source)
        try await late.session("anna").updateContext(&messages)
        let expected = """

            Relevant memory content (in chronological order):
            1. The invoice is due in March
            2. {"pet":"cat"}
            3. [image/png, 3 bytes]

            """
        #expect(messages.texts == [expected])
        for query in [
            MemoryQuery.keyword("invoice"), .similar(to: "the invoice", limit: 1), .hybrid("invoice", limit: 1),
        ] {
            let found = try await memory.query(query).map(\.item.content.summary)
            #expect(found == ["The invoice is due in March"])
        }
        for each in [client, late] { each.close() }
        try await owner.stop()
    }

    @Test("What the owner refuses is an error that says so, and a repeated identifier is the item that is there")
    func refusals() async throws {
        let owner = try MemoryOwnerApplication(limits: MemoryLimits(maxItems: 5, maxBytes: 4_000))
        try owner.start()
        let client = owner.client()
        let memory = try client.session("anna")
        let first = try await memory.add(MemoryDraft(id: "a", text: "first"))
        let again = try await memory.add(MemoryDraft(id: "a", text: "second"))
        #expect(first == again)
        let large = MemoryDraft(text: String(repeating: "x", count: 5_000))
        let error = await #expect(throws: MemoryError.self) { try await memory.add(large) }
        #expect(error?.code == .refused)
        let over = await #expect(throws: MemoryError.self) {
            try await memory.add(MemoryDraft(text: "x"), ttl: .seconds(-5))
        }
        #expect(over?.code == .refused)
        for number in 0..<8 { try await memory.add(MemoryDraft(text: "\(number)")) }
        #expect(try await texts(memory) == ["3", "4", "5", "6", "7"])
        client.close()
        try await owner.stop()
    }

    @Test("AK-M9: after close, calls fail at once; a memory that is not there is an error with a hint")
    func close() async throws {
        let owner = try MemoryOwnerApplication()
        let client = owner.client(timeout: .seconds(600))
        let memory = try client.session("anna")
        // The application never ran: there is nothing to read, and that is known at once.
        #expect(try await texts(memory) == [])
        let waiting = Task { try await memory.add(MemoryDraft(text: "x")) }
        while try owner.log.offsets(of: TopicPartition("notes", 0), isolation: .committed).end
            + owner.log.offsets(of: TopicPartition("notes", 1), isolation: .committed).end
            + owner.log.offsets(of: TopicPartition("notes", 2), isolation: .committed).end == 0
        { try await Task.sleep(for: .milliseconds(10)) }
        client.close()
        let error = await #expect(throws: MemoryError.self) { try await waiting.value }
        #expect(error?.code == .closed)
        let late = await #expect(throws: MemoryError.self) { try await memory.query(.recent()) }
        #expect(late?.code == .closed)
        let other = MemoryClient(of: "other", application: "owner", on: owner.log)
        let unknown = #expect(throws: MemoryError.self) { try other.session("anna") }
        #expect(unknown?.code == .unknownMemory)
        other.close()
    }
}

private struct Messages: ModelContext {
    var texts: [String] = []

    mutating func append(systemMessage text: String) { texts.append(text) }
}
