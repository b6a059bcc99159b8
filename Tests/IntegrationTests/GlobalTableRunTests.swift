import EventLog
import Observability
import StreamCore
import StreamDSL
import Testing
import Topology

/// Global tables in a running instance.
@Suite("Global tables of an instance", .timeLimit(.minutes(15)))
struct GlobalTableRunTests {
    static let orders = Topic("orders", key: .string, value: .string)
    static let cities = Topic("cities", key: .string, value: .string)
    static let output = Topic("shipped", key: .string, value: .string)

    static func topology() throws -> StreamTopology {
        try StreamTopology("global") {
            let table = cities.globalTable(named: "cities")
            orders.stream().leftJoin(table, named: "city", key: { $0.value }) { order, city in city ?? "none" }
                .to(output)
        }
    }

    @Test func `the first record meets all that the table's topic held at the start`() async throws {
        try await OwnThread.run(named: "test") {
            let place = Workplace()
            let log = try place.log()
            _ = try log.createTopic(TopicSpecification("orders", partitions: 2))
            _ = try log.createTopic(TopicSpecification("cities", partitions: 3))
            try place.produce(Self.cities, (0..<3_000).map { ("c\($0 % 1_000)", "city \($0)", Int64($0)) })
            try place.produce(Self.orders, (0..<1_000).map { ("o\($0)", "c\($0)", Int64($0)) })
            let runtime = StreamRuntime(
                try Self.topology(), on: log, options: place.options(), journal: .silent)
            try runtime.run()
            let found = Dictionary(uniqueKeysWithValues: try place.read(Self.output).map { ($0.key, $0.value) })
            #expect(found.count == 1_000)
            let wrong = (0..<1_000).filter { found["o\($0)"] != "city \($0 + 2_000)" }
            #expect(wrong == [])
        }
    }

    @Test func `bytes that are no value are skipped and counted`() async throws {
        try await OwnThread.run(named: "test") {
            let place = Workplace()
            let log = try place.log()
            for topic in ["orders", "cities"] { _ = try log.createTopic(TopicSpecification(topic, partitions: 1)) }
            var bad = RecordBuffer()
            let time = Timestamp(milliseconds: 1)
            bad.append(to: TopicPartition("cities", 0), key: Bytes("a"), value: Bytes([0xff, 0xfe]), timestamp: time)
            bad.append(to: TopicPartition("cities", 0), key: nil, value: Bytes("x"), timestamp: time)
            bad.append(to: TopicPartition("cities", 0), key: Bytes("b"), value: Bytes("Berlin"), timestamp: time)
            try log.append(bad)
            try place.produce(Self.orders, [("1", "a", 1), ("2", "b", 2)])
            let runtime = StreamRuntime(
                try Self.topology(), on: log, options: place.options(), journal: .silent)
            try runtime.run()
            let found = try place.read(Self.output).map(\.value).sorted()
            #expect(found == ["Berlin", "none"])
            let dropped = runtime.counters.sum("records_dropped")
            #expect(dropped == 2)
        }
    }

    @Test func `a table without its topic is told with the way out`() async throws {
        try await OwnThread.run(named: "test") {
            let place = Workplace()
            let log = try place.log()
            _ = try log.createTopic(TopicSpecification("orders", partitions: 1))
            let runtime = StreamRuntime(
                try Self.topology(), on: log, options: place.options(), journal: .silent)
            let error = #expect(throws: TopologyError.self) { try runtime.run() }
            #expect(error?.message.contains("tributary topics create cities") == true)
        }
    }
}
