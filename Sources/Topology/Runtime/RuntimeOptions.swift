public import EventLog
public import Observability
public import StreamCore

/// How an instance runs a topology.
public struct RuntimeOptions: Sendable {
    /// The folder for state; nil keeps all state in memory and rebuilds it at every start.
    public var stateDirectory: String?
    /// The folder for the application's manifest, which tools read; nil writes none.
    public var manifestDirectory: String?
    /// How many threads run tasks.
    public var workers: Int
    /// How often tasks commit.
    public var commitInterval: Duration
    /// How often a task's changes go to disk, at the latest.
    public var checkpointInterval: Duration
    /// How many changes a task keeps in memory before they go to disk.
    public var checkpointChanges: Int
    /// Memory for all stores together, in bytes.
    public var stateMemory: Int
    /// Whether to end when all input is consumed, nothing is in flight and everything is committed.
    public var untilIdle: Bool
    /// Whether to start although stored state would be lost by a change of plan.
    public var acceptLostState: Bool
    /// How long the changelogs keep deletions, as their topics' `delete.retention.ms` says: a checkpoint of half that age
    /// is not trusted and its store is rebuilt; nil trusts them all.
    public var tombstoneRetention: Duration?
    /// How often a task commits its positions even when they have not moved, so that the log does not forget them.
    public var positionInterval: Duration
    /// How many records a worker's uncommitted outputs may be before it commits ahead of time.
    public var commitRecords: Int
    /// How many bytes a worker's uncommitted outputs may take before it commits ahead of time.
    public var commitBytes: Int
    /// What a commit promises, where the log leaves the choice.
    public var guarantee: ProcessingGuarantee
    /// Keeps the tasks over a short restart under this name, on brokers; another for each instance.
    public var staticMember: String?
    /// After how long without a sign of life others get the tasks, on brokers.
    public var sessionTimeout: Duration
    /// How long the instance may not look after its membership, on brokers.
    public var pollInterval: Duration
    /// After how long brokers abort the transaction of an instance that died: as long may a take-over wait.
    public var transactionTimeout: Duration
    /// How many instances besides its owner keep a warm copy of each task's stores.
    public var standbyReplicas: Int
    /// Whether to tell others what this instance does, in the application's tasks topic: see ``InstanceStatus``.
    public var publishesStatus: Bool
    /// Decides what is traced; nil when nothing is.
    public var tracer: Tracer?
    /// With a tracer, for how long records between steps and in agents' inboxes are kept after they were read, so that a trace
    /// can be followed on the log.
    public var tracedFor: Duration
    /// The time of day.
    public var clock: any WallClock

    /// The usual.
    public init(stateDirectory: String?, manifestDirectory: String? = nil, workers: Int = 2) {
        self.stateDirectory = stateDirectory
        self.manifestDirectory = manifestDirectory
        self.workers = workers
        commitInterval = .milliseconds(100)
        checkpointInterval = .seconds(30)
        checkpointChanges = 200_000
        stateMemory = 256 << 20
        untilIdle = false
        acceptLostState = false
        tombstoneRetention = .days(7)
        positionInterval = .hours(1)
        commitRecords = 100_000
        commitBytes = 16 << 20
        guarantee = .exactlyOnce
        sessionTimeout = .seconds(45)
        pollInterval = .minutes(5)
        transactionTimeout = .seconds(10)
        standbyReplicas = 0
        publishesStatus = true
        tracedFor = .minutes(30)
        clock = SystemWallClock()
    }
}
