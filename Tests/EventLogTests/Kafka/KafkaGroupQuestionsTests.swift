import CRdKafka
import StreamCore
import Testing

@testable import EventLog

@Suite(.timeLimit(.minutes(15))) struct KafkaGroupQuestionsTests {
    @Test func `a cluster without a controller is said to be none, at once`() throws {
        let mock = try MockCluster()
        defer { withExtendedLifetime(mock) {} }
        let log = try mock.log()
        for question in [
            { _ = try log.groups() }, { _ = try log.group("g") },
        ] as [() throws -> Void] {
            let error = try #require(throws: EventLogError.self, performing: question)
            #expect(error.code == .unsupported)
            #expect(error.message.contains("names no controller"))
        }
    }

    @Test func `growing says why it cannot`() throws {
        let mock = try MockCluster()
        try mock.createTopic("in", partitions: 2)
        let log = try mock.log()
        func code(_ name: String, _ count: Int32) throws -> EventLogError.Code {
            try #require(throws: EventLogError.self) { try log.growTopic(name, to: count) }.code
        }
        #expect(try code("in", 3) == .unsupported)
        #expect(try code("in", 1) == .invalidTopic)
        #expect(try code("out", 3) == .unknownTopic)
        try log.growTopic("in", to: 2)
    }

    @Test func `positions that are set are told, of all topics`() throws {
        let mock = try MockCluster(brokers: 2)
        try mock.createTopic("in", partitions: 3)
        try mock.createTopic("other", partitions: 1)
        let log = try mock.log()
        let positions = [
            TopicPartition("in", 0): CommittedPosition(offset: 5, metadata: "m"),
            TopicPartition("in", 2): CommittedPosition(offset: 0),
            TopicPartition("other", 0): CommittedPosition(offset: 9),
        ]
        try log.setPositions(positions, of: "g")
        #expect(try mock.log().committedPositions(group: "g") == positions)
        #expect(try log.committedPositions(group: "h").isEmpty)
        #expect(throws: EventLogError.self) {
            try log.setPositions([TopicPartition("in", 3): CommittedPosition(offset: 1)], of: "g")
        }
        #expect(throws: EventLogError.self) {
            try log.setPositions([TopicPartition("in", 0): CommittedPosition(offset: -1)], of: "g")
        }
        #expect(throws: EventLogError.self) { try log.setPositions(positions, of: "") }
    }

    @Test func `a member's assignment is read, and nothing that is cut short`() throws {
        let bytes: [UInt8] = [0, 1, 0, 0, 0, 1, 0, 2, 0x69, 0x6e, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 1, 0, 0, 0, 0, 0]
        func read(_ bytes: [UInt8]) -> [TopicPartition]? {
            bytes.withUnsafeBytes { MemberAssignment($0)?.partitions }
        }
        #expect(read(bytes) == [TopicPartition("in", 3), TopicPartition("in", 256)])
        for count in 0..<22 { #expect(read(Array(bytes.prefix(count))) == nil) }
        #expect(read([0, 1, 0x7f, 0xff, 0xff, 0xff]) == nil)
        #expect(read([0, 1, 0xff, 0xff, 0xff, 0xff]) == nil)
        #expect(read([0xff, 0xff, 0, 0, 0, 0]) == nil)
        #expect(read([0, 3, 0, 0, 0, 0]) == [])
    }
}
