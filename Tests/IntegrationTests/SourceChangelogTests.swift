import EventLog
import Foundation
import StreamCore
import StreamDSL
import Testing
import Topology

/// Tables that are restored from the topic they read.
@Suite("A source topic as changelog", .timeLimit(.minutes(15)))
struct SourceChangelogTests {
    static let prices = Topic("prices", key: .string, value: .int)
    static let orders = Topic("orders", key: .string, value: .int)
    static let totals = Topic("totals", key: .string, value: .int)

    static func topology(_ changelog: TableChangelog = .source) throws -> StreamTopology {
        try StreamTopology("shop") {
            orders.stream().join(prices.table(store: "prices", changelog: changelog)) { $0 * $1 }.to(totals)
        }
    }

    static func start() throws -> (place: Workplace, log: any EventLog) {
        let place = Workplace()
        let log = try place.log()
        for topic in ["orders", "prices"] { _ = try log.createTopic(TopicSpecification(topic, partitions: 2)) }
        return (place, log)
    }

    @Test(arguments: [true, false])
    func `the table is there after a restart, with its state kept or gone`(isKept: Bool) async throws {
        try await OwnThread.run(named: "test") {
            let (place, log) = try Self.start()
            try place.produce(Self.prices, (0..<500).map { ("p\($0 % 50)", $0, 1) })
            // What sources refuse must not come back by restoring.
            var bad = RecordBuffer()
            bad.append(
                to: TopicPartition("prices", Murmur2.partition(Bytes("p7"), of: 2)), key: Bytes("p7"),
                value: Bytes("not a number"), timestamp: Timestamp(milliseconds: 2))
            try log.append(bad)
            try place.run(try Self.topology())
            #expect(try log.topic("shop-prices-changelog") == nil)
            if !isKept { try FileManager.default.removeItem(atPath: place.folder + "/state") }
            try place.produce(Self.orders, (0..<50).map { ("p\($0)", 2, 10) })
            try place.run(try Self.topology())
            let found = Dictionary(uniqueKeysWithValues: try place.read(Self.totals).map { ($0.key, $0.value) })
            let wrong = (0..<50).filter { found["p\($0)"] != (450 + $0) * 2 }
            #expect(wrong == [])
        }
    }

    @Test func `a table that gets a changelog of its own later is refused`() async throws {
        try await OwnThread.run(named: "test") {
            let (place, _) = try Self.start()
            try place.produce(Self.prices, [("p", 1, 1)])
            try place.run(try Self.topology())
            let error = #expect(throws: TopologyError.self) { try place.run(try Self.topology(.own)) }
            #expect(error?.code == .incompatiblePlan)
        }
    }

    @Test func `a topic that deletes old records is refused`() async throws {
        try await OwnThread.run(named: "test") {
            let place = Workplace()
            let log = try place.log()
            _ = try log.createTopic(TopicSpecification("orders", partitions: 1))
            _ = try log.createTopic(TopicSpecification("prices", partitions: 1, retention: .days(7)))
            let error = #expect(throws: TopologyError.self) { try place.run(try Self.topology()) }
            #expect(error?.message.contains("cleanup.policy") == true)
        }
    }

    @Test func `time to live needs a changelog of its own`() {
        let error = #expect(throws: TopologyError.self) {
            _ = try StreamTopology("shop") {
                Self.prices.table(store: "prices", ttl: .seconds(1), changelog: .source).updates().to(Self.totals)
            }
        }
        #expect(error?.code == .invalidSetting)
    }
}
