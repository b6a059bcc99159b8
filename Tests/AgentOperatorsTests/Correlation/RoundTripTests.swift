import AgentOperators
import Observability
import StreamCore
import StreamDSL
import StreamTesting
import Synchronization
import Testing
import Topology

/// Asker and server in one driver, over several partitions.
@Suite("request and reply", .timeLimit(.minutes(15)))
struct RoundTripTests {
    private static let input = Topic("in", key: .string, value: .int)
    private static let output = Topic("out", key: .string, value: .string)
    private static let squares = RequestTopic<Int, Int>("requests")

    @Test("every reply comes to the partition that waits, and outcomes keep the order of their keys")
    func keepsOrder() async throws {
        try await OwnThread.run(named: "round trip") {
            let topology = try StreamTopology("app") {
                Self.input.stream().ask(Self.squares, named: "square").details().to(Self.output)
                Self.squares.reply(named: "answer") { value, _ in
                    guard value != 13 else { throw AgentError("unlucky", "not this one") }
                    return value * value
                }
            }
            let driver = try TopologyTestDriver(topology, partitions: ["in": 4, "requests": 3])
            for value in 0..<100 { try driver.pipe(Self.input, "k\(value % 7)", value, at: Int64(value)) }
            #expect(try driver.awaitAnswers(upTo: .seconds(60)))
            var byKey: [String: [String]] = [:]
            for record in try driver.take(Self.output) { byKey[record.key, default: []].append(record.value) }
            for key in 0..<7 {
                let expected = (0..<100).filter { $0 % 7 == key }.map {
                    $0 == 13 ? "refused unlucky final" : "\($0 * $0)"
                }
                #expect(byKey["k\(key)"] == expected)
            }
            #expect(driver.counters["replies_written", step: "answer", reason: "answered"] == 99)
        }
    }

    @Test("parts reach the asker in order, each once, before the outcome")
    func streams() async throws {
        try await OwnThread.run(named: "round trip") {
            let topology = try StreamTopology("app") {
                Self.input.stream().askStreaming(Self.squares, named: "square", part: .string)
                    .mapValues(named: "as-text") { reply in
                        switch reply {
                        case .part(let part, let index, _): "\(index):\(part)"
                        case .outcome(.success(let value)): "=\(value)"
                        case .outcome(.failure(let failure)): failure.code.rawValue
                        }
                    }.to(Self.output)
                Self.squares.replyStreaming(named: "answer", part: .string) { value, _, parts in
                    for number in 0..<value { try await parts.send("p\(number)") }
                    return value
                }
            }
            let driver = try TopologyTestDriver(topology, partitions: ["in": 2, "requests": 3])
            for value in [0, 3, 700] { try driver.pipe(Self.input, "k\(value)", value, at: 1) }
            #expect(try driver.awaitAnswers(upTo: .seconds(60)))
            var byKey: [String: [String]] = [:]
            for record in try driver.take(Self.output) { byKey[record.key, default: []].append(record.value) }
            for value in [0, 3, 700] {
                let expected = (0..<value).map { "\($0):p\($0)" } + ["=\(value)"]
                #expect(byKey["k\(value)"] == expected)
            }
        }
    }

    @Test("a handler asks another agent in turn, and what it does durably is done once")
    func usesSteps() async throws {
        let done = Mutex(0)
        let count: @Sendable () -> Int = {
            done.withLock { value in
                value += 1; return value
            }
        }
        try await OwnThread.run(named: "round trip") {
            let topology = try StreamTopology("app") {
                Self.input.stream().ask(Self.squares, named: "square").details().to(Self.output)
                Self.squares.reply(named: "answer") { value, context in
                    try await context.step("charge") { _ in count() } * 100 + value
                }
            }
            let driver = try TopologyTestDriver(topology)
            try driver.pipe(Self.input, "a", 7, at: 1)
            #expect(try driver.awaitAnswers(upTo: .seconds(60)))
            #expect(try driver.take(Self.output).map(\.value) == ["107"])
        }
    }
}
