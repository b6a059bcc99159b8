/// Where in a topology, and at which record, something happened.
public struct RecordLocation: Sendable, Hashable, CustomStringConvertible {
    /// The task; nil outside of one.
    public var task: TaskID?
    /// The node (step) of the topology; nil when none was running.
    public var node: String?
    /// The topic and partition of the record; nil when no record was involved, as in a punctuation.
    public var source: TopicPartition?
    /// The record's offset.
    public var offset: Int64?
    /// The trace that the record belongs to; nil when it carries none.
    public var trace: TraceContext?
    /// What names the request that the record belongs to; nil when its headers say none.
    public var correlation: String?

    /// A place.
    public init(task: TaskID? = nil, node: String? = nil, source: TopicPartition? = nil, offset: Int64? = nil) {
        self.task = task
        self.node = node
        self.source = source
        self.offset = offset
    }

    /// For example `step 'score', task 0_3, reviews-3 offset 17`.
    public var description: String {
        var parts: [String] = []
        if let node { parts.append("step '\(node)'") }
        if let task { parts.append("task \(task)") }
        if let source { parts.append("\(source)" + (offset.map { " offset \($0)" } ?? "")) }
        return parts.joined(separator: ", ")
    }
}
