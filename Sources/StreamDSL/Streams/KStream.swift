public import StreamCore
public import Topology

/// An unbounded stream of records: a handle on one output of one node of the plan.
///
/// A value: bind it with `let` and use it as often as you like. Nothing runs until a runtime or a test driver takes the
/// topology.
public struct KStream<Key: Sendable, Value: Sendable>: Sendable {
    /// The node whose output this is.
    public let node: PlanNode
    @usableFromInline let branch: Int
    @usableFromInline let label: String
    /// How its keys and values are written, as far as that is known.
    public let formats: Formats<Key, Value>
    /// Whether its records lie in the partitions of their keys.
    public let partitioning: Partitioning

    /// The output `branch` of `node`, for operators of your own.
    ///
    /// - Parameters:
    ///   - node: the node.
    ///   - branch: which of its outputs.
    ///   - label: names the output in derived names: `by-size.large`.
    ///   - formats: how keys and values are written where they must be and nothing else is said.
    ///   - partitioning: whether the records lie in the partitions of their keys.
    public init(
        node: PlanNode, branch: Int = 0, label: String? = nil, formats: Formats<Key, Value> = Formats(),
        partitioning: Partitioning = .byKey
    ) {
        self.node = node
        self.branch = branch
        self.label = label ?? node.name
        self.formats = formats
        self.partitioning = partitioning
    }

    /// Subscribes `receiver` to this output in the task that `wiring` wires.
    @inlinable public func receive(in wiring: Wiring, _ receiver: @escaping Receiver<Key, Value>) {
        wiring.attach(to: node, branch: branch, receiver)
    }
}

/// How the keys and values of a stream are written, as far as it is known from where they come.
public struct Formats<Key: Sendable, Value: Sendable>: Sendable {
    /// The keys' serde; nil means the standard one of the type.
    public var key: Serde<Key>?
    /// The values' serde; nil means the standard one of the type.
    public var value: Serde<Value>?

    /// Formats; what is nil is the type's standard.
    public init(key: Serde<Key>? = nil, value: Serde<Value>? = nil) {
        self.key = key
        self.value = value
    }

    /// Both serdes, standard ones filled in, or the mistake that one is missing.
    ///
    /// - Throws: ``TopologyError`` that names `step` and the argument to pass.
    public func resolved(for step: String) throws(TopologyError) -> (key: Serde<Key>, value: Serde<Value>) {
        guard let key = key ?? .standard else { throw Self.missing(Key.self, "key", step) }
        guard let value = value ?? .standard else { throw Self.missing(Value.self, "value", step) }
        return (key, value)
    }

    static func missing(_ type: Any.Type, _ label: String, _ step: String) -> TopologyError {
        TopologyError(
            .invalidSetting,
            "'\(step)' must write values of type \(type), which has no standard serde: pass '\(label):', or make it Codable"
        )
    }
}

/// Whether the records of a stream lie in the partitions that their keys decide.
public enum Partitioning: Sendable, Hashable {
    /// They do.
    case byKey
    /// A step changed the keys; `name` is for the repartition topic, where the step was given one.
    case changed(step: String, name: String?)
}
