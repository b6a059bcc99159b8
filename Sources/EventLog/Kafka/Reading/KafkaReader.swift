import CRdKafka
import StreamCore
import Synchronization

/// Reads partitions through one librdkafka consumer that belongs to no group; each partition has a queue of its own.
final class KafkaReader: LogReader {
    private let cluster: KafkaCluster
    private let client: KafkaClient
    private let signal = WakeSignal()
    private let room = KafkaMessageRoom()
    private var partitions: [TopicPartition: KafkaPartition] = [:]
    private var seenOutageReports = 0

    init(_ cluster: KafkaCluster, _ isolation: IsolationLevel) throws(EventLogError) {
        self.cluster = cluster
        // librdkafka assigns partitions only to clients with a group; nobody joins or commits under this name.
        let placeholder = "tributary-reader-\(UInt64.random(in: 0 ... .max))"
        client = try KafkaClient(.reader(isolation, placeholder: placeholder), cluster.configuration)
    }

    deinit {
        for source in partitions.keys { close(source) }
    }

    var wake: @Sendable () -> Void {
        let signal = signal
        return { signal.set() }
    }

    func open(_ source: TopicPartition, at offset: Int64) throws(EventLogError) {
        close(source)
        try cluster.check(source)
        let partition = try KafkaPartition(source, client, signal)
        partitions[source] = partition
        guard offset >= 0 else {
            // librdkafka takes negative offsets for "the end", "the start", "what is stored".
            partition.fail(.offsetOutOfRange(offset, source))
            return
        }
        try partition.start(at: offset)
    }

    func close(_ source: TopicPartition) {
        partitions.removeValue(forKey: source)?.stop()
    }

    func read(_ source: TopicPartition, maxRecords: Int, maxBytes: Int) throws(EventLogError) -> RecordBatch {
        guard let partition = partitions[source] else {
            throw EventLogError(.closed, "partition \(source) is not open in this reader; open it first", at: source)
        }
        let batch = try partition.read(room, maxRecords: maxRecords, maxBytes: maxBytes)
        if batch.records.isEmpty {
            try checkOutage(source)
        } else if room.isCutShort {
            signal.set()
        }
        return batch
    }

    func wait(upTo duration: Duration) { signal.wait(upTo: duration) }

    /// Throws once for each report that no broker can be reached, when that has been so for the request timeout.
    private func checkOutage(_ source: TopicPartition) throws(EventLogError) {
        let reports = client.events.outageReports.load(ordering: .acquiring)
        guard reports != seenOutageReports else { return }
        let timeout = cluster.configuration.requestTimeout
        guard let outage = client.events.outage(at: .now), outage >= timeout else { return }
        seenOutageReports = reports
        throw client.events.explain(
            .kafka(
                RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
                "no broker of \(cluster.configuration.bootstrapServers) could be reached for \(outage)", at: source),
            since: .now - outage)
    }
}

extension EventLogError {
    /// That `offset` is not in `source`.
    static func offsetOutOfRange(_ offset: Int64, _ source: TopicPartition) -> EventLogError {
        EventLogError(
            .offsetOutOfRange,
            "offset \(offset) is before the start or after the end of the partition; its records were deleted, or the "
                + "topic is another one than before",
            at: source)
    }
}
