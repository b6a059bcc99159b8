import StreamCore

/// Names an operator's requests: their idempotency keys.
///
/// Incarnation, step, task, input record and index: the same when the record is read again, never shared (rule 2).
struct RequestNames {
    private let prefix: String
    private let followsAsk: Bool
    private var last: (source: TopicPartition, offset: Int64, index: Int)?
    private var random = SystemRandomNumberGenerator()

    /// - Parameters:
    ///   - prefix: incarnation, step and task.
    ///   - followsAsk: whether records come from another `ask`: such a record may be at hand at any time and several
    ///     times, restarts between, so that no index tells its requests apart.
    init(prefix: String, followsAsk: Bool) {
        self.prefix = prefix
        self.followsAsk = followsAsk
    }

    /// A new request's key; `record` is the input record behind it, nil in a punctuation.
    ///
    /// Where it is partly random, the journal keeps it: calls after the commit have it for good.
    mutating func name(for record: LogRecord?, from source: TopicPartition) -> String {
        guard let record else { return "\(prefix)/\(nonce())" }
        guard !followsAsk else { return "\(prefix)/\(source)-\(record.offset)/\(nonce())" }
        var index = 0
        if let last, last.offset == record.offset, last.source == source { index = last.index + 1 }
        last = (source, record.offset, index)
        return "\(prefix)/\(source)-\(record.offset)/\(index)"
    }

    private mutating func nonce() -> String {
        let bits = (UInt64.random(in: .min ... .max, using: &random), UInt64.random(in: .min ... .max, using: &random))
        return String(bits.0, radix: 16) + "-" + String(bits.1, radix: 16)
    }
}
