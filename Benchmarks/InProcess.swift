import Dispatch
import EventLog
import Foundation
import StateStores
import StreamCore
import StreamDSL

/// Runs one task without a log: raw records in, state on disk, outputs counted and dropped.
///
/// Commits every 100 ms and checkpoints by the runtime's rules, with the last checkpoint inside the measured time.
struct InProcess {
    let folder: String

    func measure(_ workload: Workload) throws -> (Measurement, outputs: Int) {
        let topology = try workload.topology()
        let external = Dictionary(
            uniqueKeysWithValues: (topology.externalSources + topology.sinks).map { ($0, Int32(1)) })
        let plan = try ExecutionPlan(topology, external: external)
        let woken = DispatchSemaphore(value: 0)
        let task = try StreamTask(
            TaskID(0, 0), of: plan,
            in: TaskEnvironment(
                incarnation: "benchmark", stateDirectory: folder, memory: StateMemory(), wake: { woken.signal() }))
        task.resume(Takeover(epoch: 1, positions: [:], changelogs: [:]))
        try task.start()
        var driver = Driver(task: task, woken: woken)
        try driver.feed(workload.preparation)
        try driver.commit()
        try task.checkpoint()
        let measurement = try Measurement.of {
            try driver.feed(workload.input)
            try driver.commit()
            try task.close(checkpointing: true)
            return workload.input.reduce(0) { $0 + $1.records.count }
        }
        return (measurement, driver.outputs)
    }

    /// What a worker does, without a log.
    private struct Driver {
        let task: StreamTask
        let woken: DispatchSemaphore
        var outputs = 0
        private var offsets: [TopicPartition: Int64] = [:]
        private var commits: Int64 = 0
        private var lastCommit = ContinuousClock.now

        init(task: StreamTask, woken: DispatchSemaphore) {
            self.task = task
            self.woken = woken
        }

        mutating func feed(_ batches: [RecordBatch]) throws {
            for batch in batches {
                task.add(batch)
                while task.buffered > 0 { try round() }
            }
            while task.isWaiting { try round() }
        }

        private mutating func round() throws {
            let processed = try task.process(upTo: 2_000)
            let advanced = try task.advance(now: task.context.clock.now())
            if task.wantsCommit || ContinuousClock.now - lastCommit > .milliseconds(100) {
                try commit()
            } else if processed == 0, !advanced {
                _ = woken.wait(timeout: .now() + .milliseconds(1))
            }
        }

        mutating func commit() throws {
            guard task.hasUncommitted else { return }
            let commit = try task.prepareCommit()
            commits += 1
            var appended: [TopicPartition: Range<Int64>] = [:]
            for (index, count) in counts(commit.records) {
                let partition = TopicPartition(commit.records.topics[index], 0)
                let first = offsets[partition] ?? 0
                offsets[partition] = first + Int64(count)
                appended[partition] = first..<(first + Int64(count))
                if !partition.topic.hasSuffix("-changelog") { outputs += count }
            }
            let positions = commit.positions
            try task.committed(CommitReceipt(commitID: commits, appended: appended), positions)
            lastCommit = .now
            if task.changesSinceCheckpoint >= 200_000 { try task.checkpoint() }
        }

        private func counts(_ records: RecordBuffer) -> [Int: Int] {
            var counts: [Int: Int] = [:]
            for entry in records.entries { counts[Int(entry.topic), default: 0] += 1 }
            return counts
        }
    }
}
