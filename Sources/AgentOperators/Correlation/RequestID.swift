import StreamCore

/// The ids of requests to topics: an idempotency key, and the partition of the task that waits.
///
/// `<incarnation>/<step>/<task>/<record>/<index>@<partition>`: whoever reads a reply finds its owner in the id alone, so
/// that services need to echo nothing else.
struct RequestID {
    /// What the id of every request of the step begins with.
    let prefix: Substring
    /// The partition of the task that waits.
    let partition: Int32

    static func make(_ key: String, partition: Int32) -> String { "\(key)@\(partition)" }

    /// The parts of `id`; nil when no step made it.
    init?(_ id: String) {
        guard let at = id.lastIndex(of: "@"), let partition = Int32(id[id.index(after: at)...]), partition >= 0 else {
            return nil
        }
        let parts = id.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        prefix = id[..<parts[2].startIndex]
        self.partition = partition
    }

    /// What the ids of `step` begin with.
    static func prefix(_ incarnation: String, _ step: String) -> String { "\(incarnation)/\(step)/" }
}

/// The requests that ended last, to tell what is late from what is unknown; only for counters.
struct EndedRequests {
    private var reasons: [String: String] = [:]
    private var order: [String] = []
    private var next = 0
    private static let capacity = 4_096

    subscript(id: String) -> String? { reasons[id] }

    mutating func note(_ id: String, _ reason: String) {
        guard reasons.updateValue(reason, forKey: id) == nil else { return }
        if order.count < Self.capacity {
            order.append(id)
        } else {
            reasons[order[next]] = nil
            order[next] = id
            next = (next + 1) % Self.capacity
        }
    }
}
