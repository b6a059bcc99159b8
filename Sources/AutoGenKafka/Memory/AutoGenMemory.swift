public import AgentOperators
public import EventLog
import StateStores
import StreamCore
public import StreamDSL
public import Topology

/// Makes a memory and Python's memories on `memory_<session>` topics the same: each sees what the other adds, and clears.
///
/// A statement of the topology that has the memory. A session's task follows its topic, from the beginning when it never did, and keeps
/// how far it is with the items, in one commit: a restart neither loses nor doubles any. Items of ours are written to the session's topic
/// in the commit that adds them. Python clears by deleting the topic; that, or another topic of its name, clears the session here, and a
/// clear here deletes and makes the topic.
public struct AutoGenMemory: TopologyStatement {
    /// The nodes in which it ends.
    public let terminals: [Terminal]

    /// A way between `memory` and Python's.
    ///
    /// - Parameters:
    ///   - memory: the memory; it takes commands.
    ///   - wire: where schemas' ids come from.
    ///   - log: where the topics are: the log that the application runs on.
    ///   - name: names the step and the store `<name>-positions`.
    ///   - options: names of topics, how often the log is looked at.
    public init(
        of memory: Memory, on wire: AutoGenWire, in log: any EventLog, named name: String,
        options: AutoGenMemoryOptions = AutoGenMemoryOptions()
    ) {
        let positions = StoreDefinition<String, MemoryPosition>.keyValue(
            "\(name)-positions", key: .string, value: MemoryPosition.serde)
        let changes = memory.changes()
        let mistakes = options.mistake.map {
            [TopologyError(.invalidSetting, "AutoGen memory '\(name)': \($0)")]
        }
        let node = PlanNode(
            name, isNamedByUser: true, .operation("autogen-memory"), parents: [changes.node],
            stores: [StoreDeclaration(positions)], uses: memory.storeNames, mistakes: mistakes ?? []
        ) { wiring, node in
            let peer = MemoryPeer(
                wiring.context, memory.name, try memory.store(in: wiring), try wiring.keyValueStore(positions),
                wire, log, options, step: wiring.label(of: node), partitions: wiring.partitions(of: memory.name))
            changes.receive(in: wiring) { try peer.tell($0.value, of: $0.key) }
            wiring.join(peer, for: node)
        }
        terminals = [Terminal(node)]
    }
}

/// How Python's memories are followed.
public struct AutoGenMemoryOptions: Sendable {
    /// What Python's configuration calls its memory topic: a session's topic is `<topic>_<session>`.
    public var topic: String
    /// How often the log is asked for topics that came or went.
    public var lookEvery: Duration

    /// Options.
    public init(topic: String = "memory", lookEvery: Duration = .seconds(2)) {
        self.topic = topic
        self.lookEvery = lookEvery
    }

    var mistake: String? {
        if topic.isEmpty { return "'topic' is empty" }
        return lookEvery.milliseconds < 10 ? "'lookEvery' must be at least 10 ms" : nil
    }
}
