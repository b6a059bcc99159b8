import CRdKafka
import Dispatch
import EventLog
import Foundation
import StreamCore
import Testing

@Suite struct KafkaReaderTests {
    static let place = TopicPartition("reviews", 0)

    @Test func `many partitions are read by one reader`() throws {
        let mock = try MockCluster(brokers: 3)
        try mock.createTopic("reviews", partitions: 100)
        let log = try mock.log()
        var buffer = RecordBuffer()
        for partition in 0..<100 {
            buffer.add(Sample.numbered(1..<11), to: TopicPartition("reviews", Int32(partition)))
        }
        try log.append(buffer)
        let reader = try log.makeReader(isolation: .committed)
        for partition in 0..<100 { try reader.open(TopicPartition("reviews", Int32(partition)), at: 5) }
        for partition in 0..<100 {
            let records = try reader.collect(TopicPartition("reviews", Int32(partition)), 5)
            #expect(records.map(Sample.init) == Sample.numbered(6..<11))
        }
    }

    @Test func `a partition that is not read holds nobody up and does not end waits`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews", partitions: 2)
        let log = try mock.log()
        let other = TopicPartition("reviews", 1)
        try log.append(RecordBuffer(Sample.numbered(1..<1_001), to: Self.place))
        let reader = try log.makeReader(isolation: .committed)
        try reader.open(Self.place, at: 0)
        try reader.open(other, at: 0)
        // Read a little of it, so that more is known to be there.
        _ = try eventually("a record") {
            try reader.read(Self.place, maxRecords: 1, maxBytes: 1_000).records.first
        }
        for _ in 0..<10 { reader.wait(upTo: .milliseconds(50)) }
        let took = ContinuousClock().measure { reader.wait(upTo: .milliseconds(200)) }
        #expect(took >= .milliseconds(190))
        try log.append(RecordBuffer(Sample.numbered(1..<2), to: other))
        #expect(try reader.collect(other, 1).map(Sample.init) == Sample.numbered(1..<2))
        #expect(try reader.collect(Self.place, 999).map(Sample.init) == Sample.numbered(2..<1_001))
    }

    @Test func `a read that was cut short makes the next wait end at once`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let log = try mock.log()
        try log.append(RecordBuffer(Sample.numbered(1..<101), to: Self.place))
        let reader = try log.makeReader(isolation: .committed)
        try reader.open(Self.place, at: 0)
        var count = 0
        let took = try ContinuousClock().measure {
            while count < 100 {
                reader.wait(upTo: patience)
                count += try reader.read(Self.place, maxRecords: 3, maxBytes: 1_000).records.count
            }
        }
        #expect(took < patience / 2)
    }

    @Test func `an append by another client wakes a reader`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let (writing, reading) = (try mock.log(), try mock.log())
        try writing.append(RecordBuffer(Sample.numbered(1..<2), to: Self.place))
        let reader = try reading.makeReader(isolation: .committed)
        try reader.open(Self.place, at: 0)
        _ = try reader.collect(Self.place, 1)
        var delays: [Duration] = []
        let clock = ContinuousClock()
        for number in 2..<22 {
            while !(try reader.read(Self.place, maxRecords: 10, maxBytes: 1_000).records.isEmpty) {}
            try writing.append(RecordBuffer(Sample.numbered(number..<(number + 1)), to: Self.place))
            let start = clock.now
            while try reader.read(Self.place, maxRecords: 10, maxBytes: 1_000).records.isEmpty {
                reader.wait(upTo: patience)
            }
            delays.append(clock.now - start)
        }
        let median = delays.sorted()[delays.count / 2]
        #expect(median < patience / 2, "\(delays)")
    }

    @Test func `records that are gone are an error for the partition, and it can be opened again`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let log = try mock.log()
        // The mock keeps 5 MiB of a partition: this is 8.
        for _ in 0..<10 {
            let samples = (0..<8).map { _ in Sample("k", Bytes([UInt8](repeating: 7, count: 100_000))) }
            try log.append(RecordBuffer(samples, to: Self.place))
        }
        let offsets = try log.offsets(of: Self.place, isolation: .committed)
        #expect(offsets.start > 0 && offsets.end == 80)
        let reader = try log.makeReader(isolation: .committed)
        for bad in [0, offsets.end + 1, -1, -2, -1_000, .min, .max] {
            try reader.open(Self.place, at: bad)
            for _ in 0..<2 {
                let error = try eventually("an error at \(bad)") { () -> EventLogError? in
                    do {
                        _ = try reader.read(Self.place, maxRecords: 1, maxBytes: 1)
                        return nil
                    } catch { return error as? EventLogError }
                }
                #expect(error.code == .offsetOutOfRange, "\(bad)")
                #expect(error.partition == Self.place)
            }
        }
        try reader.open(Self.place, at: offsets.start)
        let records = try reader.collect(Self.place, Int(offsets.end - offsets.start))
        #expect(records.map(\.offset) == Array(offsets.start..<offsets.end))
    }

    @Test func `nothing read before is there after a partition was opened again`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let log = try mock.log()
        try log.append(RecordBuffer(Sample.numbered(1..<1_001), to: Self.place))
        let reader = try log.makeReader(isolation: .uncommitted)
        for offset in [0, 500, 100, 999, 0] as [Int64] {
            try reader.open(Self.place, at: offset)
            let first = try eventually("a record") {
                try reader.read(Self.place, maxRecords: 3, maxBytes: 1_000).records.first
            }
            #expect(first.offset == offset)
        }
    }

    @Test func `a moved leader and a broker that comes back lose nothing`() throws {
        let mock = try MockCluster(brokers: 2)
        try mock.createTopic("reviews")
        let log = try mock.log(["topic.metadata.refresh.interval.ms": "500"])
        mock.lead(Self.place, by: 1)
        let reader = try log.makeReader(isolation: .committed)
        try reader.open(Self.place, at: 0)
        try log.append(RecordBuffer(Sample.numbered(1..<11), to: Self.place))
        var records = try reader.collect(Self.place, 10)
        mock.lead(Self.place, by: 2)
        try log.append(RecordBuffer(Sample.numbered(11..<21), to: Self.place))
        records += try reader.collect(Self.place, 10)
        mock.takeDown()
        mock.bringUp()
        try log.append(RecordBuffer(Sample.numbered(21..<31), to: Self.place))
        records += try reader.collect(Self.place, 10)
        #expect(records.map(Sample.init) == Sample.numbered(1..<31))
        #expect(records.map(\.offset) == Array(0..<30))
    }

    @Test func `a reader tells that no broker can be reached, and reads on when one is back`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        var configuration = mock.configuration()
        configuration.requestTimeout = .milliseconds(500)
        let log = try KafkaEventLog(configuration)
        try log.append(RecordBuffer(Sample.numbered(1..<2), to: Self.place))
        let reader = try log.makeReader(isolation: .committed)
        try reader.open(Self.place, at: 0)
        _ = try reader.collect(Self.place, 1)
        mock.takeDown()
        let code = try eventually("an error") {
            reader.wait(upTo: .milliseconds(20))
            return try errorCode { _ = try reader.read(Self.place, maxRecords: 1, maxBytes: 1_000) }
        }
        #expect(code == .unavailable)
        mock.bringUp()
        _ = try eventually("an append") {
            try errorCode { try log.append(RecordBuffer(Sample.numbered(2..<3), to: Self.place)) } == nil ? true : nil
        }
        let records = try eventually("a record") { () -> [LogRecord]? in
            let batch = try? reader.read(Self.place, maxRecords: 10, maxBytes: 1_000)
            guard let batch, !batch.records.isEmpty else { return nil }
            return batch.records
        }
        #expect(records.first?.offset == 1)
        for _ in 0..<20 {
            #expect(try errorCode { _ = try reader.read(Self.place, maxRecords: 1, maxBytes: 1_000) } == nil)
            reader.wait(upTo: .milliseconds(50))
        }
    }

    @Test func `a fetch that is refused is unauthorized`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let log = try mock.log()
        try log.append(RecordBuffer(Sample.numbered(1..<2), to: Self.place))
        let reader = try log.makeReader(isolation: .committed)
        mock.fail(.fetch, with: [RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED])
        try reader.open(Self.place, at: 0)
        let code = try eventually("an error") {
            try errorCode { _ = try reader.read(Self.place, maxRecords: 1, maxBytes: 1_000) }
        }
        #expect(code == .unauthorized)
        #expect(try reader.collect(Self.place, 1).count == 1)
    }

    @Test func `a reader of a topic that is gone is told, and stays told`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews")
        let log = try mock.log([
            "topic.metadata.refresh.interval.ms": "100", "topic.metadata.propagation.max.ms": "0",
        ])
        try log.append(RecordBuffer(Sample.numbered(1..<2), to: Self.place))
        let reader = try log.makeReader(isolation: .committed)
        try reader.open(Self.place, at: 0)
        _ = try reader.collect(Self.place, 1)
        mock.fail(topic: "reviews", with: RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        for _ in 0..<2 {
            let code = try eventually("an error") {
                reader.wait(upTo: .milliseconds(20))
                return try errorCode { _ = try reader.read(Self.place, maxRecords: 1, maxBytes: 1_000) }
            }
            #expect(code == .unknownTopic)
        }
    }

    @Test func `readers leave neither threads nor memory behind`() throws {
        let mock = try MockCluster()
        try mock.createTopic("reviews", partitions: 4)
        let log = try mock.log()
        var buffer = RecordBuffer()
        for partition in 0..<4 {
            buffer.add(Sample.numbered(1..<101), to: TopicPartition("reviews", Int32(partition)))
        }
        try log.append(buffer)
        func use() throws {
            let reader = try log.makeReader(isolation: .committed)
            for partition in 0..<4 { try reader.open(TopicPartition("reviews", Int32(partition)), at: 0) }
            // Half of them still hold messages when the reader goes.
            for partition in 0..<2 { _ = try reader.collect(TopicPartition("reviews", Int32(partition)), 50) }
            _ = try reader.read(TopicPartition("reviews", 2), maxRecords: 1, maxBytes: 1)
        }
        try use()
        let before = try threadCount()
        let took = try ContinuousClock().measure { for _ in 0..<20 { try use() } }
        // Other tests of this process start and end threads, too.
        _ = try eventually("the threads' end") { try threadCount() <= before + 20 ? true : nil }
        #expect(took < .seconds(300))
    }

    /// How many threads this process has.
    func threadCount() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
    }
}
