import EventLog
import StateStores
import StreamCore

/// Brings a task's stores to the end of their changelogs, a bounded step at a time, so that other tasks go on meanwhile.
///
/// Only applies the log: no deadlines, no expiry, no asks (rule 9 of the design).
final class TaskRestore {
    private struct Part {
        let changelog: StreamTask.Changelog
        let end: Int64
        var position: Int64
        var isOpen = false
    }

    private var parts: [Part] = []

    /// Finds what is missing: what each store's checkpoint lacks of its changelog, or all when it is no prefix of it.
    ///
    /// - Throws: ``EventLogError``, ``StateStoreError``.
    init(_ task: StreamTask, _ takeover: Takeover, log: any EventLog, note: (String) -> Void) throws {
        for changelog in task.changelogs {
            guard let offsets = takeover.changelogs[changelog.partition] else { continue }
            // A source that serves as changelog is applied as far as the task had processed it.
            let end =
                changelog.isSource ? takeover.positions[changelog.partition]?.offset ?? offsets.start : offsets.end
            var position = offsets.start
            if let mark = changelog.store.mark {
                let verdict = try log.verify(mark, of: changelog.partition)
                if verdict == .prefix {
                    position = mark.position
                } else {
                    note(
                        "store '\(changelog.store.specification.name)' is rebuilt from its changelog: \(verdict.rawValue)"
                    )
                    try changelog.store.wipe()
                }
            }
            parts.append(Part(changelog: changelog, end: end, position: position))
        }
    }

    /// How many entries are left.
    var remaining: Int64 { parts.reduce(0) { $0 + max(0, $1.end - $1.position) } }

    /// Applies up to `limit` entries; returns whether all is restored.
    ///
    /// - Throws: ``EventLogError``, ``StateStoreError``.
    func step(_ reader: any LogReader, log: any EventLog, limit: Int) throws -> Bool {
        guard let index = parts.firstIndex(where: { $0.position < $0.end }) else {
            return true
        }
        let partition = parts[index].changelog.partition
        if !parts[index].isOpen {
            try reader.open(partition, at: parts[index].position)
            parts[index].isOpen = true
        }
        let batch = try reader.read(partition, maxRecords: limit, maxBytes: 8 << 20)
        let next = min(batch.nextOffset, parts[index].end)
        if !batch.records.isEmpty {
            let (end, changelog) = (parts[index].end, parts[index].changelog)
            let wanted = batch.records.filter { record in
                record.offset < end && (!changelog.isSource || changelog.store.canRead(record))
            }
            let mark = try log.mark(of: partition, at: next)
            try parts[index].changelog.store.restore(
                RecordBatch(source: partition, records: wanted, nextOffset: next), upTo: mark)
        }
        parts[index].position = next
        if next >= parts[index].end {
            reader.close(partition)
            try parts[index].changelog.store.finishRestore(try log.mark(of: partition, at: next))
        }
        return !parts.contains { $0.position < $0.end }
    }

    /// Closes what is still being read.
    func abandon(_ reader: any LogReader) {
        for part in parts where part.isOpen { reader.close(part.changelog.partition) }
    }
}
