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
    /// Whether to tell others what this instance does, in the application's tasks topic: see ``InstanceStatus``.
    public var publishesStatus: Bool
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
        publishesStatus = true
        clock = SystemWallClock()
    }
}
