import AgentOperators
import EventLog
import Foundation
import Observability
import StreamCore
import StreamDSL
import TestWorlds
import Testing
import Topology

/// Agents of several applications and instances that find each other through the registry, on the embedded log.
@Suite("agents of several applications", .timeLimit(.minutes(15)))
struct AgentApplicationsTests {
    private static let input = Topic("in", key: .string, value: .json(Text.self))
    private static let output = Topic("out", key: .string, value: .json(Text.self))

    /// An application that asks oracles, wherever they are, and publishes what they say.
    private static func front(timeout: Duration = .seconds(300)) throws -> StreamTopology {
        let options = AgentOptions(handling: AskOptions(timeout: .seconds(600)))
        let team = agents(named: "team", partitions: 4, options: options) {
            AgentType("asker", initial: { _ in Count() }) {
                on(Text.self) { message, state, context in
                    state.count += 1
                    do {
                        let reply = try await context.send(
                            message, to: AgentID("oracle", context.id.key), returning: Text.self, timeout: timeout)
                        try await context.publish(Text("\(state.count) \(reply.text)"))
                    } catch let failure as AgentFailure
                        where failure.code == .undeliverable || failure.code == .timedOut
                    {
                        try await context.publish(Text("\(state.count) nobody"))
                    }
                }
            }
        }
        return try StreamTopology("front") {
            team
            input.stream().tell(team, named: "tell") { AgentID("asker", $0.key) }
            team.publications.published(as: Text.self).to(output)
        }
    }

    /// An application that hosts oracles, which count what each was asked.
    private static func back(_ name: String, lease: Duration = .seconds(30)) throws -> StreamTopology {
        let options = AgentOptions(lease: lease)
        return try StreamTopology(name) {
            agents(named: "team", partitions: 3, options: options) {
                AgentType("oracle", initial: { _ in Count() }) {
                    on(Text.self) { message, state, _ in
                        state.count += 1
                        return Text("\(name) \(message.text) \(state.count)")
                    }
                }
            }
        }
    }

    private static func texts(_ records: [LogRecord]) throws -> [String: [String]] {
        var texts: [String: [String]] = [:]
        for record in records {
            texts[try output.key.decode(record.key), default: []].append(try output.value.decode(record.value).text)
        }
        return texts
    }

    /// Waits until the registry says that `application` is there.
    private static func awaitClaim(_ application: String, in world: EmbeddedWorld) throws {
        let end = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < end {
            let keys = try world.records(of: "team-registry").compactMap { $0.key?.utf8 }
            if keys.contains("application/\(application)") { return }
            Thread.sleep(forTimeInterval: 0.01)
        }
        Issue.record("'\(application)' never claimed its types")
    }

    @Test("W02, W03, W04, AK-07, AK-33: a type scales over instances, late joiners know it, each message counts once")
    func scales() async throws {
        try await withWorld(topics: ["in": 4, "out": 4]) { world in
            let first = world.start(try Self.back("back"))
            try Self.awaitClaim("back", in: world)
            // Later than the claim: what it knows, it knows from the compacted registry.
            world.start(try Self.front(), workers: 2)
            let (count, keys) = (120, 12)
            func feed(_ range: Range<Int>) throws {
                try world.append(Self.input, range.map { ("k\($0 % keys)", Text("\($0)")) })
            }
            try feed(0..<40)
            _ = try world.records(of: "out", count: 10)
            world.start(try Self.back("back"))
            try feed(40..<80)
            _ = try world.records(of: "out", count: 60)
            world.stop(first)
            try feed(80..<count)
            let records = try world.records(of: "out", count: count)
            #expect(records.count == count)
            let texts = try Self.texts(records)
            for key in 0..<keys {
                let expected = (0..<count).filter { $0 % keys == key }.enumerated().map {
                    "\($0.offset + 1) back \($0.element) \($0.offset + 1)"
                }
                #expect(texts["k\(key)"] == expected)
            }
        }
    }

    @Test("W05: a type whose application is gone may be hosted by another one when the lease is over")
    func takenOver() async throws {
        try await withWorld(topics: ["in": 4, "out": 4]) { world in
            let old = world.start(try Self.back("old", lease: .seconds(1)))
            try Self.awaitClaim("old", in: world)
            world.start(try Self.front(timeout: .seconds(2)))
            try world.append(Self.input, [("k", Text("1"))])
            _ = try world.records(of: "out", count: 1)
            world.stop(old)
            world.start(try Self.back("new", lease: .seconds(1)))
            try Self.awaitClaim("new", in: world)
            var number = 1
            let end = ContinuousClock.now + .seconds(120)
            var last: [String] = []
            while ContinuousClock.now < end, last.last?.contains("new") != true {
                number += 1
                try world.append(Self.input, [("k", Text("\(number)"))])
                last = try Self.texts(world.records(of: "out", count: number))["k"] ?? []
                Thread.sleep(forTimeInterval: 0.2)
            }
            #expect(last.first == "1 old 1 1")
            #expect(last.last?.hasPrefix("\(number) new \(number)") == true)
            // Who was asked in between was told at once, or answered by either: nobody waited in vain.
            #expect(last.count == number)
        }
    }

    @Test("W14, AK-28: a stop in the middle of a conversation loses and doubles nothing")
    func stoppedInBetween() async throws {
        try await withWorld(topics: ["in": 4, "out": 4]) { world in
            let server = world.start(try Self.back("back"))
            try Self.awaitClaim("back", in: world)
            world.stop(server)
            // Nobody answers now, but the lease stands: messages wait in the inbox.
            let front = world.start(try Self.front())
            try world.append(Self.input, (0..<20).map { ("k\($0)", Text("\($0)")) })
            _ = try world.records(of: "back-team-inbox", count: 20)
            world.stop(front)
            world.start(try Self.back("back"))
            world.start(try Self.front())
            let records = try world.records(of: "out", count: 20)
            #expect(records.count == 20)
            let texts = try Self.texts(records)
            for key in 0..<20 { #expect(texts["k\(key)"] == ["1 back \(key) 1"]) }
        }
    }
}
