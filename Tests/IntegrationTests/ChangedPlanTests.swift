import EventLog
import Foundation
import StreamCore
import StreamDSL
import Testing
import Topology

/// Starting against the state of another plan.
@Suite("A changed plan", .timeLimit(.minutes(15)))
struct ChangedPlanTests {
    static let words = Topic("words", key: .string, value: .int)

    static func topology(store: String, windowed: Bool = false) throws -> StreamTopology {
        try StreamTopology("changing") {
            if windowed {
                words.stream().grouped().windowed(by: .tumbling(.seconds(1))).count(store: store).updates()
                    .forEach(named: "end") { _ in }
            } else {
                words.stream().grouped().count(store: store).updates().forEach(named: "end") { _ in }
            }
        }
    }

    @Test func `a store that is gone is refused with what changed, unless the loss is accepted`() async throws {
        try await OwnThread.run(named: "test") {
            let place = Workplace()
            _ = try place.log().createTopic(TopicSpecification("words", partitions: 1))
            try place.produce(Self.words, [("a", 1, 1)])
            try place.run(Self.topology(store: "old"))
            let renamed = try Self.topology(store: "new")
            let error = #expect(throws: TopologyError.self) { try place.run(renamed) }
            #expect(error?.code == .incompatiblePlan)
            #expect(error?.message.contains("store 'old' is gone") == true)
            try place.run(renamed) { $0.acceptLostState = true }
        }
    }

    @Test func `a store of another kind is refused`() async throws {
        try await OwnThread.run(named: "test") {
            let place = Workplace()
            _ = try place.log().createTopic(TopicSpecification("words", partitions: 1))
            try place.produce(Self.words, [("a", 1, 1)])
            try place.run(Self.topology(store: "s"))
            let windowed = try Self.topology(store: "s", windowed: true)
            let error = #expect(throws: TopologyError.self) { try place.run(windowed) }
            #expect(error?.message.contains("store 's' was") == true)
        }
    }

    @Test func `a missing source is an error that names it when the run shall end`() async throws {
        try await OwnThread.run(named: "test") {
            let place = Workplace()
            let topology = try Self.topology(store: "s")
            let error = #expect(throws: TopologyError.self) { try place.run(topology) }
            #expect(error?.code == .missingTopic)
            #expect(error?.message.contains("'words'") == true)
        }
    }

    @Test func `a policy of stop ends the run and names the record`() async throws {
        try await OwnThread.run(named: "test") {
            let place = Workplace()
            _ = try place.log().createTopic(TopicSpecification("words", partitions: 1))
            try place.produce(Topic("words", key: .string, value: .string), [("a", "abc", 1)])
            let topology = try StreamTopology("strict", errors: .failFast) {
                Self.words.stream().forEach(named: "end") { _ in }
            }
            let failure = #expect(throws: TaskFailure.self) { try place.run(topology) }
            #expect(failure?.location.source == TopicPartition("words", 0))
            #expect(failure?.location.offset == 0)
        }
    }
}
