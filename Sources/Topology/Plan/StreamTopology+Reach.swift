extension StreamTopology {
    /// Whether records of `source` can reach `node` within one subtopology, other than as replies or control.
    func isUpstream(_ source: PlanNode, of node: PlanNode) -> Bool {
        let node = resolve(node)
        if node === resolve(source) { return true }
        return node.parents.contains { isUpstream(source, of: $0) }
    }
}
