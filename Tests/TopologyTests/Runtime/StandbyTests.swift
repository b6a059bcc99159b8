import EventLog
import Foundation
import Observability
import StreamCore
import Synchronization
import Testing

@testable import Topology

/// Warm copies of other instances' stores.
@Suite("Standbys", .timeLimit(.minutes(15)))
struct StandbyTests {
    @Test func `each task has as many copies as wanted, never at its owner, and few move with a member`() {
        let tasks = (0..<60).map { TaskID(0, Int32($0)) }
        let members = ["a", "b", "c", "d"]
        var roster = Dictionary(uniqueKeysWithValues: members.map { ($0, [TaskID]()) })
        for (number, task) in tasks.enumerated() { roster[members[number % 4], default: []].append(task) }
        let placement = StandbyPlacement(roster: roster, replicas: 2)
        var copies: [TaskID: [String]] = [:]
        for member in members {
            let mine = placement.standbys(of: member, among: tasks)
            #expect((20...40).contains(mine.count))
            for task in mine {
                #expect(roster[member]?.contains(task) == false)
                copies[task, default: []].append(member)
            }
        }
        #expect(copies.count == 60)
        #expect(copies.values.allSatisfy { $0.count == 2 })
        // "d" goes, and "a" takes over what it had.
        roster["a", default: []] += roster.removeValue(forKey: "d") ?? []
        let rest = StandbyPlacement(roster: roster, replicas: 2)
        for member in ["b", "c"] {
            let before = Set(placement.standbys(of: member, among: tasks))
            #expect(before.subtracting(rest.standbys(of: member, among: tasks)).isEmpty)
        }
        #expect(rest.standbys(of: "d", among: tasks).isEmpty)
        #expect(StandbyPlacement(roster: roster, replicas: 0).standbys(of: "a", among: tasks).isEmpty)
    }

    @Test func `the embedded log knows who holds what`() throws {
        let bench = try RuntimeBench(partitions: 2)
        let first = try SteppedInstance(bench)
        try first.step(3)
        #expect(try first.member.roster() == [first.member.id: [TaskID(0, 0), TaskID(0, 1)]])
        let second = try SteppedInstance(bench) { $0.stateDirectory = bench.folder + "/second" }
        for _ in 0..<5 {
            try first.step()
            try second.step()
        }
        let roster = try second.member.roster()
        #expect(roster?.keys.sorted() == [first.member.id, second.member.id].sorted())
        #expect(roster?.values.map(\.count) == [1, 1])
    }

    @Test func `a copy follows the changelog, and its task starts from there`() throws {
        let bench = try RuntimeBench()
        let asked = Mutex(0)
        try bench.produce(20_000, keys: 20_000)
        let owner = try SteppedInstance(bench)
        try owner.settle()
        let other = try SteppedInstance(bench) { $0.stateDirectory = bench.folder + "/other" }
        let standby = TaskID(0, 0)
        other.worker.restorer.place(standbys: [standby])
        // Steps without polling: the task stays where it is.
        for _ in 0..<20 { other.worker.step() }
        #expect(other.worker.restorer.status == [TaskStatus(task: standby, phase: .standby, remaining: 0)])
        #expect(other.counters["standby_records"] == 20_000)

        try bench.produce(500, keys: 500)
        try owner.settle()
        bench.clock.advance(by: .seconds(6))
        for _ in 0..<5 { other.worker.step() }
        #expect(other.counters["standby_records"] == 20_500)
        #expect(other.counters["records_processed"] == 0)

        owner.stop()
        let count: @Sendable () throws(EventLogError) -> Void = { () throws(EventLogError) in
            asked.withLock { $0 += 1 }
        }
        bench.log.change { $0.takeOver = count }
        try bench.produce(1, keys: 1)
        try other.settle()
        #expect(asked.withLock { $0 } == 1)
        #expect(other.worker.restorer.status.isEmpty)
        #expect(other.counters["records_restored"] == 0)
        #expect(other.counters["records_processed"] == 1)
        let counted = try bench.results()["w0"]
        #expect(counted == [1, 2, 3])
    }

    @Test func `a copy survives crashes of its instance and outages of the log`() throws {
        let bench = try RuntimeBench()
        try bench.produce(1_000, keys: 1_000)
        let owner = try SteppedInstance(bench)
        try owner.settle()
        let reads = Mutex(0)
        let refuse: @Sendable (TopicPartition) throws(EventLogError) -> Void = { source throws(EventLogError) in
            guard source.topic.hasSuffix("changelog") else { return }
            let number = reads.withLock { count in
                count += 1
                return count
            }
            if number % 3 == 0 { throw EventLogError(.unavailable, "away, says the test", at: source) }
        }
        bench.log.change { $0.read = refuse }
        for _ in 0..<3 {
            let other = try SteppedInstance(bench) { $0.stateDirectory = bench.folder + "/other" }
            other.worker.restorer.place(standbys: [TaskID(0, 0)])
            for _ in 0..<40 {
                other.worker.step()
                bench.clock.advance(by: .seconds(5))
            }
            #expect(other.worker.restorer.status.map(\.phase) == [.standby])
            other.member.leave()
        }
        owner.stop()
        let last = try SteppedInstance(bench) { $0.stateDirectory = bench.folder + "/other" }
        try last.settle()
        #expect(last.counters["records_restored"] == 0)
        try bench.produce(1, keys: 1)
        try last.settle()
        let counted = try bench.results()["w0"]
        #expect(counted == [1, 2])
    }

    @Test func `instances with folders of their own keep each other's copies by themselves`() async throws {
        let bench = try RuntimeBench(partitions: 2)
        for partition in 0..<2 as Range<Int32> { try bench.produce(3_000, to: partition, keys: 3_000) }
        let topology = try RuntimeBench.counting()
        let runtimes = (0..<2).map { number in
            var options = RuntimeOptions(
                stateDirectory: bench.folder + "/state-\(number)", manifestDirectory: bench.folder + "/applications")
            options.standbyReplicas = 1
            options.clock = HurryingClock()
            return StreamRuntime(topology, on: bench.log, options: options, journal: .silent)
        }
        async let first: Void = OwnThread.run(named: "first") { try runtimes[0].run() }
        async let second: Void = OwnThread.run(named: "second") { try runtimes[1].run() }
        try await OwnThread.run(named: "test") {
            let isWarm: () -> Bool = {
                runtimes.allSatisfy { runtime in
                    let tasks = runtime.tasks
                    return tasks.map(\.phase.rawValue).sorted() == ["running", "standby"]
                        && tasks.allSatisfy { $0.remaining == 0 } && runtime.counters["standby_records"] >= 3_000
                }
            }
            try Self.wait(isWarm)
            let before = runtimes[1].counters["records_restored"]
            runtimes[0].stop()
            try Self.wait { runtimes[1].tasks.count { $0.phase == .running } == 2 }
            #expect(runtimes[1].counters["records_restored"] == before)
            runtimes[1].stop()
        }
        try await first
        try await second
        let values = try bench.results().values
        #expect(values.reduce(0) { $0 + $1.count } == 6_000)
    }

    /// Runs fifty times as fast as the system's.
    private struct HurryingClock: WallClock {
        private let start = SystemWallClock().now()
        func now() -> Timestamp { start + .milliseconds((SystemWallClock().now() - start).milliseconds * 50) }
    }

    private static func wait(_ condition: () -> Bool) throws {
        let end = Date(timeIntervalSinceNow: 120)
        while !condition() {
            try #require(Date() < end, "waited too long")
            Thread.sleep(forTimeInterval: 0.02)
        }
    }
}
