import CRdKafka
import Dispatch
import EventLog
import StreamCore
import Synchronization
import Testing

@Suite struct KafkaAppendTests {
    static let place = TopicPartition("reviews", 0)

    @Test func `a record of the size that is said to fit is taken; the lower limit of a topic and its client counts`()
        throws
    {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let log = try mock.log(["message.max.bytes": "5000"])
        let topic = try #require(try log.topic("reviews"))
        let limit = try #require(log.recordLimit(of: topic))
        #expect((4_000..<5_000).contains(limit))
        let key = Bytes("k")
        try log.append(
            RecordBuffer([Sample(key, Bytes([UInt8](repeating: 7, count: limit - key.count)))], to: Self.place))
        let narrow = TopicDescription(
            name: "reviews", partitions: 1, cleanup: nil, retention: nil, maxRecordBytes: 1_000, incarnation: "")
        #expect(log.recordLimit(of: narrow) == 1_000 - (5_000 - limit))
    }

    @Test func `headers may be null, empty and repeated`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let headers = Headers([
            .init(name: "a", value: nil), .init(name: "a", value: .empty), .init(name: "", value: "x"),
        ])
        let log = try mock.log()
        try log.append(RecordBuffer([Sample("k", nil, headers: headers)], to: Self.place))
        let record = try #require(try log.records(of: Self.place, count: 1).first)
        #expect(record.value == nil)
        #expect(record.headers == headers)
    }

    @Test func `a header name with a zero byte is refused and nothing is written`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let log = try mock.log()
        let headers = Headers([.init(name: "a\u{0}b", value: "x")])
        let buffer = RecordBuffer([Sample("k", "v"), Sample("k", "v", headers: headers)], to: Self.place)
        #expect(try errorCode { try log.append(buffer) } == .unsupported)
        #expect(try log.offsets(of: Self.place, isolation: .committed).end == 0)
    }

    @Test func `a record that is too large is refused before the first is written`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let log = try mock.log(["message.max.bytes": "5000"])
        let large = Sample("k", Bytes([UInt8](repeating: 7, count: 5_000)))
        let refused = try errorCode { try log.append(RecordBuffer([Sample("k", "v"), large], to: Self.place)) }
        #expect(refused == .recordTooLarge)
        #expect(try log.offsets(of: Self.place, isolation: .committed).end == 0)
    }

    @Test func `a record that the broker finds too large is refused with its partition`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews", partitions: 2)
        let log = try mock.log()
        mock.fail(.produce, with: [RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE])
        let place = TopicPartition("reviews", 1)
        do {
            try log.append(RecordBuffer([Sample("k", "v")], to: place))
            Issue.record("nothing was thrown")
        } catch {
            #expect(error.code == .recordTooLarge)
            #expect(error.partition == place)
        }
        #expect(try log.append(RecordBuffer([Sample("k", "v")], to: place)) == [place: 0..<1])
    }

    @Test func `a passing fault of the broker is retried`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let log = try mock.log()
        mock.fail(
            .produce,
            with: [RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION])
        #expect(try log.append(RecordBuffer(Sample.numbered(1..<4), to: Self.place)) == [Self.place: 0..<3])
        #expect(try log.samples(of: Self.place, count: 3) == Sample.numbered(1..<4))
    }

    @Test func `a refusal of the broker is unauthorized`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let log = try mock.log()
        mock.fail(.produce, with: [RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED])
        #expect(
            try errorCode { try log.append(RecordBuffer([Sample("k", "v")], to: Self.place)) } == .unauthorized)
    }

    @Test func `a log without brokers is unavailable in time, and works again when they are back`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        var configuration = mock.configuration()
        configuration.requestTimeout = .seconds(1)
        configuration.deliveryTimeout = .seconds(1)
        let log = try KafkaEventLog(configuration)
        try log.append(RecordBuffer(Sample.numbered(1..<2), to: Self.place))
        mock.takeDown()
        for question in [
            { try log.append(RecordBuffer(Sample.numbered(2..<3), to: Self.place)) },
            { _ = try log.topics() },
            { _ = try log.offsets(of: Self.place, isolation: .committed) },
            { _ = try log.committedPositions(group: "g", [Self.place]) },
        ] as [() throws -> Void] {
            let clock = ContinuousClock()
            let start = clock.now
            #expect(try errorCode(question) == .unavailable)
            #expect(clock.now - start < patience)
        }
        mock.bringUp()
        _ = try eventually("an append") {
            try errorCode { try log.append(RecordBuffer(Sample.numbered(3..<4), to: Self.place)) } == nil ? true : nil
        }
        #expect(try log.topics().map(\.name) == ["reviews"])
    }

    @Test func `an error tells how many records may be written`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        var configuration = mock.configuration()
        configuration.deliveryTimeout = .milliseconds(1_500)
        let log = try KafkaEventLog(configuration)
        try log.append(RecordBuffer(Sample.numbered(1..<2), to: Self.place))
        mock.delay(byMilliseconds: 5_000)
        do {
            try log.append(RecordBuffer(Sample.numbered(1..<4), to: Self.place))
            Issue.record("nothing was thrown")
        } catch {
            #expect(error.code == .unavailable)
            #expect(error.message.contains("0 of 3 records were written"), "\(error)")
            #expect(error.message.contains("3 more may be"), "\(error)")
        }
    }

    @Test func `a full queue is waited for`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let log = try mock.log(["queue.buffering.max.messages": "10"])
        let range = try log.append(RecordBuffer(Sample.numbered(1..<501), to: Self.place))
        #expect(range == [Self.place: 0..<500])
        #expect(try log.samples(of: Self.place, count: 500) == Sample.numbered(1..<501))
    }

    @Test func `a time of 0 becomes 1 and no time becomes now`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let log = try mock.log()
        let before = SystemWallClock().now()
        try log.append(
            RecordBuffer([Sample("k", "v", at: 0), Sample("k", "v", at: -1)], to: Self.place))
        let times = try log.records(of: Self.place, count: 2).map(\.timestamp)
        #expect(times[0] == Timestamp(milliseconds: 1))
        #expect(times[1] >= before - .seconds(1) && times[1] <= SystemWallClock().now() + .seconds(1))
    }

    @Test func `many threads append at once`() throws {
        let mock = try MockCluster(brokers: 3)
        try mock.createTopic("reviews", partitions: 4)
        let log = try mock.log()
        let failures = Mutex<[any Error]>([])
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            do {
                for round in 0..<20 {
                    let start = thread * 1_000 + round * 10 + 1
                    let place = TopicPartition("reviews", Int32(thread % 4))
                    let range = try log.append(RecordBuffer(Sample.numbered(start..<(start + 10)), to: place))
                    if (range[place]?.count ?? 0) < 10 { throw MockFailure() }
                }
            } catch {
                failures.withLock { $0.append(error) }
            }
        }
        #expect(failures.withLock { $0 }.isEmpty)
        for partition in 0..<4 {
            let place = TopicPartition("reviews", Int32(partition))
            let records = try log.records(of: place, count: 400)
            #expect(Set(records.map(\.key)).count == 400)
        }
    }

    @Test func `a topic made after it was missed takes records at once`() throws {
        let mock = try MockCluster()
        let log = try mock.log()
        let buffer = RecordBuffer(Sample.numbered(1..<2), to: Self.place)
        #expect(try errorCode { try log.append(buffer) } == .unknownTopic)
        try mock.createTopic("reviews")
        #expect(try log.append(buffer) == [Self.place: 0..<1])
    }
}
