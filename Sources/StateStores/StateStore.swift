public import StreamCore

/// The side of a store that the runtime drives: commit, checkpoint and restore, whatever the types within.
///
/// Belongs to the one thread that runs the task. A commit hands the keys that changed to the log; a checkpoint moves
/// everything that changed since the checkpoint before to disk, together with the changelog position it stands for.
public protocol StateStore: AnyObject {
    /// What the plan declared.
    var specification: StoreSpecification { get }

    /// Which prefix of the changelog is on disk; nil when there is none, and always for a store in memory.
    var mark: ChangelogMark? { get }

    /// When ``mark`` was written, by the wall clock: an old one may lie before tombstones that the changelog has
    /// forgotten (rule 7 of the design).
    var checkpointedAt: Timestamp? { get }

    /// Whether something changed that no commit holds yet.
    var hasUncommittedChanges: Bool { get }

    /// Appends one changelog entry for each key that changed since the last commit: its last value, nil for a deletion,
    /// in Kafka Streams' changelog layout, with the value's timestamp.
    ///
    /// The store may change on before ``committed(_:)``; those changes belong to the next commit. Called again without
    /// ``committed(_:)`` in between, it appends the unconfirmed changes as well. A store that is not logged appends nothing.
    ///
    /// - Throws: ``StateStoreError`` with code `serde`; the store is as before, and the caller takes back what was appended.
    func appendChanges(to buffer: inout RecordBuffer, topic: Int32, partition: Int32) throws(StateStoreError)

    /// Says that what ``appendChanges(to:topic:partition:)`` appended last is durable and ends at `mark`.
    ///
    /// Also for a store that is not logged, with any mark: a checkpoint holds only what is committed.
    func committed(_ mark: ChangelogMark)

    /// Applies changelog entries without looking into them; large amounts go to disk as sorted files.
    ///
    /// For a store that is not in use: before the task runs, or in a standby. What is on disk stays a prefix of the
    /// changelog throughout, so a crash in between costs only the rest.
    ///
    /// - Parameters:
    ///   - batch: entries of the store's changelog, following those of the call before.
    ///   - mark: the changelog up to the end of `batch`.
    /// - Throws: ``StateStoreError``.
    func restore(_ batch: RecordBatch, upTo mark: ChangelogMark) throws(StateStoreError)

    /// Whether `record`, which somebody else wrote, can be an entry: asked before one of a source topic is restored.
    func canRead(_ record: LogRecord) -> Bool

    /// Ends a restore: everything applied is on disk with `mark`.
    ///
    /// - Throws: ``StateStoreError``.
    func finishRestore(_ mark: ChangelogMark) throws(StateStoreError)

    /// Forgets everything in memory and on disk, for a rebuild from the start of the changelog.
    ///
    /// - Throws: ``StateStoreError``.
    func wipe() throws(StateStoreError)

    /// How many keys the next checkpoint will write.
    var changesSinceCheckpoint: Int { get }

    /// About how many bytes the store takes in memory, without what the process-wide block cache holds.
    var estimatedBytes: Int { get }
}
