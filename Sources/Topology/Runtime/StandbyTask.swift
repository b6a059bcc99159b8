import EventLog
import Observability
import StreamCore

/// Keeps the stores of a task that another instance runs near the end of their changelogs.
///
/// Applies what is committed and nothing else: no deadlines, no expiry, no asks (rule 9 of the design).
final class StandbyTask {
    private struct Part {
        let number: Int
        let store: TaskNeeds.Store
        var position: Int64
        var end: Int64
        var isOpen = false
    }

    let task: RestoringTask
    private let log: any EventLog
    private var parts: [Part] = []
    /// How many entries are not on disk yet.
    private var unsaved = 0
    private var savedAt: Timestamp
    private var lookedAt: Timestamp

    /// So many entries wait in memory at most.
    private static let mostUnsaved = 50_000

    /// Opens the stores and finds where to go on.
    ///
    /// - Throws: ``TopologyError``, ``StateStoreError``, ``EventLogError``; the stores are closed then.
    init(
        _ task: RestoringTask, of plan: ExecutionPlan, log: any EventLog, now: Timestamp, oldest: Timestamp?,
        note: (String) -> Void
    ) throws {
        self.task = task
        self.log = log
        savedAt = now
        lookedAt = now
        do {
            let needs = try task.open(of: plan)
            for (number, store) in (needs?.stores ?? []).enumerated() where store.isPersistent && !store.isSource {
                let offsets = try log.offsets(of: store.changelog, isolation: .committed)
                let start = try ChangelogStart(
                    number, store, of: task, offsets, log: log, oldest: oldest, note: note)
                parts.append(Part(number: number, store: store, position: start.position, end: offsets.end))
            }
        } catch {
            task.callOff(keeping: false)
            throw error
        }
    }

    /// How far it is behind, by what was last seen of the changelogs' ends.
    var remaining: Int64 { parts.reduce(0) { $0 + max(0, $1.end - $1.position) } }

    /// Applies up to `limit` entries of each changelog; returns whether there were any.
    ///
    /// - Throws: ``EventLogError``, ``StateStoreError``.
    func step(_ reader: any LogReader, limit: Int, now: Timestamp, saveInterval: Duration) throws -> Bool {
        if now - lookedAt >= .seconds(5) {
            lookedAt = now
            for index in parts.indices {
                parts[index].end = try log.offsets(of: parts[index].store.changelog, isolation: .committed).end
            }
        }
        var moved = false
        for index in parts.indices where try step(index, reader, limit) { moved = true }
        if unsaved >= Self.mostUnsaved || (unsaved > 0 && now >= savedAt + saveInterval) {
            savedAt = now
            try save()
        }
        return moved
    }

    private func step(_ index: Int, _ reader: any LogReader, _ limit: Int) throws -> Bool {
        let part = parts[index]
        let partition = part.store.changelog
        if !part.isOpen {
            try reader.open(partition, at: part.position)
            parts[index].isOpen = true
        }
        let batch = try reader.read(partition, maxRecords: limit, maxBytes: 4 << 20)
        guard batch.nextOffset > part.position else { return false }
        if !batch.records.isEmpty {
            try task.restore(
                batch, to: part.number, upTo: try log.mark(of: partition, at: batch.nextOffset), isLast: false)
            task.count(batch.records.count, as: "standby_records")
            unsaved += batch.records.count
        }
        parts[index].position = batch.nextOffset
        parts[index].end = max(part.end, batch.nextOffset)
        return !batch.records.isEmpty
    }

    /// Moves to disk what waits in memory.
    private func save() throws {
        unsaved = 0
        try task.save()
    }

    /// Reads on from what was applied: after a failure the reader may be further.
    func rewind(_ reader: any LogReader) {
        for index in parts.indices where parts[index].isOpen {
            reader.close(parts[index].store.changelog)
            parts[index].isOpen = false
        }
    }

    /// Lets go of the stores; what was applied stays on disk.
    func end(_ reader: any LogReader) {
        rewind(reader)
        task.callOff(keeping: true)
    }
}
