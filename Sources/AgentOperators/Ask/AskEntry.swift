import StreamCore

/// A request in the journal: all that is needed to ask it again after a crash and to tell its story.
final class AskEntry: Sendable {
    let idempotencyKey: String
    /// The record that caused it: place, key, value and headers as they came.
    let source: TopicPartition
    let record: LogRecord
    /// The step's own key and request, encoded; the record's when they are the same bytes.
    let key: Bytes?
    let request: Bytes?
    let timestamp: Timestamp
    let deadline: Timestamp
    /// The instance whose clock made the deadline.
    let writer: String
    /// The instance that committed the mark that the call starts; nil without such a mark.
    let startedBy: String?
    /// How many bytes it takes: in the journal no more than this, mark included, in memory about as many.
    let byteCount: Int

    init(
        idempotencyKey: String, source: TopicPartition, record: LogRecord, key: Bytes?, request: Bytes?,
        timestamp: Timestamp, deadline: Timestamp, writer: String, startedBy: String? = nil
    ) {
        self.idempotencyKey = idempotencyKey
        self.source = source
        self.record = record
        self.key = key
        self.request = request
        self.timestamp = timestamp
        self.deadline = deadline
        self.writer = writer
        self.startedBy = startedBy
        let shared = idempotencyKey.utf8.count + source.topic.utf8.count + writer.utf8.count
        let cause = (record.key?.count ?? 0) + (record.value?.count ?? 0)
        let own = (key == record.key ? 0 : key?.count ?? 0) + (request == record.value ? 0 : request?.count ?? 0)
        byteCount = record.headers.entries.reduce(Self.overhead + shared + cause + own) {
            $0 + $1.name.utf8.count + ($1.value?.count ?? 0) + 10
        }
    }

    /// More than numbers, lengths and the mark's writer take.
    private static let overhead = 256

    /// The same entry with the mark that its call starts.
    func started(by writer: String) -> AskEntry {
        AskEntry(
            idempotencyKey: idempotencyKey, source: source, record: record, key: key, request: request,
            timestamp: timestamp, deadline: deadline, writer: self.writer, startedBy: writer)
    }
}
