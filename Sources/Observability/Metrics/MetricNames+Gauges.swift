extension MetricNames {
    /// The instance: always 1.
    public static let info = MetricDefinition(
        "tributary_info", .gauge, ["application", "instance", "plan"], "The instance; always 1.")
    /// What the instance does.
    public static let phase = MetricDefinition(
        "tributary_phase", .gauge, ["phase"], "1 for what the instance does, 0 for what it does not.")
    /// Whether it is well.
    public static let healthy = MetricDefinition("tributary_healthy", .gauge, "1 when /health says 200.")
    /// Whether it works.
    public static let ready = MetricDefinition("tributary_ready", .gauge, "1 when /ready says 200.")
    /// When it began.
    public static let started = MetricDefinition(
        "tributary_start_time_seconds", .gauge, "When the instance began, in seconds since 1970.")
    /// Its workers' signs of life.
    public static let silence = MetricDefinition(
        "tributary_worker_silence_seconds", .gauge, ["worker"], "How long ago a worker last went round.")
    /// Its tasks, by what they do.
    public static let tasks = MetricDefinition(
        "tributary_tasks", .gauge, ["phase"], "Tasks of this instance, by what they do.")
    /// How often tasks failed.
    public static let failures = MetricDefinition(
        "tributary_task_failures", .gauge, ["task"], "How often in a row a task failed or could not reach the log.")
    /// What is still to restore.
    public static let restore = MetricDefinition(
        "tributary_restore_remaining", .gauge, ["task"], "Changelog entries that a task has still to restore.")
    /// What is committed.
    public static let committed = MetricDefinition(
        "tributary_consumer_committed", .gauge, ["topic", "partition", "consumer_group"],
        "The offset after the last committed record of an input.")
    /// Where inputs end.
    public static let highwater = MetricDefinition(
        "tributary_consumer_highwater", .gauge, ["topic", "partition", "consumer_group"],
        "The offset after the last record of an input.")
    /// What is still to read.
    public static let lag = MetricDefinition(
        "tributary_consumer_lag", .gauge, ["topic", "partition", "consumer_group"],
        "How many offsets of an input are not committed yet.")
    /// Stream time.
    public static let streamTime = MetricDefinition(
        "tributary_stream_time_seconds", .gauge, ["task"], "The largest timestamp that a task has seen.")
    /// When tasks committed.
    public static let commitTime = MetricDefinition(
        "tributary_last_commit_time_seconds", .gauge, ["task"], "When a task last committed.")
    /// What waits in memory.
    public static let buffered = MetricDefinition(
        "tributary_buffered_records", .gauge, ["task"], "Records that a task had read and not processed at its commit.")
    /// What waits for answers.
    public static let openRequests = MetricDefinition(
        "tributary_open_requests", .gauge, ["task"], "Requests of a task's steps that are open.")
    /// What is not on disk.
    public static let uncheckpointed = MetricDefinition(
        "tributary_uncheckpointed_changes", .gauge, ["task"], "Committed changes of a task that are not on disk yet.")
    /// The process.
    public static let memory = MetricDefinition(
        "process_resident_memory_bytes", .gauge, "Memory of the process that is in use, all of it.")
    /// The process.
    public static let processor = MetricDefinition(
        "process_cpu_seconds_total", .counter, "Time that the process has run, on all processors together.")

    /// All metrics that are no totals and no times.
    public static let gauges = [
        info, phase, healthy, ready, started, silence, tasks, failures, restore, committed, highwater, lag, streamTime,
        commitTime, buffered, openRequests, uncheckpointed, memory, processor,
    ]

    /// All metrics.
    public static var all: [MetricDefinition] {
        (gauges + times.values + totals.values.map(\.metric)).sorted { $0.name < $1.name }
    }
}
