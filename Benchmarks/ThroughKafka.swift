import EventLog
import Foundation
import Observability
import StreamCore
import StreamDSL
import Topology

/// Runs workloads on brokers: those that `KAFKA_BOOTSTRAP_SERVERS` names, else mock brokers in a process of their own, whose
/// processor time is not counted.
///
/// The mock keeps 5 MiB of a partition, hence many partitions, and forgets positions, hence the end by a count of records.
struct ThroughKafka {
    let servers: String
    let isMock: Bool
    private let mock: Process?
    static let mockPartitions: Int32 = 96
    static let brokerPartitions: Int32 = 4

    var partitions: Int32 { isMock ? Self.mockPartitions : Self.brokerPartitions }

    /// Finds or starts brokers.
    init() throws {
        if let servers = ProcessInfo.processInfo.environment["KAFKA_BOOTSTRAP_SERVERS"] {
            (self.servers, isMock, mock) = (servers, false, nil)
            return
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments = ["mock-brokers"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var told = ""
        while !told.contains("\n") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw CocoaError(.fileReadUnknown) }
            told += String(decoding: data, as: UTF8.self)
        }
        servers = String(told.dropFirst("bootstrap ".count).prefix { $0 != "\n" })
        (isMock, mock) = (true, process)
    }

    /// Ends the mock brokers.
    func finish() { mock?.terminate() }

    func log() throws -> KafkaEventLog {
        var configuration = KafkaConfiguration(bootstrapServers: servers)
        if isMock { configuration.properties["fetch.wait.max.ms"] = "20" }
        return try KafkaEventLog(configuration)
    }

    /// Makes `topics` on the brokers.
    func create(_ topics: [TopicSpecification], _ log: KafkaEventLog) throws {
        guard let mock else {
            for topic in topics { try log.createTopic(topic) }
            return
        }
        guard let pipe = mock.standardInput as? Pipe else { return }
        for topic in topics {
            pipe.fileHandleForWriting.write(Data("\(topic.name):\(topic.partitions)\n".utf8))
        }
        // Its metadata tell when they are there.
        let wanted = Set(topics.map(\.name))
        while try !wanted.isSubset(of: Set(log.topics().map(\.name))) {}
    }

    /// Fills the workload's input topics, and makes what the mock cannot be asked to make.
    func prepare(_ workload: Workload, _ log: KafkaEventLog) throws {
        let topology = try workload.topology()
        let sources = topology.externalSources
        var wanted = sources.map { TopicSpecification($0, partitions: partitions) }
        if isMock {
            let counts = Dictionary(uniqueKeysWithValues: (sources + topology.sinks).map { ($0, partitions) })
            let plan = try ExecutionPlan(topology, external: counts)
            wanted += topology.sinks.map { TopicSpecification($0, partitions: partitions) }
            wanted += plan.changelogTopics.map { TopicSpecification($0.name, partitions: $0.partitions) }
            wanted.append(TopicSpecification(topology.deadLetterTopic, partitions: partitions))
            wanted.append(TopicSpecification("\(topology.name)-tasks", partitions: Int32(plan.tasks.count)))
        }
        let known = Set(try log.topics().map(\.name))
        try create(wanted.filter { !known.contains($0.name) }, log)
        for source in sources where !known.contains(source) {
            try fill(log, (workload.preparation + workload.input).filter { $0.source.topic == source })
        }
    }

    private func fill(_ log: KafkaEventLog, _ batches: [RecordBatch]) throws {
        var buffer = RecordBuffer()
        for batch in batches {
            for record in batch.records {
                guard let key = record.key else { continue }
                buffer.append(
                    to: TopicPartition(batch.source.topic, Murmur2.partition(key, of: partitions)), key: key,
                    value: record.value, timestamp: record.timestamp + .milliseconds(1))
            }
            if buffer.count >= 50_000 {
                try log.append(buffer)
                buffer.removeAll()
            }
        }
        try log.append(buffer)
    }

    /// Runs `workload` as one instance with two workers until all of its input is processed and committed.
    func measure(_ workload: Workload, _ guarantee: ProcessingGuarantee, folder: String) async throws -> Measurement {
        let log = try log()
        let topology = try workload.topology()
        var options = RuntimeOptions(stateDirectory: folder + "/state", workers: 2)
        options.guarantee = guarantee
        let runtime = StreamRuntime(topology, on: log, options: options, journal: .silent)
        let total = (workload.preparation + workload.input).reduce(0) { $0 + $1.records.count }
        async let ran: Void = OwnThread.run(named: "benchmark") { try runtime.run() }
        while runtime.counters["records_processed"] == 0 { try await Task.sleep(for: .milliseconds(1)) }
        // From the first commit on: joining takes seconds on mock brokers, and is not what is measured.
        let before = runtime.counters["records_processed"]
        let measurement = try await Measurement.of {
            while runtime.counters["records_processed"] < total { try await Task.sleep(for: .milliseconds(2)) }
            return total - before
        }
        runtime.stop()
        try await ran
        return measurement
    }

    /// Makes brokers that remember forget a former run of `workload`.
    func reset(_ workload: Workload) throws {
        guard !isMock else { return }
        let (log, topology) = (try log(), try workload.topology())
        try? log.forgetGroup(topology.name)
        for topic in try log.topics() where topic.name.hasPrefix("\(topology.name)-") {
            try log.deleteTopic(topic.name)
        }
    }

    /// Removes what the benchmark made on brokers that are not its own.
    func clean(_ workloads: [Workload]) throws {
        guard !isMock else { return }
        let log = try log()
        for topic in try log.topics() where topic.name.hasPrefix(Workload.prefix) { try log.deleteTopic(topic.name) }
        for workload in workloads { try? log.forgetGroup(try workload.topology().name) }
    }
}
