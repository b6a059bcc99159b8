public import Observability
public import StreamCore

/// What a task's steps know and may do besides handling their records: place, time, outputs, timers, failures.
///
/// Belongs to the task's thread.
public final class TaskContext {
    /// The task.
    public let task: TaskID
    /// The application's name.
    public let application: String
    /// Names this life of the application; part of every idempotency key.
    public let incarnation: String
    /// Names the instance that runs the task, differently at every start.
    public let instance: String
    /// The time of day.
    public let clock: any WallClock
    /// Ends the wait of the task's worker; any thread may call it.
    public let wake: @Sendable () -> Void
    let errors: ErrorPolicy
    let deadLetters: DeadLetterDestination
    let limits: [String: Int]
    let partitionCounts: @Sendable (String) -> Int32?
    /// Decides what is traced; nil when nothing is.
    public let tracer: Tracer?

    /// Where the current record came from; meaningless in a punctuation.
    public internal(set) var source: TopicPartition
    /// The current record as it came; nil in a punctuation and in work for an earlier record.
    public internal(set) var current: LogRecord?
    /// The headers that outputs of the current record get.
    public var headers: Headers = .none
    /// The largest timestamp that the task has seen; -1 ms before the first record.
    public internal(set) var streamTime: Timestamp = .unknown
    /// What the task has to say since its last commit.
    public var outputs = RecordBuffer()
    var tallies: [Counters.Key: Int] = [:]
    var timings: [Counters.Key: Histogram] = [:]
    var spans: [Span] = []
    var openSpan: OpenSpan?
    var isCommitRequested = false
    var punctuations: [Punctuation] = []
    var clocks: [StepClock] = []
    /// What is done about records that the log refuses, by their index in ``outputs``.
    var refusable: [Int: (RefusedOutput) throws -> Void] = [:]

    init(task: TaskID, application: String, environment: TaskEnvironment, errors: ErrorPolicy, topic: String) {
        self.task = task
        self.application = application
        self.errors = errors
        incarnation = environment.incarnation
        instance = environment.instance
        clock = environment.clock
        wake = environment.wake
        limits = environment.maxRecordBytes
        partitionCounts = environment.partitionCounts
        tracer = environment.tracer
        deadLetters = DeadLetterDestination(topic: topic, partitions: environment.deadLetterPartitions)
        source = TopicPartition("", 0)
    }

    /// Notes the moment of a record that a source decoded; moves stream time on.
    @inlinable public func observe(_ timestamp: Timestamp) {
        if timestamp > streamTime { advanceStreamTime(to: timestamp) }
    }

    @usableFromInline func advanceStreamTime(to timestamp: Timestamp) { streamTime = timestamp }

    /// Asks for a commit soon instead of at the next interval.
    public func requestCommit() { isCommitRequested = true }

    /// Counts a record that goes no further at `step`, with the reason.
    @inline(never)
    public func drop(at step: String, reason: String) { count("records_dropped", step: step, reason: reason) }

    /// Adds to a total of the application.
    public func count(_ name: String, step: String = "", reason: String = "", by amount: Int = 1) {
        tallies[Counters.Key(name, step: step, reason: reason), default: 0] += amount
    }

    /// Calls `body` as time goes by, on the task's thread, between records.
    ///
    /// What it forwards has the timestamp it gives. It gets the stream time or the time of day.
    @discardableResult
    public func schedule(
        every interval: Duration, _ kind: Punctuation.Kind, step: String, _ body: @escaping (Timestamp) throws -> Void
    ) -> Punctuation {
        let punctuation = Punctuation(
            kind, every: interval.milliseconds, from: clock.now().milliseconds, step: step, body: body)
        punctuations.append(punctuation)
        return punctuation
    }

    /// The stream time of `step`, kept over restarts.
    public func clock(of step: String) -> StepClock {
        if let clock = clocks.first(where: { $0.step == step }) { return clock }
        let clock = StepClock(step: step)
        clocks.append(clock)
        return clock
    }

    /// The largest record that `topic` takes, in bytes; nil when not known.
    public func maxRecordBytes(of topic: String) -> Int? { limits[topic] }

    /// Runs `body` as work for `record`, read earlier from `source`: its headers go on outputs, it is what a dead letter holds.
    public func resume<Result>(
        _ record: LogRecord, from source: TopicPartition, _ body: () throws -> Result
    ) rethrows -> Result {
        let before = (current, self.source, headers)
        (current, self.source, headers) = (record, source, record.headers)
        defer { (current, self.source, headers) = before }
        return try body()
    }

    /// Where the task is now.
    public func location(at step: String?) -> RecordLocation {
        var location = RecordLocation(
            task: task, node: step, source: current == nil ? nil : source, offset: current?.offset)
        location.trace = TraceContext(headers)
        location.correlation = CorrelationHeader.value(in: headers)
        return location
    }
}
