import EventLog
import StreamCore
import Testing

/// Writes down which tasks come and go.
final class RecordingListener: AssignmentListener {
    /// What the member has now.
    private(set) var tasks: Set<TaskID> = []
    /// Everything that happened, in order: `granted 0_1`, `revoked 0_1`, `lost 0_1`.
    private(set) var events: [String] = []
    /// Called for revoked tasks while they are still this member's.
    var onRevoked: ([TaskID]) -> Void = { _ in }

    func granted(_ tasks: [TaskID]) {
        self.tasks.formUnion(tasks)
        events += tasks.map { "granted \($0)" }
    }

    func revoked(_ tasks: [TaskID]) {
        onRevoked(tasks)
        self.tasks.subtract(tasks)
        events += tasks.map { "revoked \($0)" }
    }

    func lost(_ tasks: [TaskID]) {
        self.tasks.subtract(tasks)
        events += tasks.map { "lost \($0)" }
    }
}

/// A member with its listener.
struct TestMember {
    let log: any EventLog
    let member: any GroupMember
    let listener = RecordingListener()

    /// Opens `host` as another process and joins `group`.
    init(_ host: any LogHost, _ group: GroupSpecification) throws {
        try host.prepare(group)
        try self.init(try host.open(), group)
    }

    /// Joins `group` on `log`, which nobody else uses.
    init(_ log: any EventLog, _ group: GroupSpecification) throws {
        self.log = log
        member = try log.join(group)
    }

    /// Polls until this member has exactly `tasks`.
    func hold(_ tasks: [TaskID]) throws {
        try settle([self]) { listener.tasks == Set(tasks) }
    }
}

/// Polls all `members` in turn until `done`.
func settle(_ members: [TestMember], until done: () -> Bool) throws {
    _ = try eventually("an assignment; now \(members.map(\.listener.tasks))") {
        for member in members { try member.member.poll(member.listener) }
        return done() ? true : nil
    }
}

extension GroupSpecification {
    /// A group of `tasks` tasks of one subtopology.
    static func sample(_ application: String = "app", tasks: Int32, fingerprint: String = "plan-1") -> Self {
        GroupSpecification(
            application: application, tasks: (0..<tasks).map { TaskID(0, $0) }, fingerprint: fingerprint)
    }
}

extension TaskCommitOutcome {
    /// The receipt of a commit that succeeded.
    var receipt: CommitReceipt? {
        guard case .committed(let receipt) = self else { return nil }
        return receipt
    }

    /// Whether the commit was refused.
    var isFenced: Bool {
        guard case .fenced = self else { return false }
        return true
    }

    /// The code of the task's own failure.
    var failureCode: EventLogError.Code? {
        guard case .failed(let error) = self else { return nil }
        return error.code
    }
}
