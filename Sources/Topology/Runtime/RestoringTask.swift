import EventLog
import Observability
import StateStores
import StreamCore
import Synchronization

/// A task on its way to its worker: the restorer builds and fills it, the worker takes it or calls it off.
///
/// The task itself lies behind a lock that is held only for work on its stores, never while a log is asked. So whoever
/// calls it off need not wait for the restorer, which may be waiting for a broker.
final class RestoringTask: Sendable {
    /// How far it is.
    enum Progress: Sendable {
        /// Not taken over yet.
        case waiting
        /// Its stores are catching up; so many entries are left.
        case restoring(remaining: Int64)
        /// It may be taken.
        case ready
        /// It cannot go on; its stores are closed.
        case failed(any Error)
    }

    let id: TaskID
    private let environment: TaskEnvironment
    private let task = Mutex<StreamTask?>(nil)
    private let state = Mutex(State())

    private struct State {
        var progress = Progress.waiting
        var isOver = false
        /// Up to where stores have taken entries that are not on disk yet, by the number of their changelog.
        var unfinished: [Int: ChangelogMark] = [:]
    }

    /// The task `id`, to be built in the `environment` of the worker that asks for it.
    init(_ id: TaskID, in environment: TaskEnvironment) {
        self.id = id
        self.environment = environment
    }

    var progress: Progress { state.withLock { $0.progress } }

    /// Whether nobody wants it any more.
    var isOver: Bool { state.withLock { $0.isOver } }
}

// MARK: - What the restorer does

extension RestoringTask {
    /// Builds the task and opens its stores; returns what it needs of the log, nil when it was called off.
    ///
    /// - Throws: ``TopologyError``, ``StateStoreError``.
    func open(of plan: ExecutionPlan) throws -> TaskNeeds? {
        try task.withLock { task in
            guard !isOver else { return nil }
            let stream = try StreamTask(id, of: plan, in: environment)
            let needs = TaskNeeds(stream)
            task = stream
            return needs
        }
    }

    /// Works on the task; nil when it was called off.
    func use<Result: Sendable>(_ body: @Sendable (StreamTask) throws -> Result) rethrows -> Result? {
        try task.withLock { task in
            guard let task else { return nil }
            return try body(task)
        }
    }

    /// Those of `records` that the store of changelog `number` can hold: others than its owner write a source topic.
    func readable(_ records: [LogRecord], by number: Int) -> [LogRecord] {
        use { task in
            let changelog = task.changelogs[number]
            return changelog.isSource ? records.filter { changelog.store.canRead($0) } : records
        } ?? []
    }

    /// Applies entries to the store of changelog `number`; to disk at once when they are the last.
    ///
    /// - Throws: ``StateStoreError``.
    func restore(_ batch: RecordBatch, to number: Int, upTo mark: ChangelogMark, isLast: Bool) throws {
        try use { task in
            let store = task.changelogs[number].store
            if !batch.records.isEmpty { try store.restore(batch, upTo: mark) }
            if isLast { try store.finishRestore(mark) }
        }
        // A run of nothing but aborted records leaves what waits in memory where it is.
        guard isLast || !batch.records.isEmpty else { return }
        state.withLock { $0.unfinished[number] = isLast ? nil : mark }
    }

    /// Moves to disk what stores have taken and hold in memory.
    ///
    /// - Throws: ``StateStoreError``.
    func save() throws {
        let unfinished = state.withLock { $0.unfinished }
        try use { task in
            for (number, mark) in unfinished { try task.changelogs[number].store.finishRestore(mark) }
        }
        state.withLock { $0.unfinished.removeAll() }
    }

    /// Forgets what the store of changelog `number` has.
    ///
    /// - Throws: ``StateStoreError``.
    func wipe(_ number: Int) throws {
        state.withLock { $0.unfinished[number] = nil }
        try use { try $0.changelogs[number].store.wipe() }
    }

    func report(remaining: Int64) { state.withLock { $0.progress = .restoring(remaining: remaining) } }

    /// It is restored: its worker may take it.
    func finish() {
        state.withLock { $0.progress = .ready }
        environment.wake()
    }

    /// It cannot go on.
    func fail(_ error: any Error) {
        letGo()
        state.withLock { $0.progress = .failed(error) }
        environment.wake()
    }

    /// Closes the stores as a crash would.
    private func letGo() {
        task.withLock { task in
            // An error adds nothing here: what is not on disk is in the changelog.
            try? task?.close(checkpointing: false)
            task = nil
        }
    }

    func count(_ entries: Int, as name: String) { environment.counters.add([.init(name): entries]) }
}

// MARK: - What the worker does

extension RestoringTask {
    /// The finished task, which is the caller's from here on; nil when it is not finished.
    func take() -> sending StreamTask? {
        guard case .ready = progress else { return nil }
        state.withLock { $0.isOver = true }
        return task.withLock { task in
            let taken = task
            task = nil
            return taken
        }
    }

    /// Calls it off and closes its stores; what was restored stays on disk when `keeping`.
    func callOff(keeping: Bool) {
        state.withLock { $0.isOver = true }
        // Best effort: the next restore begins where this one got to.
        if keeping { try? save() }
        letGo()
    }
}

/// What a task needs of the log: the inputs it reads, the changelogs of its stores.
struct TaskNeeds: Sendable {
    /// A store and its changelog.
    struct Store: Sendable {
        let name: String
        let changelog: TopicPartition
        let mark: ChangelogMark?
        let checkpointedAt: Timestamp?
        /// Whether the changelog is a source topic, which others fill.
        let isSource: Bool
        /// Whether it is kept on disk.
        let isPersistent: Bool
    }

    let inputs: [TopicPartition]
    /// In the order of the task's changelogs.
    let stores: [Store]

    init(_ task: StreamTask) {
        inputs = task.inputs.map(\.source)
        stores = task.changelogs.map { changelog in
            Store(
                name: changelog.store.specification.name, changelog: changelog.partition, mark: changelog.store.mark,
                checkpointedAt: changelog.store.checkpointedAt, isSource: changelog.isSource,
                isPersistent: changelog.store.specification.isPersistent)
        }
    }
}
