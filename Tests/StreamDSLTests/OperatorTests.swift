import StreamCore
import StreamDSL
import StreamTesting
import Testing
import Topology

@Suite("Stateless operators")
struct OperatorTests {
    let input = Topic("in", key: .string, value: .int)
    let output = Topic("out", key: .string, value: .int)
    enum Size: CaseIterable { case small, large }

    /// Runs `values` (all of key `k`, a second apart) through `build` and returns what came out.
    func run(
        _ values: [Int], _ build: @Sendable @escaping (KStream<String, Int>) -> [Terminal]
    ) throws -> [Record<String, Int>] {
        let driver = try TopologyTestDriver(try StreamTopology("app") { build(input.stream()) })
        for (index, value) in values.enumerated() { try driver.pipe(input, "k", value, at: Int64(index) * 1_000) }
        return try driver.take(output)
    }

    @Test func `filter keeps what holds, filterNot what does not`() throws {
        let out = output
        #expect(try run([1, 2, 3, 4]) { [$0.filter { $0.value % 2 == 0 }.to(out)] }.map(\.value) == [2, 4])
        #expect(try run([1, 2, 3, 4]) { [$0.filterNot { $0.value % 2 == 0 }.to(out)] }.map(\.value) == [1, 3])
    }

    @Test func `mapValues changes the value and keeps key and timestamp`() throws {
        let out = output
        let records = try run([1, 2]) { [$0.mapValues { $0 * 10 }.to(out)] }
        #expect(
            records == [
                Record(key: "k", value: 10, timestamp: Timestamp(milliseconds: 0)),
                Record(key: "k", value: 20, timestamp: Timestamp(milliseconds: 1_000)),
            ])
    }

    @Test func `flatMapValues makes any number of records in order`() throws {
        let out = output
        #expect(try run([2, 0, 1]) { [$0.flatMapValues { 0..<$0 }.to(out)] }.map(\.value) == [0, 1, 0])
    }

    @Test func `flatMap and map change keys`() throws {
        let out = output
        let mapped = try run([7]) { [$0.map { ("x\($0.value)", $0.value) }.to(out)] }
        #expect(mapped.map(\.key) == ["x7"])
        let flat = try run([2]) { [$0.flatMap { [("a", $0.value), ("b", $0.value + 1)] }.to(out)] }
        #expect(flat.map(\.key) == ["a", "b"])
        #expect(flat.map(\.value) == [2, 3])
    }

    @Test func `split sends each record to exactly one branch`() throws {
        let out = output
        let large = try run([1, 200, 3]) { stream in
            let bySize = stream.split(into: Size.self, named: "by-size") { $0.value > 100 ? .large : .small }
            return [bySize[.large].to(out), bySize[.small].forEach(named: "rest") { _ in }]
        }
        #expect(large.map(\.value) == [200])
    }

    @Test func `merge passes on both streams`() throws {
        let out = output
        let merged = try run([1, 2]) { stream in
            [stream.mapValues { $0 * 10 }.merge(stream, named: "both").to(out)]
        }
        #expect(merged.map(\.value).sorted() == [1, 2, 10, 20])
    }

    @Test func `two streams of one topic are one source`() throws {
        let topology = try StreamTopology("app") {
            input.stream().mapValues { $0 + 1 }.to(output)
            input.stream().mapValues { $0 + 2 }.to(output)
        }
        #expect(topology.nodes.count { topology.topic(of: $0) == "in" } == 1)
        let driver = try TopologyTestDriver(topology)
        try driver.pipe(input, "k", 1, at: 0)
        #expect(try driver.take(output).map(\.value).sorted() == [2, 3])
    }

    @Test func `headers go with the record`() throws {
        let driver = try TopologyTestDriver(try StreamTopology("app") { input.stream().mapValues { $0 }.to(output) })
        var headers = Headers()
        headers.append("trace", "t1")
        try driver.pipe(input, "k", 1, at: 0, headers: headers)
        #expect(driver.takeRaw("out").first?.headers["trace"] == "t1")
    }

    @Test func `a step that throws sends the raw record to the dead letters with the reason, others go on`() throws {
        struct Odd: Error {}
        let topology = try StreamTopology("app") {
            input.stream().filter(named: "even-only") { record in
                if record.value == 3 { throw Odd() }
                return true
            }.to(output)
            input.stream().to(Topic("copy", key: .string, value: .int))
        }
        let driver = try TopologyTestDriver(topology)
        for value in 1...4 { try driver.pipe(input, "k", value, at: Int64(value)) }
        #expect(try driver.take(output).map(\.value) == [1, 2, 4])
        #expect(try driver.take(Topic("copy", key: .string, value: .int)).map(\.value) == [1, 2, 3, 4])
        let letters = driver.takeDeadLetters()
        #expect(letters.count == 1)
        #expect(letters.first?.value == (try Serde<Int>.int.encode(3)))
        #expect(letters.first?.headers[DeadLetterHeader.step] == "even-only")
        #expect(letters.first?.headers[DeadLetterHeader.stage] == "process")
        #expect(letters.first?.headers[DeadLetterHeader.offset] == "2")
    }

    @Test func `bad bytes, null keys and negative timestamps are dead letters with reasons`() throws {
        let driver = try TopologyTestDriver(try StreamTopology("app") { input.stream().to(output) })
        try driver.pipe("in", key: "k", value: "bad", at: 1)
        try driver.pipe("in", key: nil, value: try Serde<Int>.int.encode(1), at: 1)
        try driver.pipe("in", key: "k", value: nil, at: 1)
        try driver.pipe("in", key: Bytes([0xff, 0xfe]), value: try Serde<Int>.int.encode(1), at: 1)
        try driver.pipe(input, "k", 5, at: -1)
        try driver.pipe(input, "k", 6, at: 1)
        #expect(try driver.take(output).map(\.value) == [6])
        let letters = driver.takeDeadLetters()
        #expect(
            letters.map { $0.headers[DeadLetterHeader.stage] } == ["decode", "decode", "decode", "decode", "timestamp"])
        let reasons = letters.compactMap { $0.headers[DeadLetterHeader.message] }
        #expect(reasons[0] == "value: not a valid int64: 3 bytes instead of 8")
        #expect(reasons[1] == "key: null where a value of type string is required")
        #expect(reasons[2] == "value: null where a value of type int64 is required")
        #expect(reasons[3] == "key: not a valid string: the bytes are not UTF-8")
    }

    @Test func `a policy of stop stops and names the place`() throws {
        let topology = try StreamTopology("app", errors: .failFast) { input.stream().to(output) }
        let driver = try TopologyTestDriver(topology)
        let failure = #expect(throws: TaskFailure.self) { try driver.pipe("in", key: "k", value: "abc", at: 1) }
        #expect(
            failure?.description
                == "decode failed at step 'in', task 0_0, in-0 offset 0: value: not a valid int64: 3 bytes instead of 8"
        )
    }

    @Test func `a retry runs the step again at once`() throws {
        struct Flaky: Error {}
        let policy = ErrorPolicy(steps: ["flaky": .retry(attempts: 2, then: .deadLetter)])
        let tries = Tally()
        let topology = try StreamTopology("app", errors: policy) {
            input.stream().mapValues(named: "flaky") { value in
                if tries.next() < 3 { throw Flaky() }
                return value
            }.to(output)
        }
        let driver = try TopologyTestDriver(topology)
        try driver.pipe(input, "k", 1, at: 0)
        #expect(try driver.take(output).map(\.value) == [1])
        #expect(driver.takeDeadLetters().isEmpty)
    }
}
