public import StreamCore
public import Topology

extension KStream {
    /// Writes every record to `topic`, in the partition of its key.
    ///
    /// - Parameters:
    ///   - topic: the topic; created with as many partitions as the widest input when it does not exist.
    ///   - name: names the step; derived when nil.
    /// - Returns: the statement that puts the sink into a topology.
    @inlinable public func to(_ topic: Topic<Key, Value>, named name: String? = nil) -> Terminal {
        sink(topic.name, key: topic.key, value: topic.value, named: name)
    }

    /// Writes every record to `topic`, nil as a tombstone.
    ///
    /// - Parameters:
    ///   - topic: the topic; created with as many partitions as the widest input when it does not exist.
    ///   - name: names the step; derived when nil.
    /// - Returns: the statement that puts the sink into a topology.
    @inlinable public func to<Wrapped>(_ topic: Topic<Key, Wrapped>, named name: String? = nil) -> Terminal
    where Value == Wrapped? {
        sink(topic.name, key: topic.key, value: .optional(topic.value), named: name)
    }

    @inlinable func sink(_ topic: String, key: Serde<Key>, value: Serde<Value>, named name: String?) -> Terminal {
        Terminal(
            PlanNode(
                name ?? "\(label).to.\(topic)", isNamedByUser: name != nil,
                .sink(topic: topic, key: key.description, value: value.description), parents: [node]
            ) { wiring, node in
                let encoder = RecordEncoder(
                    wiring, step: wiring.label(of: node), topic: topic, key: key, value: value, needsKey: false)
                receive(in: wiring) { try encoder.send($0) }
            })
    }
}
