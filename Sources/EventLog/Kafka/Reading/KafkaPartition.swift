import CRdKafka
import StreamCore

/// One partition that a reader has open: librdkafka's queue of what was fetched, and where the reader stands.
final class KafkaPartition {
    private let source: TopicPartition
    private let client: KafkaClient
    private let queue: OpaquePointer
    private let signal: WakeSignal
    /// Fetched messages that no read has returned yet, from ``taken`` on.
    private var fetched: [UnsafeMutablePointer<rd_kafka_message_t>] = []
    private var taken = 0
    private var position: Int64 = 0
    /// Why nothing more can be read.
    private var failure: EventLogError?
    /// An error that came by the queue and was not thrown yet.
    private var fault: rd_kafka_resp_err_t?
    private var isStarted = false
    /// The longest that librdkafka's queue was seen since the fetchers were last woken.
    private var longest = 0
    /// How many bytes were taken since then, with what librdkafka needs for a message.
    private var takenBytes = 0
    /// Fewer bytes than this are not worth waking anybody for.
    private static let worthWaking = 1 << 18

    /// The partition `source`, not yet fetched; `signal` is set when there is news.
    init(_ source: TopicPartition, _ client: KafkaClient, _ signal: WakeSignal) throws(EventLogError) {
        let queue = client.use { rd_kafka_queue_get_partition($0, source.topic, source.partition) }
        guard let queue else {
            throw EventLogError(.other, "librdkafka has no queue for the partition", at: source)
        }
        self.source = source
        self.client = client
        self.queue = queue
        self.signal = signal
        // Without this all partitions would go into one queue, where a full partition holds up the others.
        rd_kafka_queue_forward(queue, nil)
        rd_kafka_queue_cb_event_enable(
            queue, { _, opaque in opaque.map { Unmanaged<WakeSignal>.fromOpaque($0).takeUnretainedValue().set() } },
            Unmanaged.passUnretained(signal).toOpaque())
    }

    deinit {
        // The client waits for every reference to its messages and queues when it goes.
        for message in fetched[taken...] { rd_kafka_message_destroy(message) }
        rd_kafka_queue_cb_event_enable(queue, nil, nil)
        rd_kafka_queue_destroy(queue)
    }

    /// Starts fetching at `offset`.
    func start(at offset: Int64) throws(EventLogError) {
        dropQueue()
        position = offset
        let error = assignment(at: offset) { client, list in rd_kafka_incremental_assign(client, list) }
        if let error { throw .kafka(error, "the partition cannot be opened", at: source) }
        isStarted = true
    }

    /// Stops fetching.
    func stop() {
        guard isStarted else { return }
        isStarted = false
        _ = assignment(at: position) { client, list in rd_kafka_incremental_unassign(client, list) }
        dropQueue()
    }

    /// Makes every read fail with `error`.
    func fail(_ error: EventLogError) { failure = error }

    /// What was fetched and not read, at most `maxRecords`, and at most `maxBytes` but at least one record.
    func read(_ room: KafkaMessageRoom, maxRecords: Int, maxBytes: Int) throws(EventLogError) -> RecordBatch {
        room.clear()
        if let failure { throw failure }
        while room.count < maxRecords, let message = next(room, atMost: maxRecords - room.count) {
            if message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR {
                // What came before the error is returned first.
                guard room.isEmpty || message.pointee.err == RD_KAFKA_RESP_ERR__PARTITION_EOF else { break }
                taken += 1
                defer { rd_kafka_message_destroy(message) }
                try receiveError(message.pointee)
                continue
            }
            guard room.take(message, maxBytes: maxBytes) else { break }
            taken += 1
            position = message.pointee.offset + 1
        }
        if room.isEmpty { try throwFault() }
        room.isCutShort = taken < fetched.count || room.count >= maxRecords
        if taken == fetched.count { forgetTaken() }
        wakeFetchers(room)
        return RecordBatch(source: source, records: room.makeRecords(), nextOffset: position)
    }

    /// The next message, still owned by this partition.
    private func next(
        _ room: KafkaMessageRoom, atMost count: Int
    ) -> UnsafeMutablePointer<rd_kafka_message_t>? {
        if taken == fetched.count {
            forgetTaken()
            longest = max(longest, rd_kafka_queue_length(queue))
            room.fetch(queue, atMost: count, into: &fetched)
            if let met = client.events.takeQueueFault() { fault = met }
        }
        return taken < fetched.count ? fetched[taken] : nil
    }

    /// Wakes the fetchers when the queue, which may have been full, is half empty.
    private func wakeFetchers(_ room: KafkaMessageRoom) {
        takenBytes += room.byteCount + room.count * 256
        guard takenBytes >= Self.worthWaking else { return }
        let length = rd_kafka_queue_length(queue)
        guard length <= longest / 2 else { return }
        longest = length
        takenBytes = 0
        client.wakeFetchers()
    }

    private func forgetTaken() {
        fetched.removeAll(keepingCapacity: true)
        taken = 0
    }

    private func receiveError(_ message: rd_kafka_message_t) throws(EventLogError) {
        switch message.err {
        case RD_KAFKA_RESP_ERR__PARTITION_EOF:
            // The end may lie beyond the last record: commit markers, aborted and compacted records have offsets, too.
            position = max(position, message.offset)
        case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
            let error = EventLogError.offsetOutOfRange(position, source)
            failure = error
            throw error
        default:
            let detail = message.payload.map { text in
                String(decoding: UnsafeRawBufferPointer(start: text, count: message.len), as: UTF8.self)
            }
            throw final(.kafka(message.err, "the partition cannot be read", detail: detail, at: source))
        }
    }

    private func throwFault() throws(EventLogError) {
        guard var met = fault else { return }
        fault = nil
        // A topic never loses partitions, but it loses all when it goes.
        if met == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION { met = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART }
        throw final(.kafka(met, "the partition cannot be read", at: source))
    }

    /// `error`, which stays when the topic is gone: one that comes back under its name is another topic.
    private func final(_ error: EventLogError) -> EventLogError {
        if error.code == .unknownTopic || error.code == .partitionOutOfRange { failure = error }
        return error
    }

    /// Throws away what was fetched for an earlier position.
    private func dropQueue() {
        for message in fetched[taken...] { rd_kafka_message_destroy(message) }
        forgetTaken()
        let room = KafkaMessageRoom()
        while room.fetch(queue, atMost: 1_000, into: &fetched) > 0 {
            for message in fetched { rd_kafka_message_destroy(message) }
            forgetTaken()
        }
        _ = client.events.takeQueueFault()
    }

    /// Calls `change` with a list of just this partition; returns what went wrong.
    private func assignment(
        at offset: Int64, _ change: (OpaquePointer, UnsafePointer<rd_kafka_topic_partition_list_t>) -> OpaquePointer?
    ) -> rd_kafka_resp_err_t? {
        guard let list = rd_kafka_topic_partition_list_new(1) else { return RD_KAFKA_RESP_ERR__FAIL }
        defer { rd_kafka_topic_partition_list_destroy(list) }
        rd_kafka_topic_partition_list_add(list, source.topic, source.partition)?.pointee.offset = offset
        guard let error = client.use({ change($0, list) }) else { return nil }
        defer { rd_kafka_error_destroy(error) }
        return rd_kafka_error_code(error)
    }
}
