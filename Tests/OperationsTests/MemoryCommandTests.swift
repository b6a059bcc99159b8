import AgentOperators
import EventLog
import Foundation
import JSON
import MemoryIndex
import StreamCore
import StreamDSL
import TestPrograms
import Testing
import Topology

/// `memory`, on a memory that an application owns.
@Suite("Memory by the tool", .timeLimit(.minutes(15)))
struct MemoryCommandTests {
    private static func owner(_ name: String = "chat") throws -> StreamTopology {
        let notes = Memory("notes", embedding: HashingEmbeddings(dimension: 64))
        return try StreamTopology(name) { notes.changes().to(Topic("audit", key: .string, value: MemoryChange.serde)) }
    }

    private func withNotes(_ body: (CommandWorld) async throws -> Void) async throws {
        try await withWorld { world async throws in
            try world.log.createTopic(TopicSpecification("notes", partitions: 2))
            world.start(try Self.owner())
            let client = MemoryClient(of: "notes", application: "chat", on: world.log, timeout: .seconds(240))
            let anna = try client.session("anna")
            for (id, text) in [("a1", "likes green tea"), ("a2", "lives in Riga"), ("a3", "tea at five")] {
                try await anna.add(MemoryDraft(id: id, .text(text), metadata: ["by": "test"]))
            }
            try await client.session("bob").add(MemoryDraft(id: "b1", .binary(Bytes([0xff, 0x00])), metadata: [:]))
            client.close()
            try await body(world)
        }
    }

    @Test func `sessions are listed and their items shown, running and stopped`() async throws {
        try await withNotes { world async throws in
            for isStopped in [false, true] {
                if isStopped { try await world.stop() }
                let rows = try await world.run("memory list -J").lines
                #expect(rows.map { $0["session"] } == ["anna", "bob"])
                #expect(rows.map { $0["items"] } == [3, 1])
                let items = try await world.run("memory show anna -J").lines
                #expect(items.map { $0["id"] } == ["a1", "a2", "a3"])
                #expect(items[0]["content"] == "likes green tea")
                #expect(items[0]["metadata"]?.text == #"{"by":"test"}"#)
            }
            #expect(try await world.run("memory show bob -J").lines[0]["content"]?["data"] == "/wA=")
            #expect(await world.run("memory show bob").output.contains("[application/octet-stream, 2 bytes]"))
            #expect(try await world.run("memory show anna --limit 1 -J").lines.count == 1)
            #expect(await world.run("memory show nobody").code == 3)
            #expect(await world.run("memory list -m nots").errors.contains("did you mean"))
        }
    }

    @Test func `a session is searched by words and by meaning`() async throws {
        try await withNotes { world async throws in
            let found = try await world.run("memory search anna -k 2 -J", "tea").lines
            #expect(Set(found.compactMap { $0["id"]?.stringValue }) == ["a1", "a3"])
            #expect(
                try await world.run("memory search anna --method keyword -J", "riga").lines.map { $0["id"] } == ["a2"])
            #expect(
                try await world.run("memory search anna --method vector -k 1 -J", "in Riga").lines.map { $0["id"] } == [
                    "a2"
                ])
            #expect(
                try await world.run("memory search anna --method recent -k 1 -J", "x").lines.map { $0["id"] } == ["a3"])
            #expect(try await world.run("memory search anna -J", "zzz").lines.count <= 3)
            #expect(await world.run("memory search anna --method guess", "x").code == 2)
            #expect(await world.run("memory search bob --method keyword", "x").code == 0)
        }
    }

    @Test func `forgetting is a dry run unless it is meant`() async throws {
        try await withNotes { world async throws in
            let plan = await world.run("memory forget anna")
            #expect(plan.code == 0)
            #expect(plan.errors.contains("nothing was done: 3 items would be forgotten with --execute"))
            #expect(try await world.run("memory show anna -J").lines.count == 3)
            let one = await world.run("memory forget anna --id a2 --execute --wait 3m")
            #expect(one.code == 0, "\(one.errors)")
            #expect(try await world.run("memory show anna -J").lines.map { $0["id"] } == ["a1", "a3"])
            #expect(await world.run("memory forget anna --id a2 --execute").code == 3)
            #expect(await world.run("memory forget anna --execute --wait 3m").code == 0)
            #expect(try await world.run("memory show anna -J").lines.isEmpty)
            try await world.stop()
            let late = await world.run("memory forget bob --execute --wait 200ms")
            #expect(late.code == 4)
            #expect(late.errors.contains("as soon as the application runs"))
        }
    }

    @Test func `what is exported can be imported, once, elsewhere`() async throws {
        try await withNotes { world async throws in
            let exported = await world.run("memory export")
            #expect(try exported.lines.count == 4)
            let path = world.folder.path + "/notes.jsonl"
            try exported.output.write(toFile: path, atomically: true, encoding: .utf8)
            try await withWorld { other async throws in
                try other.log.createTopic(TopicSpecification("notes", partitions: 1))
                other.start(try Self.owner())
                // As soon as the application has left its manifest.
                _ = try await other.until("memory import --file \(path)") { $0.code == 0 }
                #expect(await other.run("memory import --file \(path)").code == 0)
                let rows = try await other.until("memory list -J") { try $0.lines.map { $0["items"] } == [3, 1] }
                #expect(try rows.lines.map { $0["items"] } == [3, 1])
                let again = await other.run("memory export")
                #expect(Set(again.output.split(separator: "\n")) == Set(exported.output.split(separator: "\n")))
                try "{\"session\":1}\n".write(toFile: path, atomically: true, encoding: .utf8)
                let bad = await other.run("memory import --file \(path)")
                #expect(bad.code == 1)
                #expect(bad.errors.contains("line 1"))
                #expect(await other.run("memory import --file /no/such").code == 3)
            }
        }
    }

    @Test func `a memory without commands cannot be told, and no memory is said as such`() async throws {
        try await withNotes { world async throws in
            try await world.stop()
            try world.log.deleteTopic("notes")
            #expect(await world.run("memory forget anna --execute").code == 10)
        }
        try await withWorld { world async throws in
            #expect(await world.run("memory list -o json").output == "[]\n")
            #expect(await world.run("memory show anna").code == 3)
            #expect(await world.run("memory import --file /dev/null").code == 3)
            #expect(await world.run("memory list -d /nowhere/at/all", isElsewhere: true).code == 3)
        }
    }
}
