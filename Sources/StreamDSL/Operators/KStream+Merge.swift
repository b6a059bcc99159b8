public import StreamCore
public import Topology

extension KStream {
    /// All records of both streams; no order between them.
    @inlinable public func merge(_ other: KStream<Key, Value>, named name: String? = nil) -> KStream<Key, Value> {
        let node = PlanNode(
            name ?? "\(label).merge", isNamedByUser: name != nil, .operation("merge"), parents: [node, other.node]
        ) { wiring, node in
            let forward = try wiring.downstream(of: node, carrying: Record<Key, Value>.self)
            receive(in: wiring, forward)
            other.receive(in: wiring, forward)
        }
        let changed = partitioning == .byKey ? other.partitioning : partitioning
        return KStream(node: node, formats: formats, partitioning: changed)
    }
}
