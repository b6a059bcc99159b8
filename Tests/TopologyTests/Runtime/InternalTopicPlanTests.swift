import EventLog
import Observability
import LogWrappers
import StreamCore
import StreamDSL
import Synchronization
import Testing

@testable import Topology

/// The topics of an application's own: planned, created, refused, missed.
@Suite("InternalTopicPlan", .timeLimit(.minutes(15)))
struct InternalTopicPlanTests {
    static func regrouping() throws -> StreamTopology {
        try StreamTopology("regrouping") {
            RuntimeBench.words.stream().grouped(named: "by-rest") { "\($0.value % 7)" }
                .windowed(by: .tumbling(.seconds(1))).count(store: "per-rest").updates()
                .forEach(named: "end") { _ in }
        }
    }

    @Test func `says what each topic is for and how it is to be`() throws {
        let bench = try RuntimeBench(partitions: 3)
        let plan = try InternalTopicPlan(Self.regrouping(), on: bench.log)
        #expect(
            plan.entries.map(\.specification.name) == [
                "regrouping-by-rest-repartition", "regrouping-per-rest-changelog", "regrouping-dead-letters",
            ])
        #expect(
            plan.entries.map(\.purpose) == [.repartition(step: "by-rest"), .changelog(store: "per-rest"), .deadLetters])
        #expect(plan.missing == plan.entries)
        #expect(
            plan.entries[1].summary.hasPrefix(
                "regrouping-per-rest-changelog: partitions 3, cleanup.policy=compact,delete, delete.retention.ms=604800000"
            ))
        try plan.apply(to: bench.log)
        let again = try InternalTopicPlan(Self.regrouping(), on: bench.log)
        #expect(again.entries.map(\.state) == [.fine, .fine, .fine])
    }

    @Test func `when topics may not be created one error lists them all`() throws {
        let bench = try RuntimeBench(partitions: 3)
        let refuse: @Sendable (TopicSpecification) throws(EventLogError) -> Void = { _ throws(EventLogError) in
            throw EventLogError(.unauthorized, "no, says the test")
        }
        bench.log.change { $0.create = refuse }
        let plan = try InternalTopicPlan(Self.regrouping(), on: bench.log)
        let error = #expect(throws: EventLogError.self) { try plan.apply(to: bench.log) }
        #expect(error?.code == .unauthorized)
        for entry in plan.entries { #expect(error?.message.contains(entry.summary) == true) }
    }

    @Test func `a topic that another instance has just created is looked at`() throws {
        let bench = try RuntimeBench(partitions: 3)
        let plan = try InternalTopicPlan(Self.regrouping(), on: bench.log)
        try plan.apply(to: bench.log)
        try plan.apply(to: bench.log)
        let other = try RuntimeBench(partitions: 3)
        try other.log.log.createTopic(TopicSpecification("regrouping-per-rest-changelog", partitions: 2))
        let error = #expect(throws: TopologyError.self) { try plan.apply(to: other.log) }
        #expect(error?.code == .incompatiblePlan)
    }

    @Test func `a changelog that forgets is refused, with what to change`() throws {
        let bench = try RuntimeBench(partitions: 3)
        try bench.log.log.createTopic(TopicSpecification("regrouping-per-rest-changelog", partitions: 2))
        let error = #expect(throws: TopologyError.self) {
            try InternalTopicPlan(Self.regrouping(), on: bench.log).check()
        }
        #expect(error?.code == .incompatiblePlan)
        #expect(error?.message.contains("must be compact,delete: state would be lost") == true)
        #expect(error?.message.contains("it has 2 partitions, the plan needs 3") == true)
    }

    @Test(arguments: [true, false])
    func `a changelog that is gone is not silently created again`(hasManifest: Bool) async throws {
        let bench = try RuntimeBench()
        try bench.produce(10)
        let topology = try RuntimeBench.counting()
        var options = bench.options
        options.untilIdle = true
        options.clock = SystemWallClock()
        if !hasManifest { options.manifestDirectory = nil }
        let settled = options
        try await OwnThread.run(named: "test") {
            try StreamRuntime(topology, on: bench.log, options: settled, journal: .silent).run()
            try bench.log.deleteTopic("counting-per-word-changelog")
            let run: @Sendable (Bool) throws -> Void = { isAccepted in
                var options = settled
                options.acceptLostState = isAccepted
                try StreamRuntime(topology, on: bench.log, options: options, journal: .silent).run()
            }
            let error = #expect(throws: TopologyError.self) { try run(false) }
            #expect(error?.code == .vanishedTopic)
            #expect(error?.message.contains("'counting-per-word-changelog'") == true)
            #expect(try bench.log.topic("counting-per-word-changelog") == nil)
            try run(true)
            #expect(try bench.log.topic("counting-per-word-changelog") != nil)
        }
    }

    @Test func `a store that the former plan did not have gets its changelog`() throws {
        let bench = try RuntimeBench()
        try bench.produce(10)
        let first = try SteppedInstance(bench)
        try first.settle()
        first.stop()
        let former = try InternalTopics.plan(RuntimeBench.counting(), bench.log)
        let manifest = ApplicationManifest(plan: former.topology.plan, sourcePartitions: former.partitions)
        let wider = try StreamTopology("counting") {
            RuntimeBench.words.stream().grouped().count(store: "per-word").updates().to(RuntimeBench.counts)
            RuntimeBench.words.stream().grouped().count(store: "again").updates().forEach(named: "end") { _ in }
        }
        let plan = try InternalTopics.plan(wider, bench.log)
        let states = try InternalTopicPlan(plan, on: bench.log, former: manifest).entries.map(\.state)
        #expect(states.contains(.missing))
        #expect(!states.contains(.vanished))
        let blind = try InternalTopicPlan(plan, on: bench.log, former: nil).entries.map(\.state)
        #expect(blind.contains(.vanished))
    }

    @Test func `the first run puts keys where all later ones do`() async throws {
        let bench = try RuntimeBench(partitions: 3)
        try bench.produce(100, keys: 20)
        var options = bench.options
        options.untilIdle = true
        options.clock = SystemWallClock()
        let settled = options
        try await OwnThread.run(named: "test") {
            try StreamRuntime(RuntimeBench.counting(), on: bench.log, options: settled, journal: .silent).run()
        }
        let reader = try bench.log.makeReader(isolation: .committed)
        var found = 0
        for number in 0..<3 as Range<Int32> {
            let partition = TopicPartition("counts", number)
            try reader.open(partition, at: 0)
            for record in try reader.read(partition, maxRecords: 1_000, maxBytes: 1 << 20).records {
                let key = try #require(record.key)
                #expect(Murmur2.partition(key, of: 3) == number)
                found += 1
            }
        }
        #expect(found == 100)
    }
}
