import AgentOperators
import AutoGenKafka
import EventLog
import JSON
import Schemas
import StreamCore
import StreamDSL
import TestWorlds
import Testing
import Topology

/// A memory that Python's memories share.
@Suite("AutoGen memory", .timeLimit(.minutes(15)))
struct AutoGenMemoryTests {
    private static let commands = Topic("notes", key: .string, value: MemoryCommand.serde)
    private static let seen = Topic("seen", key: .string, value: .string)

    /// A memory, a way to Python's, and what happens to it as text.
    private func topology(_ world: EmbeddedWorld) throws -> StreamTopology {
        let memory = Memory("notes")
        let wire = AutoGenWire(InMemorySchemaRegistry())
        return try StreamTopology("chat") {
            AutoGenMemory(
                of: memory, on: wire, in: world.log, named: "python",
                options: AutoGenMemoryOptions(lookEvery: .milliseconds(50)))
            memory.changes().mapValues(named: "as-text") { change in
                let item = change.item.map { "\($0.content.mime) \($0.content.summary) \($0.metadata.keys.sorted())" }
                return "\(change.kind.rawValue) \(item ?? "")"
            }.to(Self.seen)
        }
    }

    private func world() throws -> EmbeddedWorld { try EmbeddedWorld(topics: ["notes": 2, "seen": 2]) }

    private func framed(_ text: String) -> Bytes { Bytes([0, 0, 0, 0, 7] + Array(text.utf8)) }

    private func seen(_ world: EmbeddedWorld) throws -> [String] {
        try world.records(of: "seen").map { $0.value?.description ?? "" }
    }

    private func waits(_ world: EmbeddedWorld, for count: Int) throws -> [String] {
        try #require(
            try world.until {
                let all = try seen(world)
                return all.count >= count ? all : nil
            })
    }

    private func command(_ world: EmbeddedWorld, _ command: MemoryCommand, session: String = "s1") throws {
        try world.append(
            "notes", partition: Murmur2.partition(Bytes(session), of: 2), key: Bytes(session),
            value: try Self.commands.value.encode(command))
    }

    private func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await OwnThread.run(named: "autogen-memory-test", body)
    }

    @Test("W30: what Python wrote before is read from the beginning, once over restarts; garbage is a dead letter")
    func reads() async throws {
        try await onThread {
            let world = try world()
            defer { world.stopAll() }
            try world.log.createTopic(TopicSpecification("memory_s1", partitions: 1))
            let values: [Bytes?] = [
                framed(GoldenEventTests.memory), nil, "garbage",
                framed(#"{"sender": "i1", "mime_type": "image/*", "content": "%%%", "metadata": "{}"}"#),
                framed(
                    #"{"sender": "i1", "mime_type": "application/json", "content": "{\"a\": 1}", "metadata": null}"#),
                framed(
                    #"{"sender": "i1", "mime_type": "application/octet-stream", "content": "AAEC", "metadata": "{}"}"#),
            ]
            for value in values { try world.append("memory_s1", partition: 0, key: "s1", value: value) }
            let first = world.start(try topology(world))
            #expect(
                try waits(world, for: 3) == [
                    #"added text/plain fact ["source"]"#, #"added application/json {"a": 1} []"#,
                    "added application/octet-stream [application/octet-stream, 3 bytes] []",
                ])
            #expect(try world.until { try world.records(of: "chat-dead-letters").count == 3 ? true : nil } == true)
            world.stop(first)
            try world.append("memory_s1", partition: 0, key: "s1", value: framed(GoldenEventTests.memory))
            world.start(try topology(world))
            #expect(try waits(world, for: 4).count == 4)
            // Nothing of it is told Python again.
            #expect(try world.records(of: "memory_s1").count == 7)
        }
    }

    @Test(
        "W33: what is added here Python reads: framed, its own five types, never null metadata; its own is not read back"
    )
    func writes() async throws {
        try await onThread {
            let world = try world()
            defer { world.stopAll() }
            world.start(try topology(world))
            try command(world, .add(MemoryDraft(id: "1", text: "likes tea", metadata: ["by": "anna"])))
            try command(world, .add(MemoryDraft(id: "2", try MemoryContent([0xff, 1], mime: "image/tiff"))))
            try command(world, .add(MemoryDraft(id: "3", try MemoryContent("<b>x</b>", mime: "text/html"))))
            try command(world, .add(MemoryDraft(id: "4", try MemoryContent("[1]", mime: "application/json"))))
            let found = try world.until {
                let all = try world.records(of: "memory_s1")
                return all.count >= 4 ? all : nil
            }
            let records = try #require(found)
            let events = try records.map { try MemoryEvent(framed: $0.value) }
            #expect(records.allSatisfy { $0.key == "s1" })
            #expect(events.map(\.mimeType) == ["text/plain", "application/octet-stream", "text/plain", "text/plain"])
            #expect(events.map(\.content) == ["likes tea", "/wE=", "<b>x</b>", "[1]"])
            #expect(
                events.map(\.metadata) == [
                    #"{"by": "anna"}"#, #"{"tributary_mime": "image/tiff"}"#, #"{"tributary_mime": "text/html"}"#,
                    #"{"tributary_mime": "application/json"}"#,
                ])
            #expect(events.allSatisfy { $0.sender == "chat/notes" })
            // What is read back here is as it was.
            #expect(
                try events.map { try $0.draft(id: "x").content.mime } == [
                    "text/plain", "image/tiff", "text/html", "application/json",
                ])
            #expect(try waits(world, for: 4).count == 4)
        }
    }

    @Test("AK-M8, W32: a topic that is deleted and made anew clears the session, and adding goes on")
    func peerClears() async throws {
        try await onThread {
            let world = try world()
            defer { world.stopAll() }
            try world.log.createTopic(TopicSpecification("memory_s1", partitions: 1))
            try world.append("memory_s1", partition: 0, key: "s1", value: framed(GoldenEventTests.memory))
            let first = world.start(try topology(world))
            #expect(try waits(world, for: 1).count == 1)
            try world.log.deleteTopic("memory_s1")
            try world.log.createTopic(TopicSpecification("memory_s1", partitions: 1))
            try world.append("memory_s1", partition: 0, key: "s1", value: framed(GoldenEventTests.memory))
            let kinds = try waits(world, for: 3).map { $0.prefix { $0 != " " } }
            #expect(kinds == ["added", "cleared", "added"])
            // The same while nothing runs.
            world.stop(first)
            try world.log.deleteTopic("memory_s1")
            world.start(try topology(world))
            #expect(try waits(world, for: 4).last?.hasPrefix("cleared") == true)
            try command(world, .add(MemoryDraft(id: "1", text: "anew")))
            let again = try world.until { try world.records(of: "memory_s1").first }
            #expect(try MemoryEvent(framed: try #require(again).value).content == "anew")
        }
    }

    @Test("a clear here deletes the topic and makes it anew, and what is added then is there")
    func clears() async throws {
        try await onThread {
            let world = try world()
            defer { world.stopAll() }
            world.start(try topology(world))
            try command(world, .add(MemoryDraft(id: "1", text: "old")))
            #expect(try world.until { try world.records(of: "memory_s1").first } != nil)
            let before = try #require(try world.log.topic("memory_s1")).incarnation
            try command(world, .clear)
            let anew = try world.until {
                try world.log.topic("memory_s1").flatMap { $0.incarnation == before ? nil : $0 }
            }
            #expect(anew != nil)
            try command(world, .add(MemoryDraft(id: "2", text: "new")))
            let record = try world.until { try world.records(of: "memory_s1").first }
            #expect(try MemoryEvent(framed: try #require(record).value).content == "new")
            let kinds = try waits(world, for: 3).map { $0.prefix { $0 != " " } }
            #expect(kinds == ["added", "cleared", "added"])
        }
    }

    @Test("two applications on one topic see each other's items, each once")
    func twoPeers() async throws {
        try await onThread {
            let world = try world()
            defer { world.stopAll() }
            world.start(try topology(world))
            try command(world, .add(MemoryDraft(id: "1", text: "from one")))
            let event = MemoryEvent(sender: "other", mimeType: "text/markdown", content: "# from two")
            #expect(try world.until { try world.records(of: "memory_s1").first } != nil)
            try world.append("memory_s1", partition: 0, key: "s1", value: framed(event.bytes.description))
            #expect(
                try waits(world, for: 2) == [
                    "added text/plain from one []", "added text/markdown # from two []",
                ])
            #expect(try world.records(of: "memory_s1").count == 2)
        }
    }
}
