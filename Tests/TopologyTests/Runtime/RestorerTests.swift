import EventLog
import Foundation
import Observability
import StreamCore
import Synchronization
import Testing

@testable import Topology

/// Take-over and restore beside the tasks that run.
@Suite("Restorer", .timeLimit(.minutes(15)))
struct RestorerTests {
    @Test func `a busy take-over is asked again and never counts as a failure`() throws {
        let bench = try RuntimeBench()
        let calls = Mutex(0)
        let isBusy = Mutex(true)
        let count: @Sendable () throws(EventLogError) -> Void = { () throws(EventLogError) in
            calls.withLock { $0 += 1 }
            if isBusy.withLock({ $0 }) { throw EventLogError(.busy, "open, says the test") }
        }
        bench.log.change { $0.takeOver = count }
        try bench.produce(20)
        let instance = try SteppedInstance(bench)
        try instance.step(400, pause: .milliseconds(25))
        let asked = calls.withLock { $0 }
        #expect((190...202).contains(asked))
        #expect(bench.told("take-over waits") == 1)
        #expect(instance.shared.failure == nil)
        isBusy.withLock { $0 = false }
        try instance.settle()
        #expect(instance.counters["records_processed"] == 20)
    }

    @Test func `a log that is away for an hour is waited for and told of each minute at most`() throws {
        let bench = try RuntimeBench()
        let isAway = Mutex(true)
        let refuse: @Sendable () throws(EventLogError) -> Void = { () throws(EventLogError) in
            if isAway.withLock({ $0 }) { throw EventLogError(.unavailable, "away, says the test") }
        }
        bench.log.change { $0.takeOver = refuse }
        try bench.produce(20)
        let instance = try SteppedInstance(bench)
        try instance.step(3_600, pause: .seconds(1))
        #expect(instance.shared.failure == nil)
        #expect((1...61).contains(bench.told("restore waits for the log")))
        isAway.withLock { $0 = false }
        try instance.settle()
        #expect(instance.counters["records_processed"] == 20)
    }

    @Test func `tasks without state run while another restores`() throws {
        let bench = try RuntimeBench(partitions: 2)
        try bench.produce(60_000, to: 0, keys: 60_000)
        let first = try SteppedInstance(bench)
        try first.settle()
        first.stop()
        try bench.removeState()
        try bench.produce(5, to: 1)

        let second = try SteppedInstance(bench)
        try second.step("task 0_1 does not run") {
            second.shared.report.tasks.contains { $0.task == TaskID(0, 1) && $0.phase == .running }
        }
        let restoring = second.shared.report.tasks.first { $0.task == TaskID(0, 0) }
        #expect(restoring?.phase == .restoring)
        #expect((10_000..<60_000).contains(restoring?.remaining ?? 0))
        try second.settle()
        #expect(second.counters["records_restored"] == 60_000)
        #expect(bench.told("restored task=0_0 entries=60000") == 1)
        try bench.produce(1, to: 0, keys: 1)
        try second.settle()
        let counted = try bench.results()["w0"]?.max()
        #expect(counted == 2)
    }

    @Test func `a restore that is called off goes on from where it was`() throws {
        let bench = try RuntimeBench()
        try bench.produce(60_000, keys: 60_000)
        let first = try SteppedInstance(bench)
        try first.settle()
        first.stop()
        try bench.removeState()

        let second = try SteppedInstance(bench)
        try second.step("it does not begin to restore") {
            second.shared.report.tasks.contains { $0.phase == .restoring && $0.remaining <= 40_000 && $0.remaining > 0 }
        }
        second.stop()
        let third = try SteppedInstance(bench)
        try third.settle()
        #expect((1...40_000).contains(third.counters["records_restored"]))
    }

    @Test func `an outage in the middle of a restore costs no entry`() throws {
        let bench = try RuntimeBench()
        try bench.produce(30_000, keys: 30_000)
        let first = try SteppedInstance(bench)
        try first.settle()
        first.stop()
        try bench.removeState()
        let reads = Mutex(0)
        let refuse: @Sendable (TopicPartition) throws(EventLogError) -> Void = { source throws(EventLogError) in
            guard source.topic.hasSuffix("changelog") else { return }
            let number = reads.withLock { count in
                count += 1
                return count
            }
            if number % 2 == 0 { throw EventLogError(.unavailable, "away, says the test", at: source) }
        }
        bench.log.change { $0.read = refuse }
        let second = try SteppedInstance(bench)
        try second.settle()
        #expect(second.counters["records_restored"] == 30_000)
    }

    @Test func `a task is let go of while its take-over waits for the log`() async throws {
        let bench = try RuntimeBench()
        try bench.produce(20)
        let (entered, released) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let block: @Sendable () throws(EventLogError) -> Void = { () throws(EventLogError) in
            entered.signal()
            released.wait()
        }
        bench.log.change { $0.takeOver = block }
        try await OwnThread.run(named: "test") {
            let topology = try RuntimeBench.counting()
            let plan = try InternalTopics.plan(topology, bench.log)
            let shared = RestorerShared()
            let instance = try SteppedInstance(bench, restorer: shared)
            let (member, environment) = (instance.member, instance.worker.environment)
            let ended = DispatchSemaphore(value: 0)
            Thread {
                try? Restorer(
                    shared, plan: plan, log: bench.log, member: member, options: bench.options,
                    environment: environment,
                    starts: InputStarts(
                        plan: plan, log: bench.log, options: bench.options, formerSources: nil,
                        journal: .silent, counters: Counters()), journal: .silent
                ).run()
                ended.signal()
            }.start()
            try instance.step(2)
            entered.wait()
            // The restorer is inside the take-over; this returns all the same, and the stores are free.
            instance.release([TaskID(0, 0)])
            #expect(instance.shared.report.tasks.isEmpty)
            bench.log.change { $0.takeOver = {} }
            released.signal()
            shared.stop()
            ended.wait()
            let other = try RestoringTask(TaskID(0, 0), in: instance.worker.environment).open(of: plan)
            #expect(other != nil)
        }
    }
}
