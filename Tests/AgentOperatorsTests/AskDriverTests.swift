import AgentOperators
import Foundation
import StreamCore
import StreamTesting
import Synchronization
import Testing

/// Asking in the driver that users test with; it blocks its thread, so each test has one of its own.
@Suite("ask in the test driver", .timeLimit(.minutes(15)))
struct AskDriverTests {
    private func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }

    @Test func `answers come out in the order of each key`() async throws {
        try await onThread {
            let input = Topic("in", key: .string, value: .int)
            let output = Topic("out", key: .string, value: .int)
            let topology = try StreamTopology("app") {
                input.stream().mapAsync(named: "double", inFlight: 4) { value, _ in value * 2 }.answers().to(output)
            }
            let driver = try TopologyTestDriver(topology, partitions: ["in": 2])
            for value in 0..<100 { try driver.pipe(input, "k\(value % 7)", value, at: Int64(value)) }
            #expect(try driver.awaitAnswers())
            var byKey: [String: [Int]] = [:]
            for record in try driver.take(output) { byKey[record.key, default: []].append(record.value) }
            for key in 0..<7 { #expect(byKey["k\(key)"] == (0..<100).filter { $0 % 7 == key }.map { $0 * 2 }) }
        }
    }

    @Test func `a deadline is virtual time`() async throws {
        try await onThread {
            let input = Topic("in", key: .string, value: .int)
            let desk = Desk()
            let topology = try StreamTopology("app") {
                input.stream().ask(desk, named: "score", timeout: .seconds(30)).texts()
                    .to(Topic("out", key: .string, value: .string))
            }
            let driver = try TopologyTestDriver(topology)
            try driver.pipe(input, "a", 1, at: 0)
            try driver.advance(by: .seconds(30))
            #expect(try driver.awaitAnswers())
            #expect(try driver.take(Topic("out", key: .string, value: .string)).map(\.value) == ["timedOut/1"])
        }
    }
}
