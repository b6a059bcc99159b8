import CRdKafka
import StreamCore
import Testing

@testable import EventLog

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

    @Test func `a producer fences the one before it, and what that one left open is aborted`() throws {
        try run { log in
            let (input, output) = (TopicPartition("in", 0), TopicPartition("out", 0))
            for topic in ["in", "out"] { try log.createTopic(TopicSpecification(topic, partitions: 1)) }
            let prefix = try #require(log as? PrefixedLog).prefix
            let cluster = try KafkaCluster(RealKafka.configuration(try #require(RealKafka.servers)))
            let place = TopicPartition(prefix + output.topic, 0)
            let first = try KafkaTransactions(id: prefix + "0", timeout: .seconds(10), cluster)
            try persist { () throws(TransactionFailure) in try first.initialize() }
            try first.begin()
            try first.send(RecordBuffer([Sample("k", "zombie")], to: place))
            _ = try first.flush()
            let second = try KafkaTransactions(id: prefix + "0", timeout: .seconds(10), cluster)
            try persist { () throws(TransactionFailure) in try second.initialize() }
            let token = KafkaTransactionTests.token(member: "", generation: -1)
            let fenced = kind { () throws(TransactionFailure) in
                try first.sendPositions(
                    [TopicPartition(prefix + input.topic, 0): CommittedPosition(offset: 1)], group: prefix + "app",
                    token)
            }
            #expect(fenced == .producerFenced)
            try second.begin()
            try second.send(RecordBuffer([Sample("k", "v")], to: place))
            _ = try second.flush()
            try persist { () throws(TransactionFailure) in try second.commit() }
            #expect(try log.samples(of: output, count: 1) == [Sample("k", "v")])
        }
    }

    @Test func `the group refuses a token of an earlier generation and of nobody it knows`() throws {
        try run { log in
            try log.createTopic(TopicSpecification("in", partitions: 1))
            let prefix = try #require(log as? PrefixedLog).prefix
            let kafka = try #require((log as? PrefixedLog)?.log as? KafkaEventLog)
            var group = GroupSpecification.sample(tasks: 2)
            group.application = prefix + group.application
            let groups = try KafkaGroupCluster(kafka, group: group.application)
            let topic = "\(group.application)-tasks"
            try groups.prepareTasksTopic(topic, partitions: 1)
            try groups.prepareTasksTopic(topic, partitions: 2)
            try groups.prepareTasksTopic(topic, partitions: 1)
            #expect(try kafka.topic(topic)?.partitions == 2)
            #expect(try groups.hasMembers(group: group.application) == false)
            let members = try (0..<2).map { _ in try groups.makeMembership(group, tasksTopic: topic) }
            defer { for member in members { member.leave { _ in } } }
            var tokens: [[MembershipToken]] = [[], []]
            _ = try eventually("two generations") {
                for (number, member) in members.enumerated() {
                    try member.poll { change in
                        switch change {
                        case .granted(_, let token), .revoked(_, let token): tokens[number].append(token)
                        case .lost: break
                        }
                    }
                }
                let last = tokens.compactMap(\.last?.generation)
                return last.count == 2 && last[0] == last[1] && last[0] > tokens[0][0].generation ? true : nil
            }
            #expect(try groups.hasMembers(group: group.application) == true)
            let producer = try groups.makeTransactions(id: prefix + "0", timeout: .seconds(10))
            try persist { () throws(TransactionFailure) in try producer.initialize() }
            let positions = [TopicPartition(prefix + "in", 0): CommittedPosition(offset: 1, metadata: "m")]
            let stranger = KafkaTransactionTests.token(of: group.application, member: "stranger", generation: 1)
            for token in [tokens[0][0], stranger] {
                let refused = kind { () throws(TransactionFailure) in
                    try producer.begin()
                    try producer.sendPositions(positions, group: group.application, token)
                }
                #expect(refused == .memberFenced)
                try persist { () throws(TransactionFailure) in try producer.abort() }
            }
            try producer.begin()
            try producer.sendPositions(positions, group: group.application, try #require(tokens[0].last))
            // As long as it is open nobody may start from what was committed before.
            try expectError(.busy) {
                _ = try groups.stablePositions(group: group.application, Array(positions.keys))
            }
            try persist { () throws(TransactionFailure) in try producer.commit() }
            #expect(try groups.stablePositions(group: group.application, Array(positions.keys)) == positions)
        }
    }
}
