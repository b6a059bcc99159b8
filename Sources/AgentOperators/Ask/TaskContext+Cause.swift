import StreamCore
import Topology

extension TaskContext {
    /// The input record at hand, in storage of its own: a kept slice would keep its whole batch in memory.
    ///
    /// What a punctuator asks has no input record: what it asks with, `key` and `request`, stands in.
    func cause(
        at timestamp: Timestamp, key: Bytes?, request: Bytes?
    ) -> (source: TopicPartition, record: LogRecord) {
        guard let current else {
            return (
                TopicPartition("", task.partition),
                LogRecord(offset: -1, timestamp: timestamp, key: key, value: request, headers: headers)
            )
        }
        let headers = current.headers.entries.map { Headers.Entry(name: $0.name, value: $0.value?.compact) }
        return (
            source,
            LogRecord(
                offset: current.offset, timestamp: current.timestamp,
                key: current.key == key ? key : current.key?.compact,
                value: current.value == request ? request : current.value?.compact, headers: Headers(headers))
        )
    }
}
