import EventLog
import Foundation
import StreamCore
import Testing

/// A log that chaos tests run on, and how processes are told of it.
struct ChaosPlace: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// Bootstrap servers; nil for the embedded log.
    let servers: String?
    /// Names the application and its topics.
    let name = "chaos-\(UInt32.random(in: 0 ... .max))"
    let folder = NSTemporaryDirectory() + "tributary-chaos-" + UUID().uuidString

    static let embedded = ChaosPlace(testDescription: "embedded", servers: nil)

    /// The embedded log, and a cluster when `KAFKA_BOOTSTRAP_SERVERS` names one.
    static var all: [ChaosPlace] {
        let servers = ProcessInfo.processInfo.environment["KAFKA_BOOTSTRAP_SERVERS"]
        return [.embedded] + (servers.map { [ChaosPlace(testDescription: "Kafka at \($0)", servers: $0)] } ?? [])
    }

    func log() throws -> any EventLog {
        if let servers { return try KafkaEventLog(KafkaConfiguration(bootstrapServers: servers)) }
        return try EmbeddedEventLog(dataDirectory: folder)
    }

    /// The command line of instance `number`; on Kafka each has a folder of its own, as on a machine of its own.
    func arguments(_ number: Int) -> [String] {
        guard let servers else { return ["run", "--data-dir", folder] }
        return [
            "run", "--bootstrap-servers", servers, "--data-dir", "\(folder)/instance-\(number)", "--session-timeout",
            "6s",
        ]
    }

    var environment: [String: String] { ["TRIBUTARY_CHAOS_NAME": name] }

    /// Removes what the test made, as far as the log lets it.
    func clean() {
        try? FileManager.default.removeItem(atPath: folder)
        guard servers != nil, let log = try? log(), let topics = try? log.topics() else { return }
        for topic in topics where topic.name.hasPrefix(name) { try? log.deleteTopic(topic.name) }
    }

    /// All committed records of `topic`, partition by partition, in order.
    func read(_ topic: String) throws -> [[LogRecord]] {
        let log = try log()
        guard let description = try log.topic(topic) else { return [] }
        let reader = try log.makeReader(isolation: .committed)
        var all: [[LogRecord]] = []
        for number in 0..<description.partitions {
            let partition = TopicPartition(topic, number)
            let offsets = try log.offsets(of: partition, isolation: .committed)
            try reader.open(partition, at: offsets.start)
            var (position, records) = (offsets.start, [LogRecord]())
            let deadline = ContinuousClock.now + .seconds(60)
            while position < offsets.end, ContinuousClock.now < deadline {
                let batch = try reader.read(partition, maxRecords: 10_000, maxBytes: 16 << 20)
                records += batch.records
                if batch.nextOffset == position { reader.wait(upTo: .milliseconds(50)) }
                position = batch.nextOffset
            }
            reader.close(partition)
            all.append(records)
        }
        return all
    }
}
