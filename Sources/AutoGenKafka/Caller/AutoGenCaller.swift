public import AgentOperators
import StreamCore
public import StreamDSL
public import Topology

/// Makes the agents of a Python runtime ones that the agents of a system reach as their own: `context.send(…, to: AgentID("writer", "anna"))`.
///
/// A statement of the topology that has the agents. It claims Python's types in the system's registry, so that every application of the
/// system sends there what is for them. Each message becomes one request on `runtime_requests`, sent by the transaction that journals it;
/// its response, an error or its deadline becomes the native answer. A restart between the two neither loses nor repeats it.
public struct AutoGenCaller: TopologyStatement {
    /// The nodes in which it ends.
    public let terminals: [Terminal]

    /// A way from `system` to Python's agents.
    ///
    /// - Parameters:
    ///   - system: who calls.
    ///   - wire: the Python runtime's topics and schemas.
    ///   - name: names the steps, the journal, the inbox `<application>-<name>-outbox` and the claim.
    ///   - types: Python's types; those that it announces on `agent_registry` are added when the options say so.
    ///   - options: how long, how many, what else.
    public init(
        for system: AgentSystem, on wire: AutoGenWire, named name: String, types: [String] = [],
        options: AutoGenCallerOptions = AutoGenCallerOptions()
    ) {
        let mistakes = [wire.topics.mistake, options.mistake(types)].compactMap { $0 }.map {
            TopologyError(.invalidSetting, "AutoGen caller '\(name)': \($0)")
        }
        terminals =
            CallerParts(
                system: system, wire: wire, name: name, types: types, options: options, mistakes: mistakes
            ).terminals
    }
}

/// How Python's agents are called.
public struct AutoGenCallerOptions: Sendable {
    /// How long a call may take, how many are under way, how often they are tried; outcomes come as the replies do.
    public var asking: RemoteAskOptions
    /// Whether types that Python announces are called too, besides those that are named.
    public var followsRegistry: Bool
    /// How long the claim of Python's types counts without being renewed.
    public var lease: Duration
    /// Over how many tasks calls are spread.
    public var partitions: Int

    /// Options.
    public init(
        asking: RemoteAskOptions = RemoteAskOptions(isOrdered: false), followsRegistry: Bool = true,
        lease: Duration = .seconds(30), partitions: Int = 4
    ) {
        self.asking = asking
        self.followsRegistry = followsRegistry
        self.lease = lease
        self.partitions = partitions
    }

    func mistake(_ types: [String]) -> String? {
        if lease.milliseconds < 1_000 { return "'lease' must be at least a second" }
        if partitions < 1 { return "'partitions' must be at least 1" }
        return types.isEmpty && !followsRegistry ? "it calls nobody: name 'types' or set 'followsRegistry'" : nil
    }
}
