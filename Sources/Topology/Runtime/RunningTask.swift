import EventLog
import StreamCore

/// A task on a worker, from its grant to its departure.
final class RunningTask {
    enum State {
        /// Waits to be taken over, not before the given moment.
        case waiting(Timestamp)
        /// Its stores are catching up.
        case restoring(StreamTask, TaskRestore)
        /// It processes records.
        case running(StreamTask)
    }

    let id: TaskID
    var state: State
    var failures = 0
    var lastCheckpoint: Timestamp
    /// Whether its inputs had nothing more when they were last read.
    var isAtEnd = false

    init(_ id: TaskID, now: Timestamp) {
        self.id = id
        state = .waiting(now)
        lastCheckpoint = now
    }

    var running: StreamTask? {
        if case .running(let task) = state { task } else { nil }
    }
}
