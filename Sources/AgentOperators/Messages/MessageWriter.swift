public import StreamCore
public import Topology

/// Writes messages to any topic and partition, as part of the task's next commit.
///
/// For destinations that others name: one that does not exist, or does not take the message, stops nothing. The message
/// becomes a dead letter, or whatever the writer's owner does with it. Belongs to the task's thread.
public final class MessageWriter {
    /// Deals with a message that cannot be written.
    public typealias RefusalHandler = (RefusedOutput) throws -> Void

    private let context: TaskContext
    private let step: String
    private let codec: any MessageCodec
    private let onRefusal: RefusalHandler
    private var topics: [String: Int32] = [:]
    /// Does not keep the writer alive: the context holds it until the commit.
    private lazy var handle: RefusalHandler = { [weak self] output in try self?.noteRefusal(output) }
    /// Where messages were refused, and until when none is tried there: each try would undo a commit.
    private var refused: [TopicPartition: (until: Timestamp, reason: String)] = [:]

    /// How long a destination that refused a message gets no other.
    private static let pause = Duration.seconds(5)

    /// A writer for `step`.
    ///
    /// - Parameters:
    ///   - context: the task's.
    ///   - step: names the step in counters and dead letters.
    ///   - codec: how messages look.
    ///   - onRefusal: called on the task's thread for a message that cannot be written, at once or when a commit shows it;
    ///     what it stores, forwards and sends is part of the same commit. Nil sends a dead letter, stage `produce`.
    public init(
        _ context: TaskContext, step: String, codec: any MessageCodec = NativeMessageCodec(),
        onRefusal: RefusalHandler? = nil
    ) {
        self.context = context
        self.step = step
        self.codec = codec
        self.onRefusal = onRefusal ?? { context.bury($0, at: step) }
    }

    /// Writes `message` to `address`; without a partition there, to that of the message's key.
    ///
    /// - Throws: what the codec throws when the message cannot be said in its form, and what the refusal handler throws.
    public func send(_ message: AgentMessage, to address: MessageAddress, at timestamp: Timestamp) throws {
        try send(try codec.write(message), to: address, at: timestamp)
    }

    /// Writes `record` to `address`; without a partition there, to that of the record's key.
    ///
    /// - Throws: what the refusal handler throws.
    public func send(_ record: MessageRecord, to address: MessageAddress, at timestamp: Timestamp) throws {
        guard let partition = address.partition ?? partition(of: record.key, in: address.topic) else {
            return try refuse(
                record, TopicPartition(address.topic, 0), timestamp, "topic '\(address.topic)' does not exist")
        }
        let place = TopicPartition(address.topic, partition)
        if let known = refused[place] {
            if context.clock.now() < known.until { return try refuse(record, place, timestamp, known.reason) }
            refused[place] = nil
        }
        if let reason = tooLarge(record, for: address.topic) {
            return try refuse(record, place, timestamp, reason, isTooLarge: true)
        }
        let output = LogRecord(
            offset: -1, timestamp: timestamp, key: record.key, value: record.value, headers: record.headers)
        context.appendRefusable(topic: index(of: address.topic), partition: partition, output, handle)
    }

    private func partition(of key: Bytes?, in topic: String) -> Int32? {
        guard let count = context.partitions(of: topic), count > 0 else { return nil }
        return key.map { Murmur2.partition($0, of: count) } ?? context.task.partition % count
    }

    private func tooLarge(_ record: MessageRecord, for topic: String) -> String? {
        guard let limit = context.maxRecordBytes(of: topic) else { return nil }
        let size = (record.key?.count ?? 0) + (record.value?.count ?? 0) + record.headers.byteCount
        return size > limit ? "the record has \(size) bytes, topic '\(topic)' takes \(limit)" : nil
    }

    private func index(of topic: String) -> Int32 {
        if let index = topics[topic] { return index }
        let index = context.outputs.topicIndex(topic)
        topics[topic] = index
        return index
    }

    /// Takes a message that the log did not take.
    private func noteRefusal(_ output: RefusedOutput) throws {
        // Names come from others: they must not fill memory.
        if refused.count >= 1_024 { refused.removeAll() }
        if !output.isTooLarge { refused[output.destination] = (context.clock.now() + Self.pause, output.reason) }
        try onRefusal(output)
    }

    private func refuse(
        _ record: MessageRecord, _ place: TopicPartition, _ timestamp: Timestamp, _ reason: String,
        isTooLarge: Bool = false
    ) throws {
        try onRefusal(
            RefusedOutput(
                destination: place,
                record: LogRecord(
                    offset: -1, timestamp: timestamp, key: record.key, value: record.value, headers: record.headers),
                reason: reason, isTooLarge: isTooLarge))
    }
}

extension TaskContext {
    /// Makes a message that cannot be written a dead letter, and counts it.
    func bury(_ refused: RefusedOutput, at step: String) {
        count("messages_refused", step: step, reason: refused.isTooLarge ? "too large" : "no such place")
        sendDeadLetter(refused.record, from: refused.destination, at: step, .produce, message: refused.reason)
    }
}
