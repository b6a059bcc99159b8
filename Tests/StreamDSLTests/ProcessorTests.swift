import StateStores
import Observability
import StreamCore
import StreamDSL
import StreamTesting
import Testing
import Topology

@Suite("Processors, timers and time to live")
struct ProcessorTests {
    static let input = Topic("in", key: .string, value: .int)
    static let output = Topic("out", key: .string, value: .int)
    static let seen = StoreDefinition<String, Int>.keyValue("seen", key: .string, value: .int)

    @Test func `a processor keeps state and forwards what it likes`() throws {
        let topology = try StreamTopology("app") {
            Self.input.stream().processValues(named: "firsts", stores: [StoreDeclaration(Self.seen)]) {
                (step: ProcessorContext<String, Int>) in
                let known = try step.store(Self.seen)
                return { record in
                    guard try known.get(record.key) == nil else { return }
                    try known.put(record.key, record.value, at: record.timestamp)
                    try step.forward(record)
                }
            }.to(Self.output)
        }
        let driver = try TopologyTestDriver(topology)
        for (key, value) in [("a", 1), ("b", 2), ("a", 3)] { try driver.pipe(Self.input, key, value, at: 0) }
        let values = try driver.take(Self.output).map(\.value)
        #expect(values == [1, 2])
        #expect(driver.takeChanges(of: "seen").count == 2)
    }

    @Test func `a store that a step did not list is refused`() throws {
        let topology = try StreamTopology("app") {
            Self.input.stream().processValues(named: "greedy") { (step: ProcessorContext<String, Int>) in
                _ = try step.store(Self.seen)
                return { _ in }
            }.to(Self.output)
        }
        let error = #expect(throws: TopologyError.self) { try TopologyTestDriver(topology) }
        #expect(error?.code == .unknownStore)
    }

    /// Forwards the time of every tick as a record.
    private func ticking(_ kind: Punctuation.Kind) throws -> TopologyTestDriver {
        try TopologyTestDriver(
            try StreamTopology("app") {
                Self.input.stream().process(named: "ticks") { (step: ProcessorContext<String, Int>) in
                    step.schedule(every: .seconds(10), kind) { now in
                        try step.forward(Record(key: "tick", value: Int(now.milliseconds), timestamp: now))
                    }
                    return { _ in }
                }.to(Self.output)
            })
    }

    @Test func `stream time ticks with the first record, then at multiples, and skips what it missed`() throws {
        let driver = try ticking(.streamTime)
        for time: Int64 in [3_000, 9_000, 10_500, 19_999, 47_000, 49_000, 50_000] {
            try driver.pipe(Self.input, "k", 0, at: time)
        }
        let ticks = try driver.take(Self.output).map(\.value)
        #expect(ticks == [3_000, 10_500, 47_000, 50_000])
    }

    @Test func `the wall clock ticks an interval after the start, once however long it was`() throws {
        let driver = try ticking(.wallClock)
        for step in [9, 1, 35, 4, 1] { try driver.advance(by: .seconds(step)) }
        let ticks = try driver.take(Self.output).map(\.value)
        #expect(ticks == [10_000, 45_000, 50_000])
    }

    @Test func `a table forgets what has outlived its time, and says so`() throws {
        let topology = try StreamTopology("app") {
            Self.input.table(store: "t", ttl: .seconds(10)).changes().to(Self.output)
        }
        let driver = try TopologyTestDriver(topology)
        try driver.pipe(Self.input, "a", 1, at: 0)
        try driver.pipe(Self.input, "b", 2, at: 5_000)
        try driver.pipe(Self.input, "c", 3, at: 12_000)
        let changes = driver.takeRaw("out").map { "\($0.key?.utf8 ?? "-")\($0.value == nil ? " gone" : "")" }
        #expect(changes.sorted() == ["a", "a gone", "b", "c"])
        #expect(driver.counters["records_dropped", step: "in", reason: "expired"] == 1)
    }
}
