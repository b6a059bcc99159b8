import CRdKafka
import EventLog
import StreamCore
import Testing

/// What only a real broker can show; the conformance suite runs on it, too.
@Suite(.enabled(if: RealKafka.servers != nil, "KAFKA_BOOTSTRAP_SERVERS is not set"))
struct KafkaBrokerTests {
    /// Runs `body` on topics of its own.
    func run(_ body: (any EventLog) throws -> Void) throws {
        let host = try RealKafkaHost(try #require(RealKafka.servers))
        defer { host.stop() }
        try body(try host.open())
    }

    @Test func `a topic has the settings that it was created with`() throws {
        try run { log in
            for cleanup in [CleanupPolicy.delete, .compact, .compactDelete] {
                let name = cleanup.rawValue.replacing(",", with: "-")
                let created = try log.createTopic(
                    TopicSpecification(name, partitions: 2, cleanup: cleanup, retention: .days(3)))
                #expect(created.cleanup == cleanup)
                #expect(created.retention == .days(3))
                #expect(!created.incarnation.isEmpty)
            }
            try log.createTopic(TopicSpecification("for-ever", partitions: 1))
            #expect(try log.topic("for-ever")?.retention == nil)
        }
    }

    @Test func `a topic's record limit is the broker's to keep`() throws {
        try run { log in
            let place = TopicPartition("small", 0)
            try log.createTopic(TopicSpecification("small", partitions: 1, maxRecordBytes: 2_000))
            try log.append(RecordBuffer([Sample("k", "v")], to: place))
            let large = Sample("k", Bytes((0..<4_000).map { _ in UInt8.random(in: 0...255) }))
            #expect(try errorCode { try log.append(RecordBuffer([large], to: place)) } == .recordTooLarge)
        }
    }

    @Test func `a reader of a deleted topic is told`() throws {
        try run { log in
            let place = TopicPartition("gone", 0)
            try log.createTopic(TopicSpecification("gone", partitions: 1))
            try log.append(RecordBuffer([Sample("k", "v")], to: place))
            let reader = try log.makeReader(isolation: .committed)
            try reader.open(place, at: 0)
            _ = try reader.collect(place, 1)
            try log.deleteTopic("gone")
            let code = try eventually("an error") {
                reader.wait(upTo: .milliseconds(100))
                return try errorCode { _ = try reader.read(place, maxRecords: 1, maxBytes: 1) }
            }
            #expect(code == .unknownTopic)
        }
    }

    @Test func `a group that never was can be forgotten`() throws {
        try run { log in try log.forgetGroup("never-was") }
    }
}
