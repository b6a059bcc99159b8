import EventLog
import StreamCore
import Testing

@Suite struct TopicConformance {
    @Test(arguments: LogUnderTest.all)
    func `a topic that exists is described`(under: LogUnderTest) throws {
        try under.run { host in
            try host.createTopic(TopicSpecification("reviews", partitions: 3))
            let log = try host.open()
            let topic = try #require(try log.topic("reviews"))
            #expect(topic.name == "reviews")
            #expect(topic.partitions == 3)
            let listed = try log.topics().filter { $0.name == "reviews" }
            #expect(listed.map(\.partitions) == [3])
        }
    }

    @Test(arguments: LogUnderTest.all)
    func `a topic that does not exist is nil, not an error`(under: LogUnderTest) throws {
        try under.run { host in
            let log = try host.open()
            #expect(try log.topic("nowhere") == nil)
            #expect(!(try log.topics().map(\.name).contains("nowhere")))
        }
    }

    @Test(arguments: LogUnderTest.all)
    func `topics are listed by name`(under: LogUnderTest) throws {
        try under.run { host in
            for name in ["c", "a", "b"] { try host.createTopic(TopicSpecification(name, partitions: 1)) }
            let names = try host.open().topics().map(\.name).filter { ["a", "b", "c"].contains($0) }
            #expect(names == ["a", "b", "c"])
        }
    }

    @Test(arguments: LogUnderTest.with(.topicSettings))
    func `a topic keeps its settings`(under: LogUnderTest) throws {
        try under.run { host in
            var specification = TopicSpecification("totals", partitions: 2, cleanup: .compactDelete)
            specification.retention = .hours(1)
            specification.maxRecordBytes = 100_000
            let created = try host.open().createTopic(specification)
            #expect(created.cleanup == .compactDelete)
            #expect(created.retention == .hours(1))
            #expect(created.maxRecordBytes == 100_000)
            #expect(try host.open().topic("totals") == created)
        }
    }

    @Test(arguments: LogUnderTest.with(.createTopics))
    func `a name is given once`(under: LogUnderTest) throws {
        try under.run { host in
            let log = try host.open()
            try log.createTopic(TopicSpecification("reviews", partitions: 1))
            try expectError(.topicExists) { try log.createTopic(TopicSpecification("reviews", partitions: 2)) }
            #expect(try log.topic("reviews")?.partitions == 1)
        }
    }

    @Test(
        arguments: LogUnderTest.with(.createTopics),
        ["", ".", "..", "a b", "ä", "a/b", "a'b", "a\u{0}b", String(repeating: "x", count: 250)])
    func `a name that no topic can have is refused`(under: LogUnderTest, name: String) throws {
        try under.run { host in
            let log = try host.open()
            try expectError(.invalidTopic) { try log.createTopic(TopicSpecification(name, partitions: 1)) }
        }
    }

    @Test(arguments: LogUnderTest.with(.createTopics), [Int32.min, -1, 0])
    func `a topic has at least one partition`(under: LogUnderTest, partitions: Int32) throws {
        try under.run { host in
            let log = try host.open()
            try expectError(.invalidTopic) { try log.createTopic(TopicSpecification("a", partitions: partitions)) }
        }
    }

    @Test(arguments: LogUnderTest.with(.createTopics))
    func `the longest name and every allowed character are taken`(under: LogUnderTest) throws {
        try under.run { host in
            let log = try host.open()
            let name = "AZaz09._-" + String(repeating: "x", count: 240 - host.prefixLength)
            try log.createTopic(TopicSpecification(name, partitions: 1))
            #expect(try log.topic(name)?.name == name)
        }
    }

    @Test(arguments: LogUnderTest.with([.createTopics, .deleteTopics]))
    func `a deleted topic is gone with its records`(under: LogUnderTest) throws {
        try under.run { host in
            let log = try host.open()
            let place = TopicPartition("a", 0)
            try log.createTopic(TopicSpecification("a", partitions: 1))
            try log.append(RecordBuffer(Sample.numbered(0..<3), to: place))
            try log.deleteTopic("a")
            _ = try eventually("the end of the topic") { try log.topic("a") == nil ? true : nil }
            try expectError(.unknownTopic) { _ = try log.offsets(of: place, isolation: .committed) }
            try expectError(.unknownTopic) { try log.deleteTopic("a") }

            try log.createTopic(TopicSpecification("a", partitions: 1))
            #expect(try log.offsets(of: place, isolation: .committed) == LogOffsets(start: 0, end: 0))
        }
    }

    @Test(arguments: LogUnderTest.with([.createTopics, .deleteTopics, .incarnations]))
    func `a new topic of an old name has another incarnation`(under: LogUnderTest) throws {
        try under.run { host in
            let log = try host.open()
            let first = try log.createTopic(TopicSpecification("a", partitions: 1))
            try log.deleteTopic("a")
            let second = try log.createTopic(TopicSpecification("a", partitions: 1))
            #expect(first.incarnation != second.incarnation)
            #expect(!first.incarnation.isEmpty && !second.incarnation.isEmpty)
        }
    }
}
