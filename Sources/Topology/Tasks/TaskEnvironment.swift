public import Observability
public import StateStores
public import StreamCore

/// What every task of an instance shares, made once.
public struct TaskEnvironment: Sendable {
    /// Names this life of the application.
    public var incarnation: String
    /// Names this instance, differently at every start.
    public var instance: String
    /// The time of day.
    public var clock: any WallClock
    /// The folder for state; nil keeps all stores in memory.
    public var stateDirectory: String?
    /// The memory that all stores of the process share.
    public var memory: StateMemory
    /// Where tasks add what they counted, at each commit.
    public var counters: Counters
    /// The largest record of each topic, in bytes, as far as known.
    public var maxRecordBytes: [String: Int]
    /// How many partitions the dead-letter topic has.
    public var deadLetterPartitions: Int32
    /// The incarnation of each changelog topic.
    public var changelogIncarnations: [String: String]
    /// The instance's global tables; nil when the topology has none.
    public var globals: GlobalTables?
    /// Tells how many partitions a topic has now, nil when there is no such topic.
    public var partitionCounts: @Sendable (String) -> Int32? = { _ in nil }
    /// Decides what is traced; nil when nothing is.
    public var tracer: Tracer?
    /// Ends the wait of the worker that runs the task.
    public var wake: @Sendable () -> Void

    /// An environment.
    public init(
        incarnation: String, instance: String = "", clock: any WallClock = SystemWallClock(), stateDirectory: String?,
        memory: StateMemory,
        counters: Counters = Counters(), maxRecordBytes: [String: Int] = [:], deadLetterPartitions: Int32 = 1,
        changelogIncarnations: [String: String] = [:], wake: @escaping @Sendable () -> Void = {}
    ) {
        self.incarnation = incarnation
        self.instance = instance
        self.clock = clock
        self.stateDirectory = stateDirectory
        self.memory = memory
        self.counters = counters
        self.maxRecordBytes = maxRecordBytes
        self.deadLetterPartitions = deadLetterPartitions
        self.changelogIncarnations = changelogIncarnations
        self.wake = wake
    }
}
