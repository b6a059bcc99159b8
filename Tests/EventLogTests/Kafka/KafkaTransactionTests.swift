import CRdKafka
import StreamCore
import Testing

@testable import EventLog

/// What a transaction comes to when brokers fail, kind by kind, on a mock cluster.
@Suite struct KafkaTransactionTests {
    static let input = TopicPartition("in", 0)
    static let output = TopicPartition("out", 0)

    /// A fault of the brokers and what it must come to.
    struct Case: Sendable, CustomTestStringConvertible {
        let request: MockRequest
        let errors: [rd_kafka_resp_err_t]
        let outcome: Outcome

        init(_ request: MockRequest, _ errors: [rd_kafka_resp_err_t], _ outcome: Outcome) {
            self.request = request
            self.errors = errors
            self.outcome = outcome
        }

        var testDescription: String { "\(request) \(errors.map { String(cString: rd_kafka_err2name($0)) })" }
    }

    enum Outcome: Sendable, Equatable {
        case committed
        case failed(TransactionFailure.Kind, EventLogError.Code)
    }

    @Test(
        arguments: [
            Case(.addPartitions, [RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS], .committed),
            Case(.addPartitions, [RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS], .committed),
            Case(
                .addPartitions, [RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED],
                .failed(.refused(send: 1), .unauthorized)),
            Case(.addPartitions, [RD_KAFKA_RESP_ERR_PRODUCER_FENCED], .failed(.producerFenced, .fenced)),
            Case(.addOffsets, [RD_KAFKA_RESP_ERR_NOT_COORDINATOR], .committed),
            Case(.addOffsets, [RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH], .failed(.producerFenced, .fenced)),
            Case(.addOffsets, [RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED], .failed(.abortable, .unauthorized)),
            Case(.transactionalPositions, [RD_KAFKA_RESP_ERR_NOT_COORDINATOR], .committed),
            Case(.transactionalPositions, [RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION], .failed(.memberFenced, .fenced)),
            Case(.transactionalPositions, [RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID], .failed(.memberFenced, .fenced)),
            Case(.transactionalPositions, [RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID], .failed(.memberFenced, .fenced)),
            Case(
                .transactionalPositions, [RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH], .failed(.producerFenced, .fenced)),
            Case(.endTransaction, [RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE], .committed),
            Case(
                .endTransaction, [RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS],
                .committed),
            Case(.endTransaction, [RD_KAFKA_RESP_ERR_PRODUCER_FENCED], .failed(.outcomeUnknown, .fenced)),
            Case(.endTransaction, [RD_KAFKA_RESP_ERR_INVALID_TXN_STATE], .failed(.outcomeUnknown, .other)),
            Case(.endTransaction, [RD_KAFKA_RESP_ERR_UNKNOWN], .failed(.outcomeUnknown, .other)),
            Case(.endTransaction, [RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING], .failed(.outcomeUnknown, .other)),
            Case(.produce, [RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE], .failed(.refused(send: 1), .recordTooLarge)),
            Case(.produce, [RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION], .committed),
        ])
    func `a broker's failure comes to what it must`(fault: Case) throws {
        let mock = try MockCluster()
        let producer = try Self.producer(mock, "app-0")
        mock.fail(fault.request, with: fault.errors)
        let outcome = try Self.transact(producer)
        #expect(outcome == fault.outcome)
    }

    @Test(arguments: [MockRequest.addPartitions, .transactionalPositions])
    func `after an abort the same producer commits the same content`(request: MockRequest) throws {
        let mock = try MockCluster()
        let producer = try Self.producer(mock, "app-0")
        let error =
            request == .transactionalPositions
            ? RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION : RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED
        for _ in 0..<3 {
            mock.fail(request, with: [error])
            let failed = try Self.transact(producer)
            #expect(failed != .committed)
            try persist { () throws(TransactionFailure) in try producer.abort() }
            let repeated = try Self.transact(producer)
            #expect(repeated == .committed, "\(failed)")
        }
    }

    @Test func `initialising waits for brokers and says when it may not`() throws {
        let mock = try MockCluster()
        mock.fail(
            .initProducerID,
            with: [RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS])
        _ = try Self.producer(mock, "app-0")
        mock.fail(.initProducerID, with: [RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED])
        do {
            _ = try Self.producer(mock, "app-1")
            Issue.record("a producer without the right to its id")
        } catch let failure as TransactionFailure {
            #expect(failure.error.code == .unauthorized)
            #expect(failure.error.message.contains("app-1"))
        }
    }

    @Test func `a commit goes on when the brokers it turns to change`() throws {
        let mock = try MockCluster(brokers: 3)
        let producer = try Self.producer(mock, "app-0")
        for broker in [Int32(1), 2, 3, 1] {
            mock.coordinate(group: "app", by: broker)
            mock.coordinate(transactions: "app-0", by: broker % 3 + 1)
            #expect(try Self.transact(producer) == .committed)
        }
    }

    @Test func `nothing is committed without positions, which nothing would fence`() throws {
        let mock = try MockCluster()
        let producer = try Self.producer(mock, "app-0")
        for positions in [[:], [Self.input: CommittedPosition(offset: -1)]] {
            let failure = kind { () throws(TransactionFailure) in
                try producer.begin()
                try producer.sendPositions(positions, group: "app", Self.token())
            }
            #expect(failure == .abortable)
            try persist { () throws(TransactionFailure) in try producer.abort() }
        }
    }

    @Test func `records wait for room in a full queue`() throws {
        let mock = try MockCluster()
        let producer = try Self.producer(mock, "app-0", ["queue.buffering.max.messages": "50"])
        try producer.begin()
        try producer.send(RecordBuffer(Sample.numbered(0..<2_000), to: Self.output))
        let told = try producer.flush()
        #expect(told.first?[Self.output]?.count == 2_000)
        try producer.sendPositions([Self.input: CommittedPosition(offset: 1)], group: "app", Self.token())
        try persist { () throws(TransactionFailure) in try producer.commit() }
    }

    @Test func `a token is what librdkafka wrote down, and nothing else`() {
        let token = Self.token(member: "tributary-1", generation: 7)
        #expect(token.member == "tributary-1")
        #expect(token.generation == 7)
        #expect(token.isGenuine)
        #expect(token.withKafkaMetadata { MembershipToken.written($0) } == token)
        #expect(!Self.token(member: "", generation: 7).isGenuine)
        #expect(!Self.token(member: "tributary-1", generation: -1).isGenuine)
        for count in 0..<token.content.count {
            let cut = MembershipToken(kafka: Array(token.content.prefix(count)))
            #expect(!cut.isGenuine || cut.withKafkaMetadata { _ in true } == nil)
        }
        #expect(!MembershipToken(kafka: Array("CGMDv1:".utf8) + token.content.dropFirst(7)).isGenuine)
    }
}

// MARK: - Helpers

extension KafkaTransactionTests {
    static func token(
        of group: String = "app", member: String = "member-1", generation: Int32 = 1
    ) -> MembershipToken {
        var content = Array("CGMDv2:".utf8)
        withUnsafeBytes(of: generation) { content += $0 }
        content += Array(group.utf8) + [0] + Array(member.utf8) + [0, 1]
        return MembershipToken(kafka: content)
    }

    static func producer(
        _ mock: MockCluster, _ id: String, _ properties: [String: String] = [:]
    ) throws -> KafkaTransactions {
        for topic in ["in", "out", "other"] { try mock.ensureTopic(topic) }
        let cluster = try KafkaCluster(mock.configuration(properties))
        let producer = try KafkaTransactions(id: id, timeout: .seconds(10), cluster)
        try persist { () throws(TransactionFailure) in try producer.initialize() }
        return producer
    }

    /// One whole transaction: a buffer without records, one with, and positions.
    static func transact(_ producer: KafkaTransactions) throws -> Outcome {
        do {
            try producer.begin()
            try producer.send(RecordBuffer())
            try producer.send(RecordBuffer(Sample.numbered(0..<3), to: output))
            _ = try producer.flush()
            try persist { () throws(TransactionFailure) in
                try producer.sendPositions([input: CommittedPosition(offset: 3)], group: "app", token())
            }
            try persist { () throws(TransactionFailure) in try producer.commit() }
            return .committed
        } catch let failure as TransactionFailure {
            return .failed(failure.kind, failure.error.code)
        }
    }
}

/// Calls `body` again for as long as it asks for that.
func persist(_ body: () throws(TransactionFailure) -> Void) throws {
    _ = try eventually("an end of what may be tried again") { () -> Bool? in
        do throws(TransactionFailure) {
            try body()
            return true
        } catch {
            guard error.kind == .retriable else { throw error }
            return nil
        }
    }
}

/// The kind of failure of `body`; nil when it succeeds.
func kind(_ body: () throws(TransactionFailure) -> Void) -> TransactionFailure.Kind? {
    do throws(TransactionFailure) {
        try body()
        return nil
    } catch {
        return error.kind
    }
}
