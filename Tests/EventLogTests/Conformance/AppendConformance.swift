import EventLog
import StreamCore
import Testing

@Suite struct AppendConformance {
    static let place = TopicPartition("reviews", 0)

    @Test(arguments: LogUnderTest.all)
    func `what was appended is read back as it was`(under: LogUnderTest) throws {
        let headers = Headers([
            .init(name: "a", value: "1"), .init(name: "a", value: nil), .init(name: "", value: Bytes.empty),
            .init(name: "ünï", value: Bytes([0, 255])),
        ])
        let samples = [
            Sample("key", "value"), Sample(nil, "no key"), Sample("tombstone", nil), Sample(nil, nil),
            Sample("empty value", Bytes.empty), Sample(Bytes.empty, "empty key"),
            Sample("headers", "x", headers: headers),
            Sample("binary", Bytes([0, 1, 254, 255])), Sample("late", "x", at: 5), Sample("far", "x", at: 1 << 45),
        ]
        try under.run { host in
            try host.createTopic(TopicSpecification("reviews", partitions: 1))
            let log = try host.open()
            try log.append(RecordBuffer(samples, to: Self.place))
            #expect(try log.samples(of: Self.place, count: samples.count) == samples)
        }
    }

    @Test(arguments: LogUnderTest.with(.negativeTimestamps))
    func `negative timestamps come back`(under: LogUnderTest) throws {
        let samples = [Int64.min, -1, 0, Int64.max].map { Sample("k", "v", at: $0) }
        try under.run { host in
            try host.createTopic(TopicSpecification("reviews", partitions: 1))
            let log = try host.open()
            try log.append(RecordBuffer(samples, to: Self.place))
            #expect(try log.samples(of: Self.place, count: samples.count) == samples)
        }
    }

    @Test(arguments: LogUnderTest.all)
    func `the largest record fits and one byte more does not`(under: LogUnderTest) throws {
        try under.run { host in
            try host.createTopic(TopicSpecification("reviews", partitions: 1))
            let log = try host.open()
            // A client may count a record's framing, too: stay a little below, go well above.
            let large = Sample("k", Bytes([UInt8](repeating: 7, count: host.recordLimit - 1_024)))
            try log.append(RecordBuffer([large], to: Self.place))
            let tooLarge = Sample("k", Bytes([UInt8](repeating: 7, count: host.recordLimit + 1)))
            let refused = try errorCode { try log.append(RecordBuffer([tooLarge], to: Self.place)) }
            #expect(refused == .recordTooLarge)
            #expect(try log.samples(of: Self.place, count: 1) == [large])
        }
    }

    @Test(arguments: LogUnderTest.with(.topicRecordLimit))
    func `a topic's own record limit holds and counts headers`(under: LogUnderTest) throws {
        try under.run { host in
            var specification = TopicSpecification("reviews", partitions: 1)
            specification.maxRecordBytes = 1_000
            try host.createTopic(specification)
            let log = try host.open()
            let fits = Sample("k", Bytes([UInt8](repeating: 7, count: 700)))
            try log.append(RecordBuffer([fits], to: Self.place))
            let headers = Headers([.init(name: "h", value: Bytes([UInt8](repeating: 7, count: 400)))])
            let tooLarge = Sample("k", fits.value, headers: headers)
            try expectError(.recordTooLarge) { try log.append(RecordBuffer([tooLarge], to: Self.place)) }
        }
    }

    @Test(arguments: LogUnderTest.all)
    func `the offsets that append returns are the records'`(under: LogUnderTest) throws {
        try under.run { host in
            try host.createTopic(TopicSpecification("reviews", partitions: 2))
            let log = try host.open()
            let other = TopicPartition("reviews", 1)
            var buffer = RecordBuffer(Sample.numbered(0..<5), to: Self.place)
            buffer.add(Sample.numbered(0..<2), to: other)
            let first = try log.append(buffer)
            let second = try log.append(RecordBuffer(Sample.numbered(5..<8), to: Self.place))
            #expect(first == [Self.place: 0..<5, other: 0..<2])
            #expect(second == [Self.place: 5..<8])
            #expect(try log.offsets(of: Self.place, isolation: .committed) == LogOffsets(start: 0, end: 8))
            #expect(try log.offsets(of: other, isolation: .uncommitted) == LogOffsets(start: 0, end: 2))
            #expect(try log.records(of: Self.place, count: 8).map(\.offset) == Array(0..<8))
        }
    }

    @Test(arguments: LogUnderTest.all)
    func `nothing appended is nothing done`(under: LogUnderTest) throws {
        try under.run { host in
            let log = try host.open()
            #expect(try log.append(RecordBuffer()) == [:])
        }
    }

    @Test(arguments: LogUnderTest.all)
    func `records of one partition keep their order among others`(under: LogUnderTest) throws {
        try under.run { host in
            try host.createTopic(TopicSpecification("a", partitions: 3))
            try host.createTopic(TopicSpecification("b", partitions: 1))
            let log = try host.open()
            var buffer = RecordBuffer()
            for sample in Sample.numbered(0..<300) {
                let number = Int32(sample.timestamp.milliseconds)
                buffer.add([sample], to: number % 4 == 3 ? TopicPartition("b", 0) : TopicPartition("a", number % 4))
            }
            try log.append(buffer)
            for remainder in 0..<4 {
                let place = remainder == 3 ? TopicPartition("b", 0) : TopicPartition("a", Int32(remainder))
                let expected = Sample.numbered(0..<300).filter { $0.timestamp.milliseconds % 4 == remainder }
                #expect(try log.samples(of: place, count: 75) == expected)
            }
        }
    }

    @Test(arguments: LogUnderTest.all)
    func `a topic that does not exist takes no records`(under: LogUnderTest) throws {
        try under.run { host in
            let log = try host.open()
            let place = TopicPartition("nowhere", 0)
            try expectError(.unknownTopic) { try log.append(RecordBuffer(Sample.numbered(0..<1), to: place)) }
        }
    }

    @Test(arguments: LogUnderTest.all, [Int32.min, -1, 2, Int32.max])
    func `a partition that does not exist takes no records`(under: LogUnderTest, partition: Int32) throws {
        try under.run { host in
            try host.createTopic(TopicSpecification("reviews", partitions: 2))
            let log = try host.open()
            let place = TopicPartition("reviews", partition)
            let refused = try errorCode { try log.append(RecordBuffer(Sample.numbered(0..<1), to: place)) }
            #expect(refused == .partitionOutOfRange)
        }
    }

    @Test(arguments: LogUnderTest.with(.atomicAppend))
    func `all records are appended or none`(under: LogUnderTest) throws {
        try under.run { host in
            try host.createTopic(TopicSpecification("reviews", partitions: 1))
            let log = try host.open()
            var buffer = RecordBuffer(Sample.numbered(0..<10), to: Self.place)
            buffer.add([Sample("k", Bytes([UInt8](repeating: 7, count: host.recordLimit + 1)))], to: Self.place)
            try expectError(.recordTooLarge) { try log.append(buffer) }
            buffer = RecordBuffer(Sample.numbered(0..<10), to: Self.place)
            buffer.add(Sample.numbered(0..<1), to: TopicPartition("nowhere", 0))
            try expectError(.unknownTopic) { try log.append(buffer) }
            #expect(try log.offsets(of: Self.place, isolation: .committed) == LogOffsets(start: 0, end: 0))
            #expect(try log.append(RecordBuffer(Sample.numbered(0..<1), to: Self.place)) == [Self.place: 0..<1])
        }
    }

    @Test(arguments: LogUnderTest.with(.durable))
    func `another process reads what was appended`(under: LogUnderTest) throws {
        try under.run { host in
            try host.createTopic(TopicSpecification("reviews", partitions: 1))
            try host.open().append(RecordBuffer(Sample.numbered(0..<3), to: Self.place))
            #expect(try host.open().samples(of: Self.place, count: 3) == Sample.numbered(0..<3))
        }
    }
}
