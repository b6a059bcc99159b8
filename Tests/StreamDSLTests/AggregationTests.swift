import Observability
import StreamCore
import StreamDSL
import StreamTesting
import Testing
import Topology

@Suite("Aggregations, tables and windows")
struct AggregationTests {
    let input = Topic("in", key: .string, value: .int)
    let output = Topic("out", key: .string, value: .int)
    let windowed = Topic("windows", key: .windowed(.string, size: .milliseconds(10)), value: .int)

    @Test func `count forwards every update`() throws {
        let driver = try TopologyTestDriver(
            try StreamTopology("app") { input.stream().grouped().count(store: "c").updates().to(output) })
        for key in ["a", "b", "a"] { try driver.pipe(input, key, 0, at: 5) }
        #expect(try driver.take(output).map { "\($0.key)\($0.value)" } == ["a1", "b1", "a2"])
    }

    @Test func `reduce starts with the first value, and its result has the largest timestamp`() throws {
        let driver = try TopologyTestDriver(
            try StreamTopology("app") { input.stream().grouped().reduce(store: "r") { $0 + $1 }.updates().to(output) })
        try driver.pipe(input, "a", 3, at: 50)
        try driver.pipe(input, "a", 4, at: 20)
        let records = try driver.take(output)
        #expect(records.map(\.value) == [3, 7])
        #expect(records.map(\.timestamp.milliseconds) == [50, 50])
    }

    @Test func `an aggregate whose update throws is as before`() throws {
        struct TooMuch: Error {}
        let topology = try StreamTopology("app") {
            input.stream().grouped().aggregate(store: "sum", initial: 0) { sum, value in
                sum += value
                if value > 100 { throw TooMuch() }
            }.updates().to(output)
        }
        let driver = try TopologyTestDriver(topology)
        for value in [1, 1_000, 2] { try driver.pipe(input, "a", value, at: 0) }
        #expect(try driver.take(output).map(\.value) == [1, 3])
        #expect(driver.takeDeadLetters().count == 1)
    }

    @Test func `grouping by a new key goes through a named repartition topic`() throws {
        let topology = try StreamTopology("app") {
            input.stream().grouped(named: "by-value") { "\($0.value)" }.count(store: "c").updates().to(output)
        }
        let driver = try TopologyTestDriver(topology, partitions: ["in": 3])
        for index in 0..<30 { try driver.pipe(input, "k\(index)", index % 2, at: 0) }
        var last: [String: Int] = [:]
        for record in try driver.take(output) { last[record.key] = record.value }
        #expect(last == ["0": 15, "1": 15])
        #expect(topology.subtopologies.count == 2)
        #expect(topology.repartitionTopic("by-value") == "app-by-value-repartition")
    }

    @Test func `tumbling windows count by start, and late records are dropped after grace`() throws {
        let topology = try StreamTopology("app") {
            input.stream().grouped()
                .windowed(by: .tumbling(.milliseconds(10), grace: .milliseconds(5)))
                .count(store: "w").updates().to(windowed)
        }
        let driver = try TopologyTestDriver(topology)
        for time: Int64 in [1, 9, 10, 14, 3, 15, 4, 25, 14] { try driver.pipe(input, "k", 0, at: time) }
        let seen = try driver.take(windowed).map { "\($0.key.start)-\($0.key.end)=\($0.value)" }
        #expect(seen == ["0-10=1", "0-10=2", "10-20=1", "10-20=2", "0-10=3", "10-20=3", "20-30=1"])
        #expect(driver.counters["records_dropped", step: "w", reason: "late"] == 2)
    }

    @Test func `late records can be routed to the dead letters`() throws {
        let topology = try StreamTopology("app", errors: ErrorPolicy(stages: [:])) {
            input.stream().grouped().windowed(by: .tumbling(.milliseconds(10))).count(store: "w").updates().to(windowed)
        }
        let driver = try TopologyTestDriver(topology)
        for time: Int64 in [30, 5] { try driver.pipe(input, "k", 7, at: time) }
        let letters = driver.takeDeadLetters()
        #expect(letters.map { $0.headers[DeadLetterHeader.stage] } == ["late"])
        #expect(
            letters.first?.headers[DeadLetterHeader.message]
                == "late: its window ended at 10, windows up to 30 are closed")
    }

    @Test(
        arguments: [
            (size: 10, advance: 10, time: 0, starts: [0]), (size: 10, advance: 5, time: 4, starts: [0]),
            (size: 10, advance: 5, time: 12, starts: [5, 10]), (size: 10, advance: 3, time: 11, starts: [3, 6, 9]),
            (size: 12, advance: 5, time: 21, starts: [10, 15, 20]),
            (size: 500, advance: 200, time: 499, starts: [0, 200, 400]),
            (size: 500, advance: 200, time: 500, starts: [200, 400]),
        ] as [(size: Int, advance: Int, time: Int64, starts: [Int64])])
    func `hopping windows hold a record as in Kafka Streams`(
        _ example: (size: Int, advance: Int, time: Int64, starts: [Int64])
    )
        throws
    {
        let size = Duration.milliseconds(example.size)
        let topic = Topic("windows", key: .windowed(.string, size: size), value: .int)
        let topology = try StreamTopology("app") {
            input.stream().grouped()
                .windowed(by: .hopping(size, every: .milliseconds(example.advance))).count(store: "w").updates().to(
                    topic)
        }
        let driver = try TopologyTestDriver(topology)
        try driver.pipe(input, "k", 0, at: example.time)
        #expect(try driver.take(topic).map(\.key.start.milliseconds) == example.starts)
    }

    @Test func `a table keeps the latest value, a null value deletes, changes say so`() throws {
        let topology = try StreamTopology("app") { input.table(store: "t").changes().to(output) }
        let driver = try TopologyTestDriver(topology)
        try driver.pipe(input, "a", 1, at: 0)
        try driver.pipe("in", key: "a", value: nil, at: 1)
        #expect(driver.takeRaw("out").map(\.value) == [try Serde<Int>.int.encode(1), nil])
        #expect(driver.takeChanges(of: "t").count == 2)
    }

    @Test func `a stream joins a table by key: inner drops and counts, left passes nil`() throws {
        let rates = Topic("rates", key: .string, value: .int)
        let topology = try StreamTopology("app") {
            let table = rates.table(store: "rates-store")
            input.stream().join(table, named: "inner") { $0 * $1 }.to(output)
            input.stream().leftJoin(table, named: "left") { $0 * ($1 ?? -1) }
                .to(Topic("left-out", key: .string, value: .int))
        }
        let driver = try TopologyTestDriver(topology, partitions: ["in": 2, "rates": 2])
        try driver.pipe(input, "a", 2, at: 0)
        try driver.pipe(rates, "a", 10, at: 1)
        try driver.pipe(input, "a", 3, at: 2)
        #expect(try driver.take(output).map(\.value) == [30])
        #expect(try driver.take(Topic("left-out", key: .string, value: .int)).map(\.value) == [-2, 30])
        #expect(driver.counters["records_dropped", step: "inner", reason: "no match"] == 1)
    }

    @Test func `a join after a key change repartitions under the step's name`() throws {
        let rates = Topic("rates", key: .string, value: .int)
        let topology = try StreamTopology("app") {
            let table = rates.table(store: "rates-store")
            input.stream().rekey(named: "by-parity") { $0.value % 2 == 0 ? "even" : "odd" }
                .join(table) { $0 * $1 }.to(output)
        }
        let driver = try TopologyTestDriver(topology, partitions: ["in": 4, "rates": 4])
        try driver.pipe(rates, "even", 10, at: 0)
        for value in 1...4 { try driver.pipe(input, "k\(value)", value, at: 1) }
        #expect(try driver.take(output).map(\.value).sorted() == [20, 40])
    }
}
