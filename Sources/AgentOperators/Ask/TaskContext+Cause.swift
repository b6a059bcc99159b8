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
        var headers = Headers(current.headers.entries.map { Headers.Entry(name: $0.name, value: $0.value?.compact) })
        // What comes of it was caused by this task's work on the record, not by whoever wrote the record.
        if let trace {
            trace.write(to: &headers)
            headers.set(TraceCause.header, TraceCause.text(source, current.offset))
        }
        return (
            source,
            LogRecord(
                offset: current.offset, timestamp: current.timestamp,
                key: current.key == key ? key : current.key?.compact,
                value: current.value == request ? request : current.value?.compact, headers: headers)
        )
    }
}
