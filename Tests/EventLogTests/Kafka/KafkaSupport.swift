import EventLog
import StreamCore
import Synchronization

/// Log lines as they come in, from any thread.
final class Lines: Sendable {
    private let lines = Mutex<[KafkaLogLine]>([])

    func add(_ line: KafkaLogLine) { lines.withLock { $0.append(line) } }

    var all: [KafkaLogLine] { lines.withLock { $0 } }
}

extension LogReader {
    /// Reads what is there of `source` until `count` records came.
    func collect(_ source: TopicPartition, _ count: Int) throws -> [LogRecord] {
        var records: [LogRecord] = []
        return try eventually("\(count) records of \(source)") {
            let batch = try read(source, maxRecords: 1_000, maxBytes: 1 << 20)
            records += batch.records
            if batch.records.isEmpty { wait(upTo: .milliseconds(20)) }
            return records.count >= count ? records : nil
        }
    }
}
