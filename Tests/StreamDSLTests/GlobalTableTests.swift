import Observability
import StreamCore
import StreamDSL
import StreamTesting
import Testing
import Topology

/// Streams joined with tables that every instance has in full.
@Suite struct GlobalTableTests {
    let orders = Topic("orders", key: .string, value: .string)
    let cities = Topic("cities", key: .string, value: .string)
    let output = Topic("out", key: .string, value: .string)

    func topology() throws -> StreamTopology {
        try StreamTopology("global") {
            let table = cities.globalTable(named: "cities")
            orders.stream().join(table, named: "city", key: { $0.value }) { order, city in "\(order) \(city)" }
                .to(output)
        }
    }

    @Test func `a record meets the value of any key, whatever the partitions`() throws {
        let driver = try TopologyTestDriver(try topology(), partitions: ["orders": 3, "cities": 5])
        for (key, value) in [("b", "Berlin"), ("m", "Madrid"), ("b", "Bern")] {
            try driver.pipe(cities, key, value, at: 1)
        }
        for (key, value) in [("1", "b"), ("2", "m"), ("3", "x")] { try driver.pipe(orders, key, value, at: 2) }
        let found = try driver.take(output).map { "\($0.key)=\($0.value)" }.sorted()
        #expect(found == ["1=b Bern", "2=m Madrid"])
        #expect(driver.counters.sum("records_dropped") == 1)
    }

    @Test func `a deleted key is not met, and a left join goes on without`() throws {
        let topology = try StreamTopology("global") {
            let table = cities.globalTable(named: "cities")
            orders.stream().leftJoin(table, key: { $0.value == "none" ? nil : $0.value }) { order, city in
                "\(order) \(city ?? "nowhere")"
            }
            .to(output)
        }
        let driver = try TopologyTestDriver(topology)
        try driver.pipe(cities, "b", "Berlin", at: 1)
        try driver.pipe(orders, "1", "b", at: 2)
        try driver.pipe("cities", key: Bytes("b"), value: nil, at: 3)
        try driver.pipe(orders, "2", "b", at: 4)
        try driver.pipe(orders, "3", "none", at: 5)
        let found = try driver.take(output).map(\.value)
        #expect(found == ["b Berlin", "b nowhere", "none nowhere"])
    }

    @Test func `two tables of one name are refused`() throws {
        let others = Topic("others", key: .string, value: .string)
        let error = #expect(throws: TopologyError.self) {
            _ = try StreamTopology("global") {
                orders.stream().join(cities.globalTable(named: "t"), key: { $0.value }) { $1 }.to(output)
                orders.stream().join(others.globalTable(named: "t"), key: { $0.value }) { $1 }.to(output)
            }
        }
        #expect(error?.code == .duplicateName)
    }

    @Test func `a global table makes no task and shows in the description`() throws {
        let topology = try topology()
        #expect(topology.subtopologies.count == 1)
        #expect(topology.externalSources == ["orders"])
        #expect(topology.plan.kafkaText.contains("for global store (will not generate tasks)"))
        #expect(topology.plan.globalTables == ["cities": "cities"])
    }
}
