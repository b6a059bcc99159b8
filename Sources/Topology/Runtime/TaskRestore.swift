import EventLog
import Observability
import StateStores
import StreamCore

/// Brings a task's stores to the end of their changelogs, a bounded step at a time, so that other tasks go on meanwhile.
///
/// Only applies the log: no deadlines, no expiry, no asks (rule 9 of the design).
final class TaskRestore {
    private struct Part {
        let number: Int
        let store: TaskNeeds.Store
        let end: Int64
        var position: Int64
        var isOpen = false
        /// Where its mark stays while nothing but aborted entries was found: what an aborted commit left is no state.
        var emptyUpTo: Int64?
        /// How often it began anew.
        var restarts = 0
    }

    private let task: RestoringTask
    private let log: any EventLog
    private var parts: [Part] = []
    /// How many entries were applied.
    private(set) var applied = 0
    /// Whether a store of the task holds anything that a commit of the task wrote.
    private(set) var hasState = false

    /// Finds what is missing: what each store's checkpoint lacks of its changelog, or all when it is no prefix of it or
    /// may be older than tombstones that the changelog has forgotten (rule 7).
    ///
    /// - Throws: ``EventLogError``, ``StateStoreError``.
    init(
        _ task: RestoringTask, _ needs: TaskNeeds, _ takeover: Takeover, log: any EventLog, oldest: Timestamp?,
        note: (String) -> Void
    ) throws {
        self.task = task
        self.log = log
        for (number, store) in needs.stores.enumerated() {
            guard let offsets = takeover.changelogs[store.changelog] else { continue }
            // A source that serves as changelog is applied as far as the task had processed it.
            let end = store.isSource ? takeover.positions[store.changelog]?.offset ?? offsets.start : offsets.end
            let start = try ChangelogStart(
                number, store, of: task, offsets, log: log, oldest: oldest, note: note)
            let isFilled = start.isKept && start.position > 0
            if isFilled, !store.isSource { hasState = true }
            parts.append(
                Part(
                    number: number, store: store, end: end, position: start.position,
                    emptyUpTo: isFilled ? nil : start.position))
        }
    }

    /// How many entries are left.
    var remaining: Int64 { parts.reduce(0) { $0 + max(0, $1.end - $1.position) } }

    /// What a step came to.
    enum Outcome {
        /// Everything is restored.
        case done
        /// Something was applied or passed over.
        case moved
        /// Nothing was there yet: wait for the reader.
        case nothing
    }

    /// Applies up to `limit` entries of one changelog.
    ///
    /// - Throws: ``EventLogError``, ``StateStoreError``.
    func step(_ reader: any LogReader, limit: Int) throws -> Outcome {
        guard let index = parts.firstIndex(where: { $0.position < $0.end }) else { return .done }
        let part = parts[index]
        let partition = part.store.changelog
        let batch: RecordBatch
        do {
            if !part.isOpen {
                try reader.open(partition, at: part.position)
                parts[index].isOpen = true
            }
            batch = try reader.read(partition, maxRecords: limit, maxBytes: 8 << 20)
        } catch {
            guard error.code == .offsetOutOfRange else { throw error }
            try restart(index, reader, after: error)
            return .moved
        }
        let next = min(batch.nextOffset, part.end)
        guard next > part.position else { return .nothing }
        if !batch.records.isEmpty { parts[index].emptyUpTo = nil }
        let wanted = task.readable(batch.records.filter { $0.offset < part.end }, by: part.number)
        do {
            try task.restore(
                RecordBatch(source: partition, records: wanted, nextOffset: next), to: part.number,
                upTo: try log.mark(of: partition, at: parts[index].emptyUpTo ?? next), isLast: next >= part.end)
        } catch {
            // The reader is past what was not applied: the next try has to read it again.
            close(index, reader)
            throw error
        }
        applied += wanted.count
        if !wanted.isEmpty, !part.store.isSource { hasState = true }
        parts[index].position = next
        if next >= part.end { close(index, reader) }
        return parts.contains { $0.position < $0.end } ? .moved : .done
    }

    /// Begins a store anew because entries were deleted before they were read: deletions may have gone with them.
    private func restart(_ index: Int, _ reader: any LogReader, after error: EventLogError) throws {
        let part = parts[index]
        close(index, reader)
        let offsets = try log.offsets(of: part.store.changelog, isolation: .uncommitted)
        guard offsets.start > part.position, part.restarts < 3 else {
            throw EventLogError(
                .offsetOutOfRange,
                """
                changelog \(part.store.changelog) of store '\(part.store.name)' ends at \(offsets.end) and had \
                \(part.end) entries when its task was taken over: it was truncated or re-created. Start anew with \
                'reset': \(error.message)
                """, at: part.store.changelog)
        }
        try task.wipe(part.number)
        parts[index].position = offsets.start
        parts[index].restarts += 1
    }

    private func close(_ index: Int, _ reader: any LogReader) {
        guard parts[index].isOpen else { return }
        reader.close(parts[index].store.changelog)
        parts[index].isOpen = false
    }

    /// Closes what is still being read.
    func abandon(_ reader: any LogReader) {
        for index in parts.indices { close(index, reader) }
    }
}
