import EventLog
import Observability
import LogWrappers
import StreamCore
import Synchronization
import Testing

@testable import Topology

/// When and what a worker commits.
@Suite("Commits of a worker", .timeLimit(.minutes(15)))
struct CommitTests {
    private final class Seen: Sendable {
        private let commits = Mutex<[[TaskCommit]]>([])
        let failure = Mutex<EventLogError?>(nil)
        func note(_ commit: [TaskCommit]) throws(EventLogError) {
            commits.withLock { $0.append(commit) }
            if let failure = failure.withLock({ $0 }) { throw failure }
        }
        var all: [[TaskCommit]] { commits.withLock { $0 } }
    }

    private func watch(_ bench: RuntimeBench) -> Seen {
        let seen = Seen()
        bench.log.change {
            $0.commit = { commits throws(EventLogError) in try seen.note(commits) }
        }
        return seen
    }

    @Test(arguments: [(1_000, 1 << 30), (1 << 30, 10_000)])
    func `much output is committed ahead of time, in bounded transactions`(records: Int, bytes: Int) throws {
        let bench = try RuntimeBench(partitions: 2)
        for partition in 0..<2 as Range<Int32> { try bench.produce(20_000, to: partition) }
        let seen = watch(bench)
        let instance = try SteppedInstance(bench) { options in
            options.commitInterval = .hours(1)
            options.commitRecords = records
            options.commitBytes = bytes
        }
        for _ in 0..<500 { try instance.step(1, pause: .milliseconds(0)) }
        let outputs = seen.all.map { commits in commits.reduce(0) { $0 + $1.records.count } }
        #expect(outputs.reduce(0, +) >= 39_000)
        // One portion of records more, and the changelog's ten keys of each task.
        #expect((outputs.max() ?? 0) <= 1_000 + 250 + 20)
    }

    @Test func `while some tasks wait for their commit others go on and commands are obeyed`() throws {
        let bench = try RuntimeBench(partitions: 2)
        try bench.produce(10, to: 0)
        let seen = watch(bench)
        let instance = try SteppedInstance(bench)
        try instance.settle()
        seen.failure.withLock { $0 = EventLogError(.busy, "rebalancing, says the test") }
        try bench.produce(10, to: 0)
        try instance.step(3)
        try bench.produce(300, to: 1)
        let tries = seen.all.count
        try instance.step(100, pause: .milliseconds(20))
        // Each 100 ms at most, and the same content.
        #expect((15...25).contains(seen.all.count - tries))
        #expect(seen.all.last?.map(\.task) == [TaskID(0, 0)])
        let other = instance.worker.tasks.first { $0.id == TaskID(0, 1) }
        #expect(other?.running?.context.outputs.count == 300)
        instance.release([TaskID(0, 0)], isLost: true)
        #expect(instance.worker.tasks.map(\.id) == [TaskID(0, 1)])
        seen.failure.withLock { $0 = nil }
        try instance.settle()
        let position = try bench.log.committedPositions(
            group: "counting", [TopicPartition("words", 1)])[TopicPartition("words", 1)]
        #expect(position?.offset == 300)
        #expect(instance.shared.failure == nil)
    }

    @Test func `unknown outcomes never use up a task's patience`() throws {
        let bench = try RuntimeBench()
        try bench.produce(10)
        let seen = watch(bench)
        seen.failure.withLock { $0 = EventLogError(.outcomeUnknown, "lost, says the test") }
        let instance = try SteppedInstance(bench)
        try instance.step(300, pause: .seconds(6))
        #expect(instance.shared.failure == nil)
        #expect(seen.all.count > 30)
        seen.failure.withLock { $0 = nil }
        try instance.settle()
        let counted = try bench.results()["w0"]
        #expect(counted == [1])
    }
}
