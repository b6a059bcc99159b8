import StreamCore
import StreamDSL
import Testing
import Topology

@Suite("Mistakes in a topology")
struct TopologyErrorTests {
    let input = Topic("in", key: .string, value: .int)
    let output = Topic("out", key: .string, value: .int)

    func message(_ build: () throws -> StreamTopology) -> String? {
        do {
            _ = try build()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func `two nodes with one name`() {
        #expect(
            message {
                try StreamTopology("app") {
                    input.stream().filter(named: "x") { _ in true }.to(output)
                    input.stream().filter(named: "x") { _ in true }.to(output)
                }
            } == "two nodes are named 'x': rename one of them")
    }

    @Test func `two stores with one name`() {
        #expect(
            message {
                try StreamTopology("app") {
                    input.table(store: "s").updates().to(output)
                    Topic("other", key: .string, value: .int).table(store: "s").updates().to(output)
                }
            } == "two stores are named 's': rename one of them")
    }

    @Test func `two repartition topics with one name`() {
        #expect(
            message {
                try StreamTopology("app") {
                    input.stream().grouped(named: "g") { $0.key }.count(store: "a").updates().to(output)
                    input.stream().repartition(named: "g").to(output)
                }
            }?.hasPrefix("two repartition topics are named 'g'") == true)
    }

    @Test func `a topic that is both a stream and a table`() {
        #expect(
            message {
                try StreamTopology("app") {
                    input.stream().to(output)
                    input.table(store: "t").updates().to(output)
                }
            } == "topic 'in' is read both as a stream and as a table: read it once and use 'changes()' of the table")
    }

    @Test func `a topic that is read with two formats`() {
        #expect(
            message {
                try StreamTopology("app") {
                    input.stream().to(output)
                    Topic("in", key: .string, value: .string).stream().mapValues { $0.count }.to(output)
                }
            } == "topic 'in' is read with two formats: string int64 and string string")
    }

    @Test func `a join after a key change without any name`() {
        #expect(
            message {
                try StreamTopology("app") {
                    let table = Topic("rates", key: .string, value: .int).table(store: "t")
                    input.stream().map { ($0.key, $0.value) }.join(table) { $0 + $1 }.to(output)
                }
            }
                == "'in.map.join' needs the records of one key in one partition, but 'in.map' changed the keys: name one of the two steps with 'named:', the repartition topic between them takes that name"
        )
    }

    @Test func `inputs of one subtopology with different partition counts`() throws {
        let topology = try StreamTopology("app") {
            let table = Topic("rates", key: .string, value: .int).table(store: "t")
            input.stream().join(table) { $0 + $1 }.to(output)
        }
        let error = #expect(throws: TopologyError.self) {
            try ExecutionPlan(topology, external: ["in": 4, "rates": 3, "out": 4])
        }
        #expect(error?.code == .notCoPartitioned)
        #expect(error?.message.contains("'rates' (3 partitions)") == true)
        #expect(error?.message.contains("'in' (4 partitions)") == true)
    }

    @Test func `nothing leaves the graph`() {
        #expect(
            message { try StreamTopology("app") {} }
                == "nothing leaves topology 'app': end a stream with 'to' or 'forEach'")
    }

    @Test(arguments: ["", "a/b", "..", "ä", String(repeating: "x", count: 201)])
    func `a name that no topic or folder can have`(_ name: String) {
        #expect(message { try StreamTopology(name) { input.stream().to(output) } }?.contains("cannot name") == true)
    }

    @Test func `a value without a serde`() {
        struct Opaque: Sendable {}
        #expect(
            message {
                try StreamTopology("app") {
                    input.stream().mapValues { _ in Opaque() }.grouped(named: "g") { $0.key }.count(store: "c")
                        .updates().to(output)
                }
            }?.hasPrefix("'g' must write values of type Opaque, which has no standard serde: pass 'value:'") == true)
    }

    @Test func `windows that make no sense`() {
        #expect(
            message {
                try StreamTopology("app") {
                    input.stream().grouped().windowed(by: .hopping(.seconds(1), every: .seconds(2))).count(store: "w")
                        .updates().to(Topic("w", key: .windowed(.string), value: .int))
                }
            } == "the windows of 'w': windows must start at least 1 ms and at most their size apart")
    }
}
