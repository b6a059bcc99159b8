import CRdKafka
import EventLog
import StreamCore

/// librdkafka's mock cluster: brokers in this process that speak Kafka's protocol on ports of their own.
///
/// What it cannot do (2.0.2): create topics by request, transactions that abort, compaction, more than 5 MiB a
/// partition; an empty answer to a fetch always takes the whole `fetch.wait.max.ms`.
final class MockCluster: @unchecked Sendable {  // librdkafka's mock API may be called from any thread.
    private let owner: OpaquePointer
    private let cluster: OpaquePointer
    /// Where the brokers listen.
    let bootstrapServers: String
    /// How many brokers there are; they are numbered from 1.
    let brokers: Int32

    init(brokers: Int32 = 1) throws {
        let settings = rd_kafka_conf_new()
        rd_kafka_conf_set_log_cb(settings, nil)
        guard let owner = rd_kafka_new(RD_KAFKA_PRODUCER, settings, nil, 0) else { throw MockFailure() }
        guard let cluster = rd_kafka_mock_cluster_new(owner, brokers) else {
            rd_kafka_destroy(owner)
            throw MockFailure()
        }
        self.owner = owner
        self.cluster = cluster
        self.brokers = brokers
        bootstrapServers = String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
    }

    deinit {
        rd_kafka_mock_cluster_destroy(cluster)
        rd_kafka_destroy(owner)
    }

    /// A configuration for this cluster with short timeouts and without log output.
    func configuration(_ properties: [String: String] = [:]) -> KafkaConfiguration {
        var configuration = KafkaConfiguration(bootstrapServers: bootstrapServers)
        configuration.properties = ["fetch.wait.max.ms": "10"].merging(properties) { $1 }
        configuration.requestTimeout = .seconds(10)
        configuration.deliveryTimeout = .seconds(10)
        configuration.log = { _ in }
        return configuration
    }

    /// A log on this cluster.
    func log(_ properties: [String: String] = [:]) throws -> KafkaEventLog {
        try KafkaEventLog(configuration(properties))
    }

    /// Creates a topic.
    func createTopic(_ name: String, partitions: Int32 = 1) throws {
        guard rd_kafka_mock_topic_create(cluster, name, partitions, 1) == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw MockFailure()
        }
    }

    /// Creates a topic of one partition, unless it is there.
    func ensureTopic(_ name: String, partitions: Int32 = 1) throws {
        let error = rd_kafka_mock_topic_create(cluster, name, partitions, 1)
        guard [RD_KAFKA_RESP_ERR_NO_ERROR, RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS].contains(error) else {
            throw MockFailure()
        }
    }

    /// Properties with which a group settles in seconds: a mock cluster waits for a session before each new generation.
    static let quickGroups = ["session.timeout.ms": "3000", "heartbeat.interval.ms": "300"]

    /// Creates the tasks topic of `group`, unless it is there: a mock cluster cannot be asked to.
    func createTasksTopic(of group: GroupSpecification) throws {
        try ensureTopic("\(group.application)-tasks", partitions: Int32(group.tasks.count))
    }

    /// Closes every connection of all brokers and refuses new ones.
    func takeDown() { for broker in 1...brokers { takeDown(broker) } }

    /// Closes every connection of one broker and refuses new ones.
    func takeDown(_ broker: Int32) { rd_kafka_mock_broker_set_down(cluster, broker) }

    /// Lets all brokers accept connections again.
    func bringUp() { for broker in 1...brokers { bringUp(broker) } }

    /// Lets one broker accept connections again.
    func bringUp(_ broker: Int32) { rd_kafka_mock_broker_set_up(cluster, broker) }

    /// Delays everything a broker says.
    func delay(byMilliseconds milliseconds: Int32) {
        for broker in 1...brokers { rd_kafka_mock_broker_set_rtt(cluster, broker, milliseconds) }
    }

    /// Makes the next requests of one kind fail with `errors`, one after the other.
    func fail(_ request: MockRequest, with errors: [rd_kafka_resp_err_t]) {
        rd_kafka_mock_push_request_errors_array(cluster, request.rawValue, errors.count, errors)
    }

    /// Makes a topic answer every question with `error`.
    func fail(topic: String, with error: rd_kafka_resp_err_t) { rd_kafka_mock_topic_set_error(cluster, topic, error) }

    /// Makes another broker the one that groups of this name turn to.
    func coordinate(group: String, by broker: Int32) {
        rd_kafka_mock_coordinator_set(cluster, "group", group, broker)
    }

    /// Makes another broker the one that producers with this transactional id turn to.
    func coordinate(transactions id: String, by broker: Int32) {
        rd_kafka_mock_coordinator_set(cluster, "transaction", id, broker)
    }

    /// Makes another broker the leader of a partition.
    func lead(_ place: TopicPartition, by broker: Int32) {
        rd_kafka_mock_partition_set_leader(cluster, place.topic, place.partition, broker)
    }
}

/// Kafka's numbers for kinds of requests.
enum MockRequest: Int16 {
    case produce = 0
    case fetch = 1
    case listOffsets = 2
    case metadata = 3
    case offsetCommit = 8
    case offsetFetch = 9
    case findCoordinator = 10
    case joinGroup = 11
    case heartbeat = 12
    case syncGroup = 14
    case initProducerID = 22
    case addPartitions = 24
    case addOffsets = 25
    case endTransaction = 26
    case transactionalPositions = 28
}

/// The mock cluster did not do what it was told.
struct MockFailure: Error {}
