public import StreamCore
public import Topology

extension Topic {
    /// The records of this topic, in partition order.
    ///
    /// Bytes that the serdes refuse, a null key or value where the type has none, and timestamps before 1970 are failures
    /// at the stages `decode` and `timestamp`: see ``ErrorPolicy``.
    ///
    /// - Parameter timestamp: takes a record's time from its content; nil means the record's own timestamp.
    /// - Returns: the records, which count as lying in the partitions of their keys.
    @inlinable public func stream(
        timestamp: (@Sendable (Record<Key, Value>) throws -> Timestamp)? = nil
    ) -> KStream<Key, Value> {
        let role = PlanNode.Role.source(
            topic: name, serdes: "\(key.description) \(value.description)", isTable: false)
        let node = PlanNode(name, role) { [self] wiring, node in
            let forward = try wiring.downstream(of: node, carrying: Record<Key, Value>.self)
            let decoder = RecordDecoder(wiring.context, step: wiring.label(of: node), key, value, timestamp)
            wiring.enter(name) { raw in
                if let record = try decoder.decode(raw) { try forward(record) }
            }
        }
        return KStream(node: node, formats: Formats(key: key, value: value))
    }
}

/// Makes typed records of what a source reads; deals with what cannot be read.
@usableFromInline final class RecordDecoder<Key: Sendable, Value: Sendable> {
    @usableFromInline let context: TaskContext
    @usableFromInline let step: String
    @usableFromInline let key: Serde<Key>
    @usableFromInline let value: Serde<Value>
    @usableFromInline let timestamp: (@Sendable (Record<Key, Value>) throws -> Timestamp)?

    @usableFromInline init(
        _ context: TaskContext, step: String, _ key: Serde<Key>, _ value: Serde<Value>,
        _ timestamp: (@Sendable (Record<Key, Value>) throws -> Timestamp)? = nil
    ) {
        self.context = context
        self.step = step
        self.key = key
        self.value = value
        self.timestamp = timestamp
    }

    /// The record of `raw`, or nil when it is done with.
    @inlinable func decode(_ raw: LogRecord) throws -> Record<Key, Value>? {
        var record: Record<Key, Value>
        do {
            record = Record(
                key: try key.decode(raw.key), value: try value.decode(raw.value), timestamp: raw.timestamp)
        } catch {
            try refuse(raw, error)
            return nil
        }
        if let timestamp {
            do { record.timestamp = try timestamp(record) } catch {
                try context.fail(error, at: step, .timestamp)
                return nil
            }
        }
        guard (0...Timestamp.latest.milliseconds).contains(record.timestamp.milliseconds) else {
            try context.fail(InvalidTimestamp(timestamp: record.timestamp), at: step, .timestamp)
            return nil
        }
        context.observe(record.timestamp)
        return record
    }

    /// Says which of the two halves was refused, and why, or both.
    @inline(never) @usableFromInline func refuse(_ raw: LogRecord, _ error: any Error) throws {
        var reasons: [String] = []
        do { _ = try key.decode(raw.key) } catch { reasons.append("key: \(error)") }
        do { _ = try value.decode(raw.value) } catch { reasons.append("value: \(error)") }
        let reason = reasons.isEmpty ? "\(error)" : reasons.joined(separator: "; ")
        try context.fail(UndecodableRecord(description: reason), at: step, .decode)
    }
}

/// A record that its topic's serdes refuse.
struct UndecodableRecord: Error, CustomStringConvertible {
    let description: String
}

/// A record without a usable time.
@usableFromInline struct InvalidTimestamp: Error, CustomStringConvertible {
    let timestamp: Timestamp

    @usableFromInline init(timestamp: Timestamp) { self.timestamp = timestamp }

    @usableFromInline var description: String {
        timestamp.milliseconds < 0
            ? "timestamp \(timestamp) is before 1970: let the producer set one, or pass 'timestamp:' to 'stream'"
            : "timestamp \(timestamp) ms is after the year 9999: are these microseconds? Pass 'timestamp:' to 'stream'"
    }
}
