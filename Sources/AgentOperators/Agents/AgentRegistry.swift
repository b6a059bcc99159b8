import StreamCore
import Synchronization
import Topology

/// An entry of a system's registry: JSON, so that every language can read it.
struct RegistryEntry: Codable, Sendable, Hashable {
    /// A subscription as the registry writes it: exactly one of `topicType` and `prefix`.
    struct Subscription: Codable, Sendable, Hashable {
        var agentType: String
        var topicType: String?
        var prefix: String?

        init(_ subscription: AgentSubscription) {
            agentType = subscription.agentType
            switch subscription.match {
            case .type(let type): topicType = type
            case .prefix(let text): prefix = text
            }
        }

        var subscription: AgentSubscription? {
            if let topicType { return AgentSubscription(.type(topicType), agentType: agentType) }
            return prefix.map { AgentSubscription(.prefix($0), agentType: agentType) }
        }
    }

    /// The format's version.
    var version = 1
    /// The application that hosts `types`; nil in the entry of a subscription.
    var application: String?
    /// Since when the application hosts them, in milliseconds since 1970: the first of two claims counts.
    var since: Int64?
    /// Until when the entry counts, in milliseconds since 1970.
    var leaseUntil: Int64?
    /// Where messages for the types go, and replies and cancellations, and over how many partitions.
    var inbox: String?
    var control: String?
    var partitions: Int32?
    /// The types, and what they listen to by declaration.
    var types: [String]?
    var subscriptions: [Subscription]?
    /// The names of the messages that each type has handlers for; `*` stands for all others.
    var messages: [String: [String]]?
    /// A subscription that was added at run time; it stands until it is removed.
    var subscription: Subscription?

    static func applicationKey(_ name: String) -> String { "application/\(name)" }

    static func subscriptionKey(_ id: String) -> String { "subscription/\(id)" }
}

/// What a system's registry says now; any thread may ask.
///
/// Answers come from the instance's copy of the registry's topic: what another application has just written counts when the copy has it.
final class AgentRegistry: Sendable {
    /// Where messages for a type go.
    struct Route: Sendable, Hashable {
        let application: String
        let inbox: String
        let control: String
        let partitions: Int32
    }

    private let revision: @Sendable () -> Int
    private let snapshot: @Sendable () -> [String: RegistryEntry]
    private let find: @Sendable (String) -> RegistryEntry?
    private let digest = Mutex<(revision: Int, applications: [RegistryEntry], added: [AgentSubscription])>((-1, [], []))

    init(_ table: GlobalTable<String, RegistryEntry>) {
        revision = { table.revision }
        snapshot = { table.snapshot }
        find = { table.get($0) }
    }

    /// The registry as `follower` has read it: for whoever runs no topology.
    init(_ follower: RegistryFollower) {
        revision = { follower.revision }
        snapshot = { follower.entries }
        find = { follower.entries[$0] }
    }

    /// Who hosts agents of `type` at `now`; nil when nobody does.
    func route(of type: String, now: Timestamp) -> Route? {
        let hosts = applications(now).filter { $0.types?.contains(type) == true }
        // The first claim counts, and the smaller name of two at once: every reader of the registry finds the same.
        let first = hosts.min { ($0.since ?? 0, $0.application ?? "") < ($1.since ?? 0, $1.application ?? "") }
        guard let first, let application = first.application, let inbox = first.inbox,
            let control = first.control
        else { return nil }
        return Route(
            application: application, inbox: inbox, control: control, partitions: max(1, first.partitions ?? 1))
    }

    /// What types of other applications than `own` listen to at `now`, and what was added at run time for any type.
    func subscriptions(besides own: String, now: Timestamp) -> [AgentSubscription] {
        let declared = applications(now).filter { $0.application != own }.flatMap { $0.subscriptions ?? [] }
        return declared.compactMap(\.subscription) + current.added
    }

    /// The entry called `key`.
    func entry(_ key: String) -> RegistryEntry? { find(key) }

    private func applications(_ now: Timestamp) -> [RegistryEntry] {
        current.applications.filter { ($0.leaseUntil ?? 0) > now.milliseconds }
    }

    private var current: (revision: Int, applications: [RegistryEntry], added: [AgentSubscription]) {
        digest.withLock { digest in
            let revision = revision()
            guard digest.revision != revision else { return digest }
            let entries = snapshot()
            digest = (
                revision, entries.values.filter { $0.application != nil },
                entries.sorted { $0.key < $1.key }.compactMap { $0.value.subscription?.subscription }
            )
            return digest
        }
    }
}
