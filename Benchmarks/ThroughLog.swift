import EventLog
import Foundation
import Observability
import StreamCore
import StreamDSL

/// Runs a workload as an application runs: records in the embedded log, outputs and state committed to it.
struct ThroughLog {
    let folder: String

    func measure(_ workload: Workload) throws -> Measurement {
        let log = try EmbeddedEventLog(dataDirectory: folder)
        let topology = try workload.topology()
        for topic in topology.externalSources { try log.createTopic(TopicSpecification(topic, partitions: 4)) }
        try fill(log, workload.preparation + workload.input)
        var options = RuntimeOptions(stateDirectory: folder + "/state", workers: 2)
        options.untilIdle = true
        let runtime = StreamRuntime(topology, on: log, options: options, journal: .silent)
        return try Measurement.of {
            try runtime.run()
            return runtime.counters["records_processed"]
        }
    }

    private func fill(_ log: EmbeddedEventLog, _ batches: [RecordBatch]) throws {
        var buffer = RecordBuffer()
        for batch in batches {
            for record in batch.records {
                guard let key = record.key else { continue }
                buffer.append(
                    to: TopicPartition(batch.source.topic, Murmur2.partition(key, of: 4)), key: key,
                    value: record.value, timestamp: record.timestamp)
            }
            if buffer.count >= 50_000 {
                try log.append(buffer)
                buffer.removeAll()
            }
        }
        try log.append(buffer)
    }
}
