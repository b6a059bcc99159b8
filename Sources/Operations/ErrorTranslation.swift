import Configuration
public import Console
import EventLog
import StateStores
import StreamCore
import Topology

/// Turns the errors of all modules into what the command line says and exits with.
public enum ErrorTranslation {
    /// What to say of `error`, or nil when it is none of ours.
    public static func translate(_ error: any Error) -> CommandError? {
        switch error {
        case let error as EventLogError:
            CommandError(exitCode(error.code), error.description, kind: error.code.rawValue)
        case let error as TopologyError:
            CommandError(exitCode(error.code), error.message, kind: error.code.rawValue)
        case let error as StateStoreError:
            CommandError(exitCode(error.code), error.description, kind: error.code.rawValue)
        case let error as TaskFailure:
            CommandError(.failure, error.description, kind: "taskFailure")
        case let error as ConfigurationError: CommandError(error)
        case let error as SerdeError:
            CommandError(.failure, error.description, kind: "serde")
        default: nil
        }
    }

    private static func exitCode(_ code: EventLogError.Code) -> ExitCode {
        switch code {
        case .unknownTopic, .partitionOutOfRange, .offsetOutOfRange: .notFound
        case .topicExists, .logInUse, .groupActive, .fenced, .incompatiblePlan: .conflict
        case .busy, .unavailable: .unreachable
        case .unauthorized: .denied
        case .unsupported: .unsupported
        case .invalidTopic, .invalidConfiguration: .usage
        default: .failure
        }
    }

    private static func exitCode(_ code: TopologyError.Code) -> ExitCode {
        switch code {
        case .missingTopic, .unknownStore: .notFound
        case .incompatiblePlan, .lostPosition, .vanishedTopic: .conflict
        default: .failure
        }
    }

    private static func exitCode(_ code: StateStoreError.Code) -> ExitCode {
        switch code {
        case .unknownStore: .notFound
        case .locked, .incompatibleStore: .conflict
        default: .failure
        }
    }
}
