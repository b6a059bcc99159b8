import EventLog
import StreamCore
import Testing

@Suite struct ReadConformance {
    static let place = TopicPartition("reviews", 0)

    /// A log with `count` numbered records in one partition, appended in runs of `run`.
    static func fill(_ host: any LogHost, _ count: Int, runs run: Int) throws -> any EventLog {
        try host.createTopic(TopicSpecification("reviews", partitions: 1))
        let log = try host.open()
        for start in stride(from: 0, to: count, by: run) {
            try log.append(RecordBuffer(Sample.numbered(start..<min(start + run, count)), to: place))
        }
        return log
    }

    /// Reads until `count` records are there, at most `maxRecords` and `maxBytes` at a time.
    static func pieces(
        _ reader: any LogReader, count: Int, maxRecords: Int, maxBytes: Int = 1 << 20
    ) throws -> [RecordBatch] {
        var batches: [RecordBatch] = []
        return try eventually("\(count) records") {
            let batch = try reader.read(place, maxRecords: maxRecords, maxBytes: maxBytes)
            if batch.records.isEmpty { reader.wait(upTo: .milliseconds(20)) } else { batches.append(batch) }
            return batches.reduce(0) { $0 + $1.records.count } >= count ? batches : nil
        }
    }

    @Test(arguments: LogUnderTest.all, [1, 7, 100, 1_000])
    func `pieces of any size make the whole`(under: LogUnderTest, piece: Int) throws {
        try under.run { host in
            let log = try Self.fill(host, 500, runs: 64)
            let reader = try log.makeReader(isolation: .committed)
            try reader.open(Self.place, at: 0)
            let batches = try Self.pieces(reader, count: 500, maxRecords: piece)
            let fits = batches.allSatisfy { $0.records.count <= piece && $0.source == Self.place }
            #expect(fits)
            #expect(batches.flatMap(\.records).map(Sample.init) == Sample.numbered(0..<500))
            for (batch, next) in zip(batches, batches.dropFirst()) {
                let last = try #require(batch.records.last)
                #expect(batch.nextOffset > last.offset)
                #expect(try #require(next.records.first).offset >= batch.nextOffset)
            }
        }
    }

    @Test(arguments: LogUnderTest.all, [0, 1, 63, 64, 65, 499])
    func `reading starts at any offset`(under: LogUnderTest, start: Int) throws {
        try under.run { host in
            let log = try Self.fill(host, 500, runs: 64)
            let samples = try log.samples(of: Self.place, from: Int64(start), count: 500 - start)
            #expect(samples == Sample.numbered(start..<500))
        }
    }

    @Test(arguments: LogUnderTest.all)
    func `a read gives no more bytes than asked but at least one record`(under: LogUnderTest) throws {
        try under.run { host in
            try host.createTopic(TopicSpecification("reviews", partitions: 1))
            let log = try host.open()
            let samples = (0..<20).map { Sample(Bytes("\($0)"), Bytes([UInt8](repeating: 7, count: 1_000))) }
            try log.append(RecordBuffer(samples, to: Self.place))
            let reader = try log.makeReader(isolation: .committed)
            try reader.open(Self.place, at: 0)
            let batches = try Self.pieces(reader, count: 20, maxRecords: 1_000, maxBytes: 3_500)
            let counts = batches.map(\.records.count)
            #expect(counts.max() == 3)
            try reader.open(Self.place, at: 0)
            let single = try Self.pieces(reader, count: 20, maxRecords: 1_000, maxBytes: 1)
            #expect(single.count == 20)
        }
    }

    @Test(arguments: LogUnderTest.all)
    func `the end of a partition is empty, and goes on when there is more`(under: LogUnderTest) throws {
        try under.run { host in
            let log = try Self.fill(host, 3, runs: 3)
            let reader = try log.makeReader(isolation: .committed)
            try reader.open(Self.place, at: 3)
            let nothing = try reader.read(Self.place, maxRecords: 10, maxBytes: 1_000)
            #expect(nothing.records.isEmpty)
            #expect(nothing.nextOffset == 3)
            try log.append(RecordBuffer(Sample.numbered(3..<5), to: Self.place))
            let batches = try Self.pieces(reader, count: 2, maxRecords: 10)
            #expect(batches.flatMap(\.records).map(Sample.init) == Sample.numbered(3..<5))
        }
    }

    @Test(arguments: LogUnderTest.all)
    func `opening again moves the position, closing forgets it`(under: LogUnderTest) throws {
        try under.run { host in
            let log = try Self.fill(host, 10, runs: 10)
            let reader = try log.makeReader(isolation: .uncommitted)
            try reader.open(Self.place, at: 0)
            _ = try Self.pieces(reader, count: 4, maxRecords: 4)
            try reader.open(Self.place, at: 8)
            let rest = try Self.pieces(reader, count: 2, maxRecords: 10)
            #expect(rest.flatMap(\.records).map(\.offset) == [8, 9])
            reader.close(Self.place)
            reader.close(Self.place)
            try expectError(.closed) { _ = try reader.read(Self.place, maxRecords: 1, maxBytes: 1) }
            try reader.open(Self.place, at: 5)
            let again = try Self.pieces(reader, count: 5, maxRecords: 10)
            #expect(again.flatMap(\.records).map(\.offset) == [5, 6, 7, 8, 9])
        }
    }

    @Test(arguments: LogUnderTest.all)
    func `one reader reads several partitions, each at its own pace`(under: LogUnderTest) throws {
        try under.run { host in
            try host.createTopic(TopicSpecification("a", partitions: 2))
            let log = try host.open()
            let (left, right) = (TopicPartition("a", 0), TopicPartition("a", 1))
            var buffer = RecordBuffer(Sample.numbered(0..<10), to: left)
            buffer.add(Sample.numbered(100..<110), to: right)
            try log.append(buffer)
            let reader = try log.makeReader(isolation: .committed)
            try reader.open(left, at: 0)
            try reader.open(right, at: 5)
            var seen: [TopicPartition: [LogRecord]] = [:]
            _ = try eventually("all records") {
                seen[left, default: []] += try reader.read(left, maxRecords: 1, maxBytes: 1_000).records
                seen[right, default: []] += try reader.read(right, maxRecords: 3, maxBytes: 1_000).records
                return (seen[left]?.count, seen[right]?.count) == (10, 5) ? true : nil
            }
            #expect(seen[left]?.map(Sample.init) == Sample.numbered(0..<10))
            #expect(seen[right]?.map(Sample.init) == Sample.numbered(105..<110))
        }
    }

    @Test(arguments: LogUnderTest.all)
    func `what does not exist cannot be opened`(under: LogUnderTest) throws {
        try under.run { host in
            try host.createTopic(TopicSpecification("reviews", partitions: 1))
            let log = try host.open()
            let reader = try log.makeReader(isolation: .committed)
            try expectError(.unknownTopic) { try reader.open(TopicPartition("nowhere", 0), at: 0) }
            try expectError(.partitionOutOfRange) { try reader.open(TopicPartition("reviews", 1), at: 0) }
            try expectError(.partitionOutOfRange) { try reader.open(TopicPartition("reviews", -1), at: 0) }
            try expectError(.unknownTopic) {
                _ = try log.offsets(of: TopicPartition("nowhere", 0), isolation: .committed)
            }
            try expectError(.partitionOutOfRange) {
                _ = try log.offsets(of: TopicPartition("reviews", 1), isolation: .committed)
            }
        }
    }

    @Test(arguments: LogUnderTest.all, [-1, 11])
    func `an offset outside of the partition is an error, never a reset`(under: LogUnderTest, offset: Int64) throws {
        try under.run { host in
            let log = try Self.fill(host, 10, runs: 10)
            let reader = try log.makeReader(isolation: .committed)
            // A log may know at once, or when a broker has answered.
            let early = try errorCode { try reader.open(Self.place, at: offset) }
            let code =
                try early
                ?? eventually("an error") {
                    try errorCode { _ = try reader.read(Self.place, maxRecords: 10, maxBytes: 1_000) }
                }
            #expect(code == .offsetOutOfRange)
        }
    }
}
