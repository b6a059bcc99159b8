public import StreamCore
public import Topology

/// Writes a step's records into the task's outputs, for one topic.
@usableFromInline final class RecordEncoder<Key: Sendable, Value: Sendable> {
    @usableFromInline let context: TaskContext
    @usableFromInline let step: String
    @usableFromInline let topic: Int32
    @usableFromInline let partitions: Int32
    @usableFromInline let limit: Int
    @usableFromInline let key: Serde<Key>
    @usableFromInline let value: Serde<Value>
    /// Whether records without a key are dropped: where the key alone decides the partition, they have none.
    @usableFromInline let needsKey: Bool

    @usableFromInline init(
        _ wiring: Wiring, step: String, topic: String, key: Serde<Key>, value: Serde<Value>, needsKey: Bool
    ) {
        context = wiring.context
        self.step = step
        self.topic = wiring.context.outputs.topicIndex(topic)
        partitions = wiring.partitions(of: topic)
        limit = wiring.context.maxRecordBytes(of: topic) ?? .max
        self.key = key
        self.value = value
        self.needsKey = needsKey
    }

    @inlinable func send(_ record: Record<Key, Value>) throws {
        do {
            try write(record)
        } catch {
            try context.fail(error, at: step, error is RecordRefused ? .produce : .encode)
            return
        }
    }

    @inlinable func write(_ record: Record<Key, Value>) throws {
        var isKeyless = false
        try context.outputs.append(topic: topic, timestamp: record.timestamp, headers: context.headers) {
            arena throws in
            let start = arena.count
            let keyLength = try key.write(record.key, into: &arena)
            let valueLength = try value.write(record.value, into: &arena)
            let bytes = arena.count - start + (context.headers.isEmpty ? 0 : context.headers.byteCount)
            if bytes > limit { throw RecordRefused(bytes: bytes, limit: limit) }
            guard let keyLength else {
                isKeyless = true
                return (context.task.partition % partitions, nil, valueLength)
            }
            let partition = Murmur2.partition(
                arena.bytes, in: start..<max(start, start + keyLength - key.unpartitionedSuffix), of: partitions)
            return (partition, keyLength, valueLength)
        }
        if isKeyless, needsKey {
            context.outputs.truncate(to: context.outputs.count - 1)
            context.drop(at: step, reason: "null key")
        }
    }
}

/// A record that its topic does not take.
@usableFromInline struct RecordRefused: Error, CustomStringConvertible {
    let bytes: Int
    let limit: Int

    @usableFromInline init(bytes: Int, limit: Int) {
        self.bytes = bytes
        self.limit = limit
    }

    @usableFromInline var description: String {
        "the record has \(bytes) bytes, its topic takes \(limit): raise the topic's limit or send less"
    }
}
