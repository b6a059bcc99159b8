extension StreamTopology {
    /// The topics that it reads and does not write itself.
    public var externalSources: [String] {
        nodes.compactMap { node in
            if case .source(let topic, _, _) = node.role { topic } else { nil }
        }
    }

    /// The topics that it writes for others.
    public var sinks: [String] {
        var seen: Set<String> = []
        return nodes.compactMap { node in
            guard case .sink(let topic, _, _) = node.role, seen.insert(topic).inserted else { return nil }
            return topic
        }
    }
}
