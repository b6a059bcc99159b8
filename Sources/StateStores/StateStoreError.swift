public import StreamCore

/// What went wrong with a store, which one, and what must be done about it.
public struct StateStoreError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    ///
    /// More may come.
    public enum Code: String, Sendable, Hashable {
        /// The directory holds a store of that name with another kind or other serdes.
        case incompatibleStore
        /// The directory was written in a format that this version does not read.
        case incompatibleVersion
        /// Another process, or another owner in this one, has the directory open.
        case locked
        /// The file system has no room.
        case diskFull
        /// What is on disk is damaged.
        case corrupt
        /// The file system refused.
        case io
        /// A serde could not write or read a key or a value.
        case serde
        /// No such store, or no such directory.
        case unknownStore
        /// Two stores of one name, or a specification that makes no sense.
        case invalidSpecification
        /// Used before it was opened, after it was closed, or in an order that the store does not allow.
        case invalidUse
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, with names and values, and what to do.
    public let message: String
    /// The store's name; nil when the whole directory is concerned.
    public let store: String?
    /// Set by ``init(_:_:store:reaction:)`` when the code's usual reaction does not fit.
    private let exceptionalReaction: Reaction?

    /// An error; `reaction` only where it differs from what the code usually asks for.
    public init(_ code: Code, _ message: String, store: String? = nil, reaction: Reaction? = nil) {
        self.code = code
        self.message = message
        self.store = store
        exceptionalReaction = reaction
    }

    /// What must be done: wait and try again, rebuild the task's stores from their changelogs, or stop.
    public var reaction: Reaction {
        if let exceptionalReaction { return exceptionalReaction }
        return switch code {
        case .locked, .diskFull: .retry
        case .corrupt: .restoreTask
        default: .stopInstance
        }
    }

    /// For example `store 'counts': used before it was opened`.
    public var description: String { store.map { "store '\($0)': \(message)" } ?? message }
}
