import CRdKafka
import StreamCore
import Synchronization

/// One cluster as the log and its readers share it: the clients, made when first needed, and what is known of topics.
final class KafkaCluster: Sendable {
    let configuration: KafkaConfiguration

    private struct Clients {
        var questions: [IsolationLevel: KafkaClient] = [:]
        var positions: (group: String, client: KafkaClient)?
        var producer: KafkaProducer?
    }

    private let clients = Mutex(Clients())
    private let known = Mutex<[String: Int32]>([:])
    private let brokers = Mutex<Set<Int32>>([])
    /// Whether the brokers tell the settings of topics; very old ones do not.
    let describesTopics = Atomic<Bool>(true)

    init(_ configuration: KafkaConfiguration) throws(EventLogError) {
        try configuration.check()
        self.configuration = configuration
        // Some settings are only looked at when a client is made: bad ones shall be refused here, not later.
        let client = try KafkaClient(.questions(.uncommitted), configuration)
        clients.withLock { $0.questions[.uncommitted] = client }
    }

    /// The client that asks for offsets and metadata.
    func questions(_ isolation: IsolationLevel = .uncommitted) throws(EventLogError) -> KafkaClient {
        try clients.withLock { clients throws(EventLogError) in
            if let client = clients.questions[isolation] { return client }
            let client = try KafkaClient(.questions(isolation), configuration)
            clients.questions[isolation] = client
            return client
        }
    }

    /// The client that asks for the positions of `group`; the last one asked for is kept.
    func positions(of group: String) throws(EventLogError) -> KafkaClient {
        let former = clients.withLock { $0.positions }
        if let former, former.group == group { return former.client }
        let client = try KafkaClient(.positions(group: group), configuration)
        clients.withLock { $0.positions = (group, client) }
        return client
    }

    /// The producer, a new one when the last one has failed for good.
    func producer() throws(EventLogError) -> KafkaProducer {
        try clients.withLock { clients throws(EventLogError) in
            if let producer = clients.producer, !producer.hasFailed { return producer }
            let producer = try KafkaProducer(configuration)
            clients.producer = producer
            return producer
        }
    }

    /// How many partitions `topic` has, as remembered; the brokers are asked when it is not known, or has too few.
    ///
    /// - Throws: ``EventLogError`` with code `unknownTopic`, or when the brokers cannot be asked.
    func partitions(of topic: String, atLeast count: Int32 = 1) throws(EventLogError) -> Int32 {
        if let partitions = known.withLock({ $0[topic] }), partitions >= count { return partitions }
        guard let partitions = try metadata().topics[topic] else {
            throw EventLogError(
                .unknownTopic,
                "topic '\(topic)' does not exist on \(configuration.bootstrapServers), or these credentials do not see "
                    + "it; create it")
        }
        return partitions
    }

    /// Checks that a partition exists.
    ///
    /// - Throws: ``EventLogError`` with code `unknownTopic` or `partitionOutOfRange`.
    func check(_ place: TopicPartition) throws(EventLogError) {
        let wanted = place.partition == .max ? place.partition : place.partition + 1
        let partitions = try partitions(of: place.topic, atLeast: max(1, wanted))
        guard (0..<partitions).contains(place.partition) else {
            throw EventLogError(
                .partitionOutOfRange,
                "topic '\(place.topic)' has \(partitions) partitions, so there is no partition \(place.partition)",
                at: place)
        }
    }

    /// Forgets what is known of `topic`, so that the brokers are asked again.
    func forget(_ topic: String) { known.withLock { $0[topic] = nil } }

    /// Whether a broker is known to lead the cluster; without one nothing can be administered.
    ///
    /// Right after an election none may be known, and a mock cluster has none; librdkafka waits its whole timeout then.
    func hasController() throws(EventLogError) -> Bool {
        let timeout = configuration.requestTimeout
        let controller = try questions().use { rd_kafka_controllerid($0, timeout.kafkaMilliseconds) }
        return brokers.withLock { $0.contains(controller) }
    }

    /// Asks the brokers for all topics.
    ///
    /// All, not one: asking for one creates it on brokers that are so inclined and too old to be told not to.
    ///
    /// - Throws: ``EventLogError`` with code `unavailable` or `unauthorized`.
    func metadata() throws(EventLogError) -> KafkaMetadata {
        let metadata = try KafkaMetadata(questions(), timeout: configuration.requestTimeout)
        known.withLock { $0 = metadata.topics }
        brokers.withLock { $0 = metadata.brokers }
        return metadata
    }
}
