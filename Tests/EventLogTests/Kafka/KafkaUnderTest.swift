import EventLog
import Foundation
import StreamCore

extension LogUnderTest {
    /// The Kafka log on a mock cluster of its own.
    ///
    /// Its members share tasks and commit; but aborted records are there, and positions of transactions are not.
    static let mockKafka = LogUnderTest(
        name: "kafka on a mock cluster", capabilities: [.groups, .rebalancing]
    ) { try MockKafkaHost() }

    /// The Kafka log on the cluster that `KAFKA_BOOTSTRAP_SERVERS` names; none when it is not set.
    static let realKafka: [LogUnderTest] =
        RealKafka.servers.map { servers in
            LogUnderTest(
                name: "kafka at \(servers)",
                capabilities: [
                    .createTopics, .deleteTopics, .topicSettings, .forgetGroup, .durable, .groups, .rebalancing,
                    .planCheck, .tasksFailAlone, .transactions,
                ]
            ) { try RealKafkaHost(servers) }
        }.map { [$0] } ?? []
}

/// A mock cluster as an environment for the conformance suite.
final class MockKafkaHost: LogHost {
    private let mock: MockCluster

    init() throws { mock = try MockCluster() }

    var recordLimit: Int { 1_000_000 }

    func open() throws -> any EventLog { try mock.log(MockCluster.quickGroups) }

    func createTopic(_ specification: TopicSpecification) throws {
        try mock.createTopic(specification.name, partitions: specification.partitions)
    }

    func prepare(_ group: GroupSpecification) throws {
        try mock.createTasksTopic(of: group)
    }

    func stop() {}
}

/// The cluster that the environment offers for tests.
enum RealKafka {
    /// Its bootstrap servers.
    static let servers = ProcessInfo.processInfo.environment["KAFKA_BOOTSTRAP_SERVERS"]

    /// A configuration for it.
    static func configuration(_ servers: String) -> KafkaConfiguration {
        var configuration = KafkaConfiguration(bootstrapServers: servers)
        configuration.log = { _ in }
        return configuration
    }
}

/// A prefix of names in a cluster that others use, too.
final class RealKafkaHost: LogHost {
    private let servers: String
    private let prefix = "tributary-test-\(UInt64.random(in: 0 ... .max))-"

    init(_ servers: String) throws { self.servers = servers }

    var recordLimit: Int { 1_000_000 }

    var prefixLength: Int { prefix.utf8.count }

    func open() throws -> any EventLog {
        PrefixedLog(log: try KafkaEventLog(RealKafka.configuration(servers)), prefix: prefix)
    }

    func createTopic(_ specification: TopicSpecification) throws { _ = try open().createTopic(specification) }

    func stop() {
        guard let log = try? open(), let topics = try? log.topics() else { return }
        for topic in topics { try? log.deleteTopic(topic.name) }
    }
}
