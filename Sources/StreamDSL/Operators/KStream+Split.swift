public import StreamCore
public import Topology

extension KStream {
    /// Sends every record to exactly one of the branches that `Case` lists.
    ///
    /// ```swift
    /// let bySize = payments.stream().split(into: Size.self, named: "by-size") { $0.value.cents > 100 ? .large : .small }
    /// bySize[.large].to(reviews)
    /// ```
    ///
    /// - Parameters:
    ///   - cases: the branches: an enum, so that none is forgotten.
    ///   - name: names the step and, with the case, each branch: `by-size.large`.
    ///   - choose: gives each record its branch.
    /// - Returns: the branches, by case.
    @inlinable public func split<Case: CaseIterable & Hashable & Sendable>(
        into cases: Case.Type, named name: String,
        by choose: @escaping @Sendable (Record<Key, Value>) throws -> Case
    ) -> KBranches<Key, Value, Case> {
        let node = PlanNode(name, isNamedByUser: true, .operation("split"), parents: [node]) { wiring, node in
            var branches: [Case: Receiver<Key, Value>] = [:]
            for (index, branch) in Case.allCases.enumerated() {
                branches[branch] = try wiring.downstream(
                    of: node, branch: index, carrying: Record<Key, Value>.self)
            }
            let (context, step) = (wiring.context, wiring.label(of: node))
            receive(in: wiring) { [branches] record in
                let branch: Case?
                do {
                    branch = try choose(record)
                } catch {
                    branch = try context.recover(error, at: step, .process) { try choose(record) }
                }
                if let branch { try branches[branch]?(record) }
            }
        }
        return KBranches(node: node, formats: formats, partitioning: partitioning)
    }
}

/// The branches of a split, one for each case of `Case`.
public struct KBranches<Key: Sendable, Value: Sendable, Case: CaseIterable & Hashable & Sendable>: Sendable {
    let node: PlanNode
    let formats: Formats<Key, Value>
    let partitioning: Partitioning

    @usableFromInline init(node: PlanNode, formats: Formats<Key, Value>, partitioning: Partitioning) {
        self.node = node
        self.formats = formats
        self.partitioning = partitioning
    }

    /// The records that the split sends to `branch`.
    public subscript(branch: Case) -> KStream<Key, Value> {
        let index = Case.allCases.enumerated().first { $0.element == branch }?.offset ?? 0
        return KStream(
            node: node, branch: index, label: "\(node.name).\(branch)", formats: formats, partitioning: partitioning)
    }
}
