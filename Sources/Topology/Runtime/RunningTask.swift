import EventLog
import StreamCore

/// A task on a worker, from its grant to its departure.
final class RunningTask {
    enum State {
        /// Waits to be taken over, not before the given moment.
        case waiting(Timestamp)
        /// The restorer has it.
        case restoring(RestoringTask)
        /// It processes records.
        case running(StreamTask)
    }

    let id: TaskID
    var state: State
    /// How often in a row it failed in a way that time alone may not mend.
    var failures = 0
    /// How often in a row the log could not be reached.
    var outages = 0
    var outage = OutageNote()
    /// Why it failed last; nil since its last commit.
    var error: String?
    /// What was last said of it, and since when that is so.
    var shown: (phase: TaskStatus.Phase, remaining: Int64, since: Timestamp)?
    var lastCheckpoint: Timestamp
    var lastCommit: Timestamp
    /// Whether its inputs had nothing more when they were last read.
    var isAtEnd = false

    init(_ id: TaskID, now: Timestamp) {
        self.id = id
        state = .waiting(now)
        lastCheckpoint = now
        lastCommit = now
    }

    var running: StreamTask? {
        if case .running(let task) = state { task } else { nil }
    }
}
