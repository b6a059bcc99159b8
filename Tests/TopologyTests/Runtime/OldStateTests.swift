import EventLog
import Observability
import StreamCore
import Synchronization
import Testing

@testable import Topology

/// Rules 7 and 8 of the design: what time does to checkpoints and positions.
@Suite("State and positions that grow old", .timeLimit(.minutes(15)))
struct OldStateTests {
    /// The positions that were committed, one entry for each commit of a task.
    private func watchCommits(_ bench: RuntimeBench) -> Positions {
        let positions = Positions()
        let note: @Sendable ([TaskCommit]) throws(EventLogError) -> Void = { commits throws(EventLogError) in
            positions.note(commits)
        }
        bench.log.change { $0.commit = note }
        return positions
    }

    private final class Positions: Sendable {
        private let seen = Mutex<[TaskCommit]>([])
        func note(_ commits: [TaskCommit]) { seen.withLock { $0 += commits } }
        var all: [TaskCommit] { seen.withLock { $0 } }
    }

    @Test func `positions that do not move are committed each hour, for every task`() throws {
        let bench = try RuntimeBench(partitions: 2)
        try bench.produce(10, to: 0)
        let positions = watchCommits(bench)
        let instance = try SteppedInstance(bench)
        try instance.settle()
        let before = positions.all.count
        try instance.step(59, pause: .minutes(1))
        #expect(positions.all.count == before)
        try instance.step(62, pause: .minutes(1))
        let again = positions.all.dropFirst(before)
        for partition in 0..<2 as Range<Int32> {
            let mine = again.filter { $0.task == TaskID(0, partition) }
            #expect(mine.count == 2)
            for commit in mine {
                #expect(commit.positions[TopicPartition("words", partition)]?.offset == (partition == 0 ? 10 : 0))
                #expect(commit.records.isEmpty)
            }
        }
    }

    @Test(arguments: [(Duration.days(3), true), (.days(4), false)])
    func `a checkpoint older than half the tombstone retention is not trusted`(
        age: Duration, isTrusted: Bool
    ) throws {
        let bench = try RuntimeBench()
        try bench.produce(100)
        let first = try SteppedInstance(bench)
        try first.settle()
        first.stop()
        // Another instance goes on without this folder, so that the checkpoint lacks something.
        let other = try SteppedInstance(bench) { $0.stateDirectory = bench.folder + "/other" }
        try bench.produce(10)
        try other.settle()
        other.stop()
        bench.clock.advance(by: age)
        let second = try SteppedInstance(bench)
        try second.settle()
        #expect(bench.told("its checkpoint is so old") == (isTrusted ? 0 : 1))
        // The changelog holds ten keys from the first commit and ten from the second.
        #expect(second.counters["records_restored"] == (isTrusted ? 10 : 20))
        try bench.produce(10)
        try second.settle()
        let counted = try bench.results()["w0"]?.max()
        #expect(counted == 12)
    }

    @Test func `the checkpoint of an idle task does not grow old while the task runs`() throws {
        let bench = try RuntimeBench()
        try bench.produce(100)
        let first = try SteppedInstance(bench)
        try first.settle()
        try first.step(24 * 8, pause: .hours(1))
        // A crash: nobody closes anything cleanly.
        first.shared.send(.release([TaskID(0, 0)], isLost: true, done: {}))
        first.worker.step()
        first.member.leave()
        let other = try SteppedInstance(bench) { $0.stateDirectory = bench.folder + "/other" }
        try bench.produce(10)
        try other.settle()
        other.stop()
        bench.clock.advance(by: .days(1))
        let second = try SteppedInstance(bench)
        try second.settle()
        #expect(bench.told("its checkpoint is so old") == 0)
        #expect(second.counters["records_restored"] == 10)
    }
}
