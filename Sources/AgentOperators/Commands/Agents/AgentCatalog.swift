import Console
import EventLog
import Operations
import StreamCore

/// The agent systems on a log, as their registries have them.
struct AgentCatalog {
    /// An application that hosts agents of a system.
    struct Host {
        let system: String
        let application: String
        let entry: RegistryEntry

        /// Whether the application has said lately that it hosts them.
        func isAlive(at now: Timestamp) -> Bool { (entry.leaseUntil ?? 0) > now.milliseconds }

        var inbox: String { entry.inbox ?? "\(application)-\(system)-inbox" }
        var control: String { entry.control ?? "\(application)-\(system)-control" }
        var types: [String] { (entry.types ?? []).sorted() }

        /// What an agent type listens to, in words.
        func subscriptions(of type: String) -> [AgentSubscription] {
            (entry.subscriptions ?? []).compactMap(\.subscription).filter { $0.agentType == type }
        }
    }

    /// All hosts, by system and application.
    let hosts: [Host]
    /// What was subscribed at run time, by system.
    let added: [String: [AgentSubscription]]

    private static let suffix = "-registry"

    /// Reads the registries of `system`, or of all.
    ///
    /// - Throws: ``EventLogError``.
    init(_ log: any EventLog, system: String? = nil) throws {
        var hosts: [Host] = []
        var added: [String: [AgentSubscription]] = [:]
        for topic in try log.topics() where topic.name.hasSuffix(Self.suffix) {
            let name = String(topic.name.dropLast(Self.suffix.count))
            guard !name.isEmpty, system == nil || system == name else { continue }
            let follower = RegistryFollower(on: log, system: name)
            try follower.refresh()
            for (key, entry) in follower.entries {
                if let application = entry.application, key == RegistryEntry.applicationKey(application) {
                    hosts.append(Host(system: name, application: application, entry: entry))
                } else if let subscription = entry.subscription?.subscription {
                    added[name, default: []].append(subscription)
                }
            }
        }
        self.hosts = hosts.sorted { ($0.system, $0.application) < ($1.system, $1.application) }
        self.added = added
    }

    var types: [String] { Set(hosts.flatMap(\.types)).sorted() }

    /// The hosts of agents of `type`.
    ///
    /// - Throws: ``CommandError`` when there are none.
    func hosts(of type: String, _ log: any EventLog) throws(CommandError) -> [Host] {
        let found = hosts.filter { $0.types.contains(type) }
        guard found.isEmpty else { return found }
        throw CommandError(
            .notFound, "no application in \(log.location) has agents of type '\(type)'",
            hint: Suggestions.hint(for: type, among: types)
                ?? (types.isEmpty
                    ? "no application with agents has run here" : "there are: \(types.joined(separator: ", "))"),
            kind: "unknownAgent")
    }

    /// The one host whose agents of `type` get messages now: of several the first claim that stands, else the last to end.
    ///
    /// - Throws: ``CommandError`` when there is none, or several systems have the type.
    func host(of type: String, _ log: any EventLog, now: Timestamp) throws(CommandError) -> Host {
        let all = try hosts(of: type, log)
        let systems = Set(all.map(\.system)).sorted()
        guard systems.count == 1 else {
            throw .usage(
                "several systems have agents of type '\(type)': \(systems.joined(separator: ", "))",
                hint: "name one with --system")
        }
        let alive = all.filter { $0.isAlive(at: now) }
        let first = alive.min { ($0.entry.since ?? 0, $0.application) < ($1.entry.since ?? 0, $1.application) }
        guard let host = first ?? all.max(by: { ($0.entry.leaseUntil ?? 0) < ($1.entry.leaseUntil ?? 0) }) else {
            throw CommandError(.notFound, "nobody hosts agents of type '\(type)'", kind: "unknownAgent")
        }
        return host
    }
}
