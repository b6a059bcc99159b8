import CRdKafka
import Dispatch
import StreamCore
import Synchronization

/// What becomes of the records of one append, as librdkafka's threads report it.
final class KafkaDelivery: @unchecked Sendable {  // The topics' handles are only compared; the rest is in the mutex.
    /// The offsets of one partition's records.
    private struct Span {
        var first: Int64
        var last: Int64
    }

    private struct State {
        var expected = 0
        var reported = 0
        var failed = 0
        /// How many failed records may be written nevertheless.
        var uncertain = 0
        var failure: (error: rd_kafka_resp_err_t, at: TopicPartition)?
        var spans: [TopicPartition: Span] = [:]
        /// Whether somebody waits for the last report.
        var isAwaited = false
    }

    private let state = Mutex(State())
    private let names: [String]
    private let handles: [OpaquePointer?]
    private let count: Int
    private let progress = DispatchSemaphore(value: 0)
    private let end = DispatchSemaphore(value: 0)

    /// For `records`, whose topics librdkafka knows as `handles`.
    init(_ records: RecordBuffer, _ handles: [OpaquePointer?]) {
        names = records.topics
        count = records.count
        self.handles = handles
    }

    /// A record is about to be sent.
    func expect() { state.withLock { $0.expected += 1 } }

    /// librdkafka did not take a record.
    func refuse(_ entry: RecordBuffer.Entry, _ error: rd_kafka_resp_err_t) {
        let place = TopicPartition(names[Int(entry.topic)], entry.partition)
        finish { state in
            state.failed += 1
            if state.failure == nil { state.failure = (error, place) }
        }
    }

    /// Takes librdkafka's report on one record; on its thread.
    static func report(_ message: UnsafePointer<rd_kafka_message_t>) {
        guard let opaque = message.pointee._private else { return }
        // The status lies behind the message, so it must be asked of the original, not of a copy.
        Unmanaged<KafkaDelivery>.fromOpaque(opaque).takeRetainedValue()
            .receive(message.pointee, rd_kafka_message_status(message))
    }

    private func receive(_ message: rd_kafka_message_t, _ status: rd_kafka_msg_status_t) {
        guard let topic = handles.firstIndex(of: message.rkt) else { return }
        let place = TopicPartition(names[topic], message.partition)
        finish { state in
            guard message.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
                state.failed += 1
                if status == RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED { state.uncertain += 1 }
                // What is thrown out of the queue goes because of another's failure.
                let isPurge = { (error: rd_kafka_resp_err_t) in
                    error == RD_KAFKA_RESP_ERR__PURGE_QUEUE || error == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT
                }
                if state.failure.map({ isPurge($0.error) && !isPurge(message.err) }) ?? true {
                    state.failure = (message.err, place)
                }
                return
            }
            // A retried record can be acknowledged without its offset.
            guard message.offset >= 0 else { return }
            let span = state.spans[place] ?? Span(first: message.offset, last: message.offset)
            state.spans[place] = Span(first: min(span.first, message.offset), last: max(span.last, message.offset))
        }
    }

    private func finish(_ change: (inout State) -> Void) {
        let isLast = state.withLock { state in
            change(&state)
            state.reported += 1
            return state.isAwaited && state.reported == state.expected
        }
        progress.signal()
        if isLast { end.signal() }
    }

    /// Waits until any record was reported, at most `duration`.
    func waitForAny(upTo duration: Duration) {
        _ = progress.wait(timeout: .now() + .milliseconds(Int(duration.milliseconds)))
    }

    /// Waits until every record was reported; false when `deadline` came before.
    func wait(until deadline: ContinuousClock.Instant) -> Bool {
        let isOver = state.withLock { state in
            state.isAwaited = true
            return state.reported == state.expected
        }
        if isOver { return true }
        let rest = (deadline - .now).milliseconds
        return end.wait(timeout: .now() + .milliseconds(Int(max(0, rest)))) == .success
    }

    /// The failure that says most, when any record failed so far.
    var failure: (error: rd_kafka_resp_err_t, at: TopicPartition)? { state.withLock { $0.failure } }

    /// The offsets by partition, as far as they were told.
    var told: [TopicPartition: Range<Int64>] {
        state.withLock { $0.spans }.mapValues { $0.first..<($0.last + 1) }
    }

    /// The offsets by partition.
    ///
    /// - Throws: ``EventLogError`` of the first record that failed, or that not all were acknowledged in time.
    func result(isComplete: Bool, _ timeout: Duration) throws(EventLogError) -> [TopicPartition: Range<Int64>] {
        let state = state.withLock { $0 }
        let written = state.reported - state.failed
        let uncertain = state.uncertain + state.expected - state.reported
        guard isComplete, state.failure == nil else {
            var told = "\(written) of \(count) records were written"
            if uncertain > 0 { told += ", \(uncertain) more may be: appending them again may write them twice" }
            let error = state.failure?.error ?? RD_KAFKA_RESP_ERR__MSG_TIMED_OUT
            throw .kafka(error, "records were not acknowledged within \(timeout); \(told)", at: state.failure?.at)
        }
        return state.spans.mapValues { $0.first..<($0.last + 1) }
    }
}
