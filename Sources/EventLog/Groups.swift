public import StreamCore

/// A group, at a glance.
public struct GroupSummary: Sendable, Hashable {
    /// Its name; for applications, theirs.
    public let name: String
    /// What it is doing.
    public let state: GroupState
    /// How many members it has; nil when the log does not say.
    public let members: Int?

    /// A group.
    public init(name: String, state: GroupState, members: Int?) {
        self.name = name
        self.state = state
        self.members = members
    }
}

/// What a group is doing; brokers have more words than these, and new ones come.
public enum GroupState: String, Sendable, Hashable, CaseIterable {
    /// It has members, and they know what is theirs.
    case stable
    /// Members come or go.
    case rebalancing
    /// It has positions and no members.
    case empty
    /// It is being removed, or the broker does not know it.
    case dead
    /// A state that this version does not know.
    case unknown
}

/// A group with its members.
public struct GroupDescription: Sendable, Hashable {
    /// A member: one process of an application, or any other consumer.
    public struct Member: Sendable, Hashable {
        /// Its name, differently at every start.
        public let id: String
        /// What it calls itself; empty when it does not.
        public let clientID: String
        /// Where it runs, as the log sees it.
        public let host: String
        /// Its process there; nil when the log does not say.
        public let process: Int64?
        /// What it reads.
        public let partitions: [TopicPartition]
        /// The tasks that it has; empty for groups that are no application's.
        public let tasks: [TaskID]

        /// A member.
        public init(
            id: String, clientID: String = "", host: String, process: Int64? = nil, partitions: [TopicPartition] = [],
            tasks: [TaskID] = []
        ) {
            self.id = id
            self.clientID = clientID
            self.host = host
            self.process = process
            self.partitions = partitions
            self.tasks = tasks
        }
    }

    /// Its name.
    public let name: String
    /// What it is doing.
    public let state: GroupState
    /// Its living members.
    public let members: [Member]

    /// A group.
    public init(name: String, state: GroupState, members: [Member]) {
        self.name = name
        self.state = state
        self.members = members
    }
}

extension EventLog {
    /// Not possible here.
    ///
    /// - Throws: ``EventLogError`` with code `unsupported`.
    public func groups() throws(EventLogError) -> [GroupSummary] { throw lacks("list groups") }

    /// Not possible here.
    ///
    /// - Throws: ``EventLogError`` with code `unsupported`.
    public func group(_ name: String) throws(EventLogError) -> GroupDescription? { throw lacks("describe groups") }

    /// Not possible here.
    ///
    /// - Throws: ``EventLogError`` with code `unsupported`.
    public func committedPositions(
        group: String
    ) throws(EventLogError) -> [TopicPartition: CommittedPosition] {
        throw lacks("tell all positions of a group")
    }

    /// Not possible here.
    ///
    /// - Throws: ``EventLogError`` with code `unsupported`.
    public func setPositions(
        _ positions: [TopicPartition: CommittedPosition], of group: String
    ) throws(EventLogError) {
        throw lacks("set positions")
    }

    /// Not possible here.
    ///
    /// - Throws: ``EventLogError`` with code `unsupported`.
    public func growTopic(_ name: String, to partitions: Int32) throws(EventLogError) { throw lacks("grow topics") }

    private func lacks(_ what: String) -> EventLogError {
        EventLogError(.unsupported, "the log at \(location) cannot \(what)")
    }
}
