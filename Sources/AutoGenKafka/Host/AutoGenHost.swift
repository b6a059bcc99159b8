public import AgentOperators
public import StreamDSL
public import Topology

/// Makes the agents of a system ones that a Python runtime calls, publishes to, and hears.
///
/// A statement of the topology that has the agents:
///
/// - requests of `runtime_requests` for hosted types become requests in the agents' inbox, with the same id; replies and errors go to
///   `runtime_responses`. Requests for other types are somebody else's and passed over. One that comes again is done once and answered
///   again.
/// - published messages of `agent_publishes` reach the agents that listen, each once; what agents publish leaves there, where
///   ``AutoGenHostOptions/publishes`` says so.
/// - types are announced on `agent_registry`, subscriptions on `agent_subscriptions`.
///
/// Every hop is one commit: a crash between request and reply loses and doubles nothing.
public struct AutoGenHost: TopologyStatement {
    /// The nodes in which it ends.
    public let terminals: [Terminal]

    /// A host of `system` on `wire`.
    ///
    /// - Parameters:
    ///   - system: the agents.
    ///   - wire: the Python runtime's topics and schemas.
    ///   - name: names the steps and the inbox `<application>-<name>-replies`.
    ///   - options: what is announced and published.
    public init(
        of system: AgentSystem, on wire: AutoGenWire, named name: String,
        options: AutoGenHostOptions = AutoGenHostOptions()
    ) {
        let mistakes = [wire.topics.mistake, options.mistake].compactMap { $0 }.map {
            TopologyError(.invalidSetting, "AutoGen host '\(name)': \($0)")
        }
        let parts = HostParts(system: system, wire: wire, name: name, options: options, mistakes: mistakes)
        terminals = parts.nodes.map { Terminal($0) }
    }
}

/// What a host announces and lets out.
public struct AutoGenHostOptions: Sendable {
    /// Which published messages leave.
    public enum Publishes: Sendable, Hashable {
        /// None.
        case nothing
        /// Those to topics of these types.
        case topics(Set<String>)
        /// All.
        case everything
    }

    /// Which of the agents' published messages leave for Python.
    public var publishes: Publishes
    /// Whether messages published to topics whose type begins with `<type>:` reach agents of that type, as AutoGen's do.
    public var takesDirectTopics: Bool
    /// How often types are announced again: a Python runtime that started later knows them then.
    public var announceEvery: Duration
    /// Over how many tasks replies are spread.
    public var partitions: Int

    /// Options.
    public init(
        publishes: Publishes = .everything, takesDirectTopics: Bool = true, announceEvery: Duration = .seconds(30),
        partitions: Int = 4
    ) {
        self.publishes = publishes
        self.takesDirectTopics = takesDirectTopics
        self.announceEvery = announceEvery
        self.partitions = partitions
    }

    var mistake: String? {
        if announceEvery.milliseconds < 1_000 { return "'announceEvery' must be at least a second" }
        return partitions < 1 ? "'partitions' must be at least 1" : nil
    }
}

/// The headers that a host adds to what it lets in, to have them back with the reply, and to what it lets out.
enum HostHeader {
    /// Who sent a request, as Python wrote it.
    static let caller = "autogen.caller"
    /// The system whose agents published: its own host passes that over.
    static let system = "autogen.system"
}
