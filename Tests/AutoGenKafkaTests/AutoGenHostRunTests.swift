import AgentOperators
import AutoGenKafka
import EventLog
import Foundation
import Observability
import Schemas
import StreamCore
import StreamDSL
import TestWorlds
import Testing
import Topology

/// Hosts on a log, with instances that come and go.
@Suite("AutoGen hosts on a log", .timeLimit(.minutes(15)))
struct AutoGenHostRunTests {
    private func topology(_ wire: AutoGenWire) throws -> StreamTopology {
        let team = agents(named: "team", partitions: 2) {
            AgentType("echo", initial: { _ in Count() }) {
                on(Text.self) { message, count, _ in
                    count.count += 1
                    if message.text == "slow" { try await Task.sleep(for: .milliseconds(200)) }
                    return Text(text: "\(count.count)")
                }
            }
        }
        return try StreamTopology("app") {
            team
            AutoGenHost(of: team, on: wire, named: "python")
        }
    }

    private func ask(_ ids: Range<Int>, _ text: String, _ world: EmbeddedWorld, _ wire: AutoGenWire) throws {
        for id in ids {
            let recipient = AgentID("echo", "s\(id % 4)")
            let event = RequestEvent(
                requestID: "r\(id)", recipient: recipient, payload: Bytes("{\"text\": \"\(text)\"}"),
                payloadType: "Text", payloadFormat: "application/json")
            let key = Bytes(recipient.description)
            try world.append(
                "runtime_requests", partition: Murmur2.partition(key, of: 3), key: key,
                value: try wire.requests.value.encode(event))
        }
    }

    private func responses(_ world: EmbeddedWorld, _ count: Int) throws -> [ResponseEvent] {
        let found = try world.until {
            let all = try world.records(of: "runtime_responses")
            return all.count >= count ? all : nil
        }
        return try #require(found).map { try ResponseEvent(framed: $0.value) }
    }

    private func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await OwnThread.run(named: "host-runs", body)
    }

    @Test("AK-18: topics are made once; a missing one is named")
    func topics() async throws {
        try await onThread {
            let world = try EmbeddedWorld()
            let wire = AutoGenWire(InMemorySchemaRegistry())
            do {
                _ = try InternalTopicPlan(try topology(wire), on: world.log)
                Issue.record("it is planned without its topics")
            } catch let error as TopologyError {
                #expect(error.code == .missingTopic)
                #expect(error.description.contains("runtime_requests") || error.description.contains("agent_publishes"))
            }
            #expect(try AutoGenTopics().createMissing(on: world.log) == AutoGenTopics().all)
            #expect(try AutoGenTopics().createMissing(on: world.log).isEmpty)
            #expect(try world.log.topic("runtime_requests")?.partitions == 3)
            _ = try InternalTopicPlan(try topology(wire), on: world.log)
        }
    }

    @Test(
        "AK-19, W03: two instances share the work in one group; one goes in the middle; each request has one response")
    func twoInstances() async throws {
        try await onThread {
            let world = try EmbeddedWorld()
            defer { world.stopAll() }
            try AutoGenTopics().createMissing(on: world.log)
            let wire = AutoGenWire(InMemorySchemaRegistry())
            let first = world.start(try topology(wire))
            world.start(try topology(wire))
            try ask(0..<40, "slow", world, wire)
            _ = try responses(world, 4)
            world.stop(first)
            try ask(40..<80, "fast", world, wire)
            let all = try responses(world, 80)
            #expect(Set(all.compactMap(\.requestID)).count == 80 && all.count == 80)
            // Each agent has counted every request of its own once.
            for agent in 0..<4 {
                let counts = all.filter { $0.sender?.key == "s\(agent)" }.compactMap { $0.payload?.description }
                #expect(Set(counts) == Set((1...20).map { "{\"text\":\"\($0)\"}" }))
            }
            #expect(try world.log.groups().map(\.name).allSatisfy { $0 == "app" })
        }
    }

    @Test("W05: a clean stop takes back what was announced, and the next start announces again")
    func unregisters() async throws {
        try await onThread {
            let world = try EmbeddedWorld()
            defer { world.stopAll() }
            try AutoGenTopics().createMissing(on: world.log)
            let wire = AutoGenWire(InMemorySchemaRegistry())
            func events() throws -> [RegistrationEvent.Kind] {
                try world.records(of: "agent_registry").map { try RegistrationEvent(framed: $0.value).kind }
            }
            for round in 1...2 {
                let instance = world.start(try topology(wire))
                let all: [RegistrationEvent.Kind] = [.register, .unregister, .register, .unregister]
                let expected = Array(all.prefix(round * 2 - 1))
                #expect(try world.until { try events() == expected ? true : nil } == true)
                world.stop(instance)
            }
            #expect(try events() == [.register, .unregister, .register, .unregister])
            let subscriptions = try world.records(of: "agent_subscriptions").map {
                try SubscriptionEvent(framed: $0.value)
            }
            #expect(subscriptions.map(\.operation) == [.added, .removed, .added, .removed])
            #expect(Set(subscriptions.map(\.subject.id)).count == 1)
        }
    }
}
