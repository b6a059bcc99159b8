public import StreamCore
public import Topology

extension KStream {
    /// A child of this stream's node that runs `body` for each record: what most operators are made of.
    ///
    /// `body` forwards as many records as it likes. What it throws is dealt with by the topology's ``ErrorPolicy`` under the
    /// step's name.
    ///
    /// - Parameters:
    ///   - kind: the operator's name, for drawings and derived names.
    ///   - name: the step's name; derived when nil.
    ///   - formats: how the new keys and values are written, if that is known.
    ///   - partitioning: whether the new records lie in the partitions of their keys; as before when nil.
    ///   - body: called with each record and the function that forwards.
    /// - Returns: what `body` forwards.
    @inlinable public func operation<NewKey, NewValue>(
        _ kind: String, named name: String? = nil, formats: Formats<NewKey, NewValue> = Formats(),
        partitioning: Partitioning? = nil,
        _ body: @escaping @Sendable (Record<Key, Value>, Receiver<NewKey, NewValue>) throws -> Void
    ) -> KStream<NewKey, NewValue> {
        wired(kind, named: name, formats: formats, partitioning: partitioning) { context, step, forward in
            { record in
                do {
                    try body(record, forward)
                } catch {
                    _ = try context.recover(error, at: step, .process) { try body(record, forward) }
                }
            }
        }
    }

    /// A child of this stream's node whose receiver `make` builds once for each task.
    ///
    /// - Parameters:
    ///   - kind: the operator's name, for drawings and derived names.
    ///   - name: the step's name; derived when nil.
    ///   - formats: how the new keys and values are written, if that is known.
    ///   - partitioning: whether the new records lie in the partitions of their keys; as before when nil.
    ///   - make: gets the task's context, the step's name and the function that forwards.
    /// - Returns: what the receivers forward.
    @inlinable public func wired<NewKey, NewValue>(
        _ kind: String, named name: String? = nil, formats: Formats<NewKey, NewValue> = Formats(),
        partitioning: Partitioning? = nil,
        _ make:
            @escaping @Sendable (TaskContext, String, @escaping Receiver<NewKey, NewValue>) throws -> Receiver<
                Key, Value
            >
    ) -> KStream<NewKey, NewValue> {
        let node = PlanNode(
            name ?? "\(label).\(kind)", isNamedByUser: name != nil, .operation(kind), parents: [node]
        ) { wiring, node in
            let forward = try wiring.downstream(of: node, carrying: Record<NewKey, NewValue>.self)
            receive(in: wiring, try make(wiring.context, wiring.label(of: node), forward))
        }
        return KStream<NewKey, NewValue>(
            node: node, formats: formats, partitioning: partitioning ?? self.partitioning)
    }
}
