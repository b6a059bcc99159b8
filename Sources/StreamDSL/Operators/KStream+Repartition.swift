public import StreamCore
import Topology

extension KStream {
    /// Sends every record through an internal topic, so that records of one key lie in one partition again.
    ///
    /// The topic is `<application>-<name>-repartition`. Records whose key is null are dropped and counted.
    ///
    /// - Parameters:
    ///   - name: names the topic; changing it abandons what the old one holds.
    ///   - partitions: how many partitions the topic has; nil means as many as the widest input upstream.
    ///   - key: how keys are written there; what the stream knows, else the type's standard, when nil.
    ///   - value: how values are written there; what the stream knows, else the type's standard, when nil.
    /// - Returns: the records as they come back from the topic, each in the partition of its key.
    public func repartition(
        named name: String, partitions: Int? = nil, key: Serde<Key>? = nil, value: Serde<Value>? = nil
    ) -> KStream<Key, Value> {
        let wanted = Formats(key: key ?? formats.key, value: value ?? formats.value)
        guard let formats = try? wanted.resolved(for: name) else { return unwritable(named: name, wanted) }
        let role = PlanNode.Role.repartitionSink(
            name: name, partitions: partitions.map { Int32(clamping: $0) }, key: formats.key.description,
            value: formats.value.description)
        let sink = PlanNode("\(name)-repartition-sink", isNamedByUser: true, role, parents: [node]) { wiring, node in
            let encoder = RecordEncoder(
                wiring, step: wiring.label(of: node), topic: wiring.repartitionTopic(name), key: formats.key,
                value: formats.value, needsKey: true)
            receive(in: wiring) { try encoder.send($0) }
        }
        let source = PlanNode(
            "\(name)-repartition-source", isNamedByUser: true, .repartitionSource(name: name), feeder: sink
        ) { wiring, node in
            let forward = try wiring.downstream(of: node, carrying: Record<Key, Value>.self)
            let decoder = RecordDecoder(
                wiring.context, step: wiring.label(of: node), formats.key, formats.value)
            wiring.enter(wiring.repartitionTopic(name)) { raw in
                if let record = try decoder.decode(raw) { try forward(record) }
            }
        }
        return KStream(
            node: source, label: name, formats: Formats(key: formats.key, value: formats.value), partitioning: .byKey)
    }

    /// The stream as it would be, with the mistake that a serde is missing; the topology reports it.
    private func unwritable(named name: String, _ wanted: Formats<Key, Value>) -> KStream<Key, Value> {
        var mistakes: [TopologyError] = []
        do { _ = try wanted.resolved(for: name) } catch { mistakes.append(error) }
        let node = PlanNode(name, .operation("repartition"), parents: [node], mistakes: mistakes) { _, _ in }
        return KStream(node: node, formats: wanted)
    }

    /// This stream with its records in the partitions of their keys, for a step that relies on it.
    ///
    /// - Parameters:
    ///   - name: names the repartition topic where the key-changing step was given no name.
    ///   - step: what relies on it, for the message when neither has a name.
    ///   - key: how keys are written in that topic; what the stream knows, else the type's standard, when nil.
    ///   - value: how values are written in that topic; what the stream knows, else the type's standard, when nil.
    /// - Returns: this stream where the keys stayed, else what comes back from the topic; without a name for it, a stream
    ///   with that mistake, which the topology reports.
    public func partitionedByKey(
        named name: String?, for step: String, key: Serde<Key>? = nil, value: Serde<Value>? = nil
    ) -> KStream<Key, Value> {
        guard case .changed(let changer, let given) = partitioning else { return self }
        if let name = given ?? name { return repartition(named: name, key: key, value: value) }
        let mistake = TopologyError(
            .missingRepartitionName,
            "'\(step)' needs the records of one key in one partition, but '\(changer)' changed the keys: name one of the two steps with 'named:', the repartition topic between them takes that name"
        )
        let node = PlanNode("\(label).repartition", .operation("repartition"), parents: [node], mistakes: [mistake]) {
            _, _ in
        }
        return KStream(node: node, formats: formats)
    }

    /// Takes the records for lying in the partitions of their keys although a step changed the keys.
    ///
    /// For keys that say more than the old ones did and have the same partition; when that is not so, state is split over
    /// tasks and results are wrong.
    ///
    /// - Parameter reason: why it is so, for the reader of the code.
    /// - Returns: the same records, which nothing repartitions for that change any more.
    public func assumePartitioned(because reason: String) -> KStream<Key, Value> {
        KStream(node: node, branch: branch, label: label, formats: formats, partitioning: .byKey)
    }
}
