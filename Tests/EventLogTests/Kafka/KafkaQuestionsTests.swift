import CRdKafka
import EventLog
import Foundation
import StreamCore
import Testing

@Suite struct KafkaQuestionsTests {
    static let place = TopicPartition("reviews", 0)

    @Test func `asking for a topic does not create it`() throws {
        let mock = try MockCluster()
        let log = try mock.log()
        #expect(try log.topic("reviews") == nil)
        #expect(try errorCode { try log.append(RecordBuffer(Sample.numbered(1..<2), to: Self.place)) } == .unknownTopic)
        #expect(try errorCode { _ = try log.offsets(of: Self.place, isolation: .committed) } == .unknownTopic)
        #expect(try log.committedPositions(group: "g", [Self.place]) == [:])
        #expect(try log.topics().isEmpty)
    }

    @Test func `positions that a group committed come back with their metadata`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews", partitions: 3)
        let log = try mock.log()
        let member = try OtherConsumer(mock, group: "app")
        try member.commit(TopicPartition("reviews", 0), offset: 7, metadata: "time=5;ü")
        try member.commit(TopicPartition("reviews", 1), offset: 9, metadata: nil)
        let places = (0..<3).map { TopicPartition("reviews", $0) }
        let expected = [
            places[0]: CommittedPosition(offset: 7, metadata: "time=5;ü"), places[1]: CommittedPosition(offset: 9),
        ]
        #expect(try log.committedPositions(group: "app", places + places) == expected)
        #expect(try log.committedPositions(group: "other", places) == [:])
        #expect(try log.committedPositions(group: "app", [places[1]]) == [places[1]: CommittedPosition(offset: 9)])
        #expect(try log.committedPositions(group: "app", []) == [:])
        let impossible = [TopicPartition("reviews\u{0}x", 0), TopicPartition("reviews", -1), TopicPartition("", 0)]
        #expect(try log.committedPositions(group: "app", impossible) == [:])
        #expect(try errorCode { _ = try log.committedPositions(group: "", places) } == .invalidConfiguration)
    }

    @Test func `positions are waited for while a transaction is open`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let log = try mock.log()
        try OtherConsumer(mock, group: "app").commit(Self.place, offset: 7, metadata: nil)
        mock.fail(
            .offsetFetch,
            with: [RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT])
        #expect(try log.committedPositions(group: "app", [Self.place])[Self.place]?.offset == 7)
    }

    @Test func `a group that may not be looked at is unauthorized`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let log = try mock.log()
        mock.fail(.offsetFetch, with: [RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED])
        #expect(try errorCode { _ = try log.committedPositions(group: "app", [Self.place]) } == .unauthorized)
    }

    @Test func `offsets are asked again when the leader has moved`() throws {
        let mock = try MockCluster(brokers: 2)
        try mock.createTopic("reviews")
        let log = try mock.log()
        mock.lead(Self.place, by: 1)
        try log.append(RecordBuffer(Sample.numbered(1..<4), to: Self.place))
        #expect(try log.offsets(of: Self.place, isolation: .committed) == LogOffsets(start: 0, end: 3))
        mock.lead(Self.place, by: 2)
        #expect(try log.offsets(of: Self.place, isolation: .committed) == LogOffsets(start: 0, end: 3))
        mock.fail(.listOffsets, with: [RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION])
        #expect(try log.offsets(of: Self.place, isolation: .uncommitted) == LogOffsets(start: 0, end: 3))
    }

    @Test func `a mark is compared with the log`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let log = try mock.log()
        for _ in 0..<10 {
            let samples = (0..<8).map { _ in Sample("k", Bytes([UInt8](repeating: 7, count: 100_000))) }
            try log.append(RecordBuffer(samples, to: Self.place))
        }
        let incarnation = try #require(try log.topic("reviews")).incarnation
        #expect(!incarnation.isEmpty)
        func verdict(_ position: Int64, _ incarnation: String) throws -> ChangelogVerdict {
            try log.verify(
                ChangelogMark(position: position, commitID: 0, incarnation: incarnation), of: Self.place)
        }
        let offsets = try log.offsets(of: Self.place, isolation: .uncommitted)
        #expect(try verdict(80, incarnation) == .prefix)
        #expect(try verdict(offsets.start, incarnation) == .prefix)
        #expect(try verdict(offsets.start - 1, incarnation) == .belowStart)
        #expect(try verdict(81, incarnation) == .ahead)
        #expect(try verdict(80, "another") == .diverged)
    }

    @Test func `a mock cluster cannot create topics, and says so in time`() throws {
        let mock = try MockCluster()
        var configuration = mock.configuration()
        configuration.requestTimeout = .seconds(1)
        let log = try KafkaEventLog(configuration)
        let code = try errorCode { try log.createTopic(TopicSpecification("reviews", partitions: 1)) }
        #expect(code == .unavailable || code == .unsupported)
        try mock.createTopic("reviews")
        #expect(
            try errorCode { try log.createTopic(TopicSpecification("reviews", partitions: 1)) } == .topicExists)
        #expect(try errorCode { try log.deleteTopic("nowhere") } == .unknownTopic)
        #expect(try errorCode { try log.deleteTopic("reviews\u{0}x") } == .unknownTopic)
        #expect(try errorCode { try log.deleteTopic("reviews") } == .unavailable)
        for name in ["", "app\u{0}x"] {
            #expect(try errorCode { try log.forgetGroup(name) } == .invalidConfiguration)
        }
        #expect(try errorCode { try log.forgetGroup("app") } == .unavailable)
        #expect(try errorCode { try log.createTopic(TopicSpecification("a b", partitions: 1)) } == .invalidTopic)
        #expect(try errorCode { try log.createTopic(TopicSpecification("a", partitions: 0)) } == .invalidTopic)
    }

    @Test func `an application without a name or without a place for its tasks cannot join`() throws {
        let mock = try MockCluster()
        for name in ["", "app\u{0}x"] {
            let group = GroupSpecification(application: name, tasks: [TaskID(0, 0)], fingerprint: "f")
            try expectError(.invalidConfiguration) { _ = try mock.log().join(group) }
        }
        // A mock cluster names no controller: nobody can make the tasks topic.
        let error = try caught { _ = try mock.log().join(.sample("orphan", tasks: 2)) }
        #expect(error?.code == .unavailable)
    }

    @Test func `a cluster that cannot be reached says why`() throws {
        var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:1")
        configuration.requestTimeout = .seconds(1)
        configuration.log = { _ in }
        do {
            _ = try KafkaEventLog(configuration).topics()
            Issue.record("nothing was thrown")
        } catch {
            #expect(error.code == .unavailable)
            #expect("\(error)".contains("127.0.0.1:1") && "\(error)".contains("refused"), "\(error)")
        }
    }

    @Test func `a cluster that does not take the credentials is unauthorized`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let lines = Lines()
        var configuration = mock.configuration([
            "security.protocol": "sasl_plaintext", "sasl.mechanism": "PLAIN", "sasl.username": "me",
            "sasl.password": "hunter2",
        ])
        configuration.requestTimeout = .seconds(2)
        configuration.log = { lines.add($0) }
        let log = try KafkaEventLog(configuration)
        do {
            _ = try log.topics()
            Issue.record("nothing was thrown")
        } catch {
            #expect(error.code == .unauthorized, "\(error)")
            #expect(!error.message.contains("hunter2"))
        }
        #expect(!lines.all.contains { $0.message.contains("hunter2") })
    }

    @Test func `a question to a broker that never answers ends in time`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        var configuration = mock.configuration()
        configuration.requestTimeout = .seconds(1)
        let log = try KafkaEventLog(configuration)
        _ = try log.offsets(of: Self.place, isolation: .committed)
        mock.delay(byMilliseconds: 60_000)
        for question in [
            { _ = try log.offsets(of: Self.place, isolation: .committed) }, { _ = try log.topics() },
            { _ = try log.committedPositions(group: "g", [Self.place]) },
        ] as [() throws -> Void] {
            let clock = ContinuousClock()
            let start = clock.now
            #expect(try errorCode(question) == .unavailable)
            #expect(clock.now - start < patience)
        }
    }
}

/// A consumer of somebody else's that commits positions without being a member.
final class OtherConsumer {
    private let client: OpaquePointer

    init(_ mock: MockCluster, group: String) throws {
        let settings = rd_kafka_conf_new()
        rd_kafka_conf_set_log_cb(settings, nil)
        rd_kafka_conf_set(settings, "bootstrap.servers", mock.bootstrapServers, nil, 0)
        rd_kafka_conf_set(settings, "group.id", group, nil, 0)
        guard let client = rd_kafka_new(RD_KAFKA_CONSUMER, settings, nil, 0) else { throw MockFailure() }
        self.client = client
    }

    deinit { rd_kafka_destroy(client) }

    func commit(_ place: TopicPartition, offset: Int64, metadata: String?) throws {
        let list = rd_kafka_topic_partition_list_new(1)
        defer { rd_kafka_topic_partition_list_destroy(list) }
        let element = rd_kafka_topic_partition_list_add(list, place.topic, place.partition)
        element?.pointee.offset = offset
        if let metadata {
            let bytes = Array(metadata.utf8)
            let copy = malloc(bytes.count)
            copy?.copyMemory(from: bytes, byteCount: bytes.count)
            // The list frees it.
            element?.pointee.metadata = copy
            element?.pointee.metadata_size = bytes.count
        }
        // The coordinator is looked for in the background: not known at first.
        _ = try eventually("a commit") {
            rd_kafka_commit(client, list, 0) == RD_KAFKA_RESP_ERR_NO_ERROR ? true : nil
        }
    }
}
