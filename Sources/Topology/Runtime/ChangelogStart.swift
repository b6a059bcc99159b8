import EventLog
import StreamCore

/// Where the restore of a store begins: at its checkpoint, or at the start when that is no prefix of the changelog, or may
/// be older than deletions that the changelog has forgotten (rule 7 of the design).
struct ChangelogStart {
    let position: Int64
    /// Whether what the store has is kept.
    let isKept: Bool

    /// Finds the beginning for `store`; what is useless is wiped from it, and `note` is told why.
    ///
    /// - Throws: ``EventLogError``, ``StateStoreError``.
    init(
        _ number: Int, _ store: TaskNeeds.Store, of task: RestoringTask, _ offsets: LogOffsets, log: any EventLog,
        oldest: Timestamp?, note: (String) -> Void
    ) throws {
        guard let mark = store.mark else {
            position = offsets.start
            isKept = false
            return
        }
        if let reason = try Self.flaw(of: mark, store, offsets, log, oldest) {
            note("store '\(store.name)' is rebuilt from its changelog: \(reason)")
            try task.wipe(number)
            position = offsets.start
            isKept = false
        } else {
            position = mark.position
            isKept = true
        }
    }

    /// Why `mark` is no beginning to restore from; nil when it is one.
    private static func flaw(
        of mark: ChangelogMark, _ store: TaskNeeds.Store, _ offsets: LogOffsets, _ log: any EventLog,
        _ oldest: Timestamp?
    ) throws -> String? {
        let verdict = try log.verify(mark, of: store.changelog)
        guard verdict == .prefix else { return verdict.rawValue }
        guard let oldest, let moment = store.checkpointedAt, moment < oldest, mark.position < offsets.end else {
            return nil
        }
        return "its checkpoint is so old that deletions after it may be gone from the changelog"
    }
}
