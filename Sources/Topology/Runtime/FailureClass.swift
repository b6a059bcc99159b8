import EventLog
import StateStores
import StreamCore

/// What a worker does about a task that failed.
enum FailureClass {
    /// The log cannot be reached: try again for as long as that lasts.
    case outage
    /// Take the task over again after a pause, not for ever.
    case again
    /// Its stored state is unusable: remove it, take over again.
    case rebuild
    /// Nothing here can mend it: stop the instance.
    case stop

    init(_ error: any Error) {
        switch error {
        case let error as StateStoreError: self = Self.of(error)
        case let error as EventLogError: self = Self.of(error)
        case let error as TaskFailure: self = Self.of(error)
        default: self = .stop
        }
    }

    private static func of(_ error: StateStoreError) -> FailureClass {
        switch error.code {
        case .corrupt: .rebuild
        case .locked, .diskFull, .io: .again
        default: .stop
        }
    }

    private static func of(_ error: TaskFailure) -> FailureClass {
        switch error.reaction {
        case .restoreTask: .rebuild
        case .retry: .again
        default: .stop
        }
    }

    private static func of(_ error: EventLogError) -> FailureClass {
        switch error.code {
        case .busy, .unavailable, .outcomeUnknown: .outage
        case .diskFull, .fenced: .again
        default: .stop
        }
    }
}
