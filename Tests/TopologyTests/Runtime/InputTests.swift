import EventLog
import Observability
import LogWrappers
import StreamCore
import StreamDSL
import Synchronization
import Testing

@testable import Topology

/// Positions that are gone, inputs that cannot be read.
@Suite("Inputs of running tasks", .timeLimit(.minutes(15)))
struct InputTests {
    let input = TopicPartition("words", 0)

    @Test func `records deleted before they were read are counted and told`() throws {
        let bench = try RuntimeBench()
        try bench.produce(10)
        let first = try SteppedInstance(bench)
        try first.settle()
        first.stop()
        try bench.produce(30)
        try bench.log.trim(input, before: 25)
        let second = try SteppedInstance(bench)
        try second.settle()
        #expect(second.counters["records_deleted_unread", step: "words"] == 15)
        #expect(bench.told("15 records of words-0 were deleted before they were read") == 1)
        #expect(second.counters["records_processed"] == 15)
    }

    @Test func `records deleted under a running task are counted and told`() throws {
        let bench = try RuntimeBench()
        try bench.produce(10)
        let instance = try SteppedInstance(bench)
        try instance.settle()
        try bench.produce(10)
        try bench.log.trim(input, before: 15)
        try instance.settle()
        #expect(instance.counters["records_deleted_unread", step: "words"] == 5)
        #expect(instance.counters["records_processed"] == 15)
        let position = try bench.log.committedPositions(group: "counting", [input])[input]?.offset
        #expect(position == 20)
    }

    @Test func `a position behind the end stops the instance and says why`() throws {
        let bench = try RuntimeBench()
        try bench.produce(10)
        let changed: @Sendable (Takeover) -> Takeover = { takeover in
            Takeover(
                epoch: takeover.epoch, positions: [TopicPartition("words", 0): CommittedPosition(offset: 11)],
                changelogs: takeover.changelogs)
        }
        bench.log.change { $0.adjust = changed }
        let instance = try SteppedInstance(bench)
        try instance.step(5)
        let failure = instance.shared.failure as? TopologyError
        #expect(failure?.code == .lostPosition)
        #expect(failure?.message.contains("words-0 up to offset 11") == true)
        #expect(failure?.message.contains("'reset'") == true)
        #expect(instance.counters["records_processed"] == 0)
    }

    @Test func `a task with state and without a position stops the instance`() throws {
        let bench = try RuntimeBench()
        try bench.produce(10)
        let first = try SteppedInstance(bench)
        try first.settle()
        first.stop()
        let expired: @Sendable (Takeover) -> Takeover = { takeover in
            Takeover(epoch: takeover.epoch, positions: [:], changelogs: takeover.changelogs)
        }
        bench.log.change { $0.adjust = expired }
        for isStateThere in [true, false] {
            if !isStateThere { try bench.removeState() }
            let second = try SteppedInstance(bench)
            try second.step(5)
            let failure = second.shared.failure as? TopologyError
            #expect(failure?.code == .lostPosition)
            #expect(failure?.message.contains("words-0") == true)
            #expect(second.counters["records_processed"] == 0)
            second.stop()
        }
        let third = try SteppedInstance(bench) { $0.acceptLostState = true }
        try third.settle()
        #expect(third.counters["records_processed"] == 10)
    }

    @Test func `an input that the former plan did not have is read from its start`() throws {
        let bench = try RuntimeBench()
        try bench.log.log.createTopic(TopicSpecification("more", partitions: 1))
        let more = Topic("more", key: .string, value: .int)
        try bench.produce(10)
        let first = try SteppedInstance(bench)
        try first.settle()
        first.stop()
        let wider = try StreamTopology("counting") {
            RuntimeBench.words.stream().merge(more.stream()).grouped().count(store: "per-word").updates()
                .to(RuntimeBench.counts)
        }
        let refused = try SteppedInstance(bench, wider)
        try refused.step(5)
        #expect((refused.shared.failure as? TopologyError)?.code == .lostPosition)
        refused.stop()
        let second = try SteppedInstance(bench, wider, formerSources: ["words"])
        try second.settle()
        #expect(second.shared.failure == nil)
        #expect(bench.told("new input is read from its start input=more-0") == 1)
    }

    @Test func `an outage of reading abandons no task and is told once`() throws {
        let bench = try RuntimeBench()
        try bench.produce(10)
        let takeOvers = Mutex(0)
        let count: @Sendable () throws(EventLogError) -> Void = { () throws(EventLogError) in
            takeOvers.withLock { $0 += 1 }
        }
        bench.log.change { $0.takeOver = count }
        let instance = try SteppedInstance(bench)
        try instance.settle()
        let refuse: @Sendable (TopicPartition) throws(EventLogError) -> Void = { source throws(EventLogError) in
            throw EventLogError(.unavailable, "away, says the test", at: source)
        }
        bench.log.change { $0.read = refuse }
        try bench.produce(10)
        try instance.step(100)
        #expect(instance.shared.report.isIdle == false)
        bench.log.change { $0.read = { _ in } }
        try instance.settle()
        #expect(takeOvers.withLock { $0 } == 1)
        #expect(instance.counters["records_processed"] == 20)
        #expect(instance.counters["read_outages", step: "words"] == 100)
        #expect(bench.told("inputs cannot be read now") == 1)
        #expect(bench.told("inputs can be read again") == 1)
    }

    @Test func `an input topic that is deleted stops the instance and is named`() throws {
        let bench = try RuntimeBench()
        try bench.produce(10)
        let instance = try SteppedInstance(bench)
        try instance.settle()
        try bench.log.deleteTopic("words")
        try instance.step(3)
        let failure = instance.shared.failure as? TopologyError
        #expect(failure?.code == .missingTopic)
        #expect(failure?.message.contains("topic 'words' was deleted") == true)
    }
}
