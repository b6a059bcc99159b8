import StreamCore
import Topology

/// Tells the system that this application hosts its types, as long as it does: a lease that the task of partition 0 renews.
final class AgentRegistrar: TaskParticipant {
    private let context: TaskContext
    private let directory: AgentDirectory
    private let mail: AgentMail
    private let own: AgentRegistry.Route
    private let lease: Duration
    private var next = Timestamp(milliseconds: 0)
    private var since: Int64?

    init(
        _ context: TaskContext, _ directory: AgentDirectory, _ mail: AgentMail, own: AgentRegistry.Route,
        lease: Duration
    ) {
        self.context = context
        self.directory = directory
        self.mail = mail
        self.own = own
        self.lease = lease
    }

    func started() throws {}

    func advance(now: Timestamp) throws -> Bool {
        guard now >= next else { return false }
        try renew(now)
        next = now + .milliseconds(lease.milliseconds / 3)
        return true
    }

    private func renew(_ now: Timestamp) throws {
        let key = RegistryEntry.applicationKey(directory.application)
        let before = directory.registry.entry(key)
        // A claim that has not run out goes on: whoever came second stays second.
        let since = since ?? ((before?.leaseUntil ?? 0) > now.milliseconds ? before?.since : nil) ?? now.milliseconds
        self.since = since
        var entry = RegistryEntry()
        entry.application = directory.application
        entry.since = since
        entry.leaseUntil = (now + lease).milliseconds
        entry.inbox = own.inbox
        entry.control = own.control
        entry.partitions = own.partitions
        entry.types = directory.types.keys.sorted()
        entry.subscriptions = directory.types.values.sorted { $0.name < $1.name }.flatMap(\.subscriptions)
            .map(RegistryEntry.Subscription.init)
        entry.messages = directory.types.mapValues(\.messages)
        try mail.register(key, entry)
        for type in directory.types.keys.sorted() {
            guard let owner = directory.registry.route(of: type, now: now)?.application, owner != directory.application
            else { continue }
            // Others send to the first claim; this application's own messages still reach its own agents.
            context.count("agent_types_claimed_elsewhere", step: type, reason: owner)
        }
    }

    func committed(now: Timestamp) throws {}
    var isFull: Bool { false }
    var isWaiting: Bool { false }
    var nextDue: Timestamp? { next }
    func leaving() {}
    func ended() {}
}
