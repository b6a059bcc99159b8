import EventLog
import Foundation
import Observability
import StreamCore
import Topology

/// A folder of a test's own with an embedded log in it; removed at the end.
final class Workplace: Sendable {
    let folder: String

    init() {
        folder = NSTemporaryDirectory() + "tributary-test-" + UUID().uuidString
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func log() throws -> EmbeddedEventLog { try EmbeddedEventLog(dataDirectory: folder) }

    func options(untilIdle: Bool = true) -> RuntimeOptions {
        var options = RuntimeOptions(stateDirectory: folder + "/state", manifestDirectory: folder + "/applications")
        options.untilIdle = untilIdle
        return options
    }

    /// Runs `topology` until it is idle; returns what was counted.
    @discardableResult
    func run(_ topology: StreamTopology, adjust: (inout RuntimeOptions) -> Void = { _ in }) throws -> Counters {
        var options = options()
        adjust(&options)
        let runtime = StreamRuntime(topology, on: try log(), options: options, journal: .silent)
        try runtime.run()
        return runtime.counters
    }

    /// Appends records to `topic`, each in the partition of its key.
    func produce<Key, Value>(_ topic: Topic<Key, Value>, _ records: [(Key, Value, Int64)]) throws {
        let log = try log()
        let partitions = try log.topic(topic.name)?.partitions ?? 1
        var buffer = RecordBuffer()
        for (key, value, timestamp) in records {
            let key = try topic.key.encode(key)
            buffer.append(
                to: TopicPartition(topic.name, key.map { Murmur2.partition($0, of: partitions) } ?? 0), key: key,
                value: try topic.value.encode(value), timestamp: Timestamp(milliseconds: timestamp))
        }
        try log.append(buffer)
    }

    /// All records of `topic`, partition by partition.
    func read(_ topic: String) throws -> [LogRecord] {
        let log = try log()
        guard let description = try log.topic(topic) else { return [] }
        let reader = try log.makeReader(isolation: .committed)
        var records: [LogRecord] = []
        for number in 0..<description.partitions {
            let partition = TopicPartition(topic, number)
            let offsets = try log.offsets(of: partition, isolation: .committed)
            try reader.open(partition, at: offsets.start)
            var position = offsets.start
            while position < offsets.end {
                let batch = try reader.read(partition, maxRecords: 10_000, maxBytes: 16 << 20)
                records += batch.records
                position = batch.nextOffset
            }
        }
        return records
    }

    /// The typed records of `topic`.
    func read<Key, Value>(_ topic: Topic<Key, Value>) throws -> [Record<Key, Value>] {
        try read(topic.name).map {
            Record(key: try topic.key.decode($0.key), value: try topic.value.decode($0.value), timestamp: $0.timestamp)
        }
    }
}
