import Foundation
import StreamCore
import StreamDSL
import StreamTesting
import TaskMarket
import TestPrograms
import Testing
import Topology

@testable import DataMarket

@Suite("The example DataMarket", .timeLimit(.minutes(15)))
struct DataMarketTests {
    @Test func `RPK-19 its tasks all end on a log of its own, each with an understandable outcome`() async throws {
        try await OwnThread.run(named: "data-market") {
            let market = try DataMarket.market
            let start = Timestamp(milliseconds: 1_751_821_529_000)
            let driver = try TopologyTestDriver(
                DataMarket.topology(.all, of: market), clock: ManualWallClock(start))
            for request in TaskLoad.requests(12, seed: 1, at: start) {
                try driver.pipe(market.requests, request.task, request, at: start.milliseconds)
            }
            #expect(try driver.awaitAnswers(upTo: .seconds(60)))
            try driver.advance(by: .seconds(20))
            #expect(try driver.awaitAnswers(upTo: .seconds(60)))
            try driver.advance(by: .minutes(2))
            let outcomes = try driver.take(Topic("outcomes", key: .string, value: .json(TaskResponse.self)))
            #expect(outcomes.count == 12)
            #expect(outcomes.contains { $0.value.status == .completed })
            let history = MarketHistory(of: try driver.take(market.audit).map(\.value))
            #expect(history.breaks.isEmpty)
            #expect(history.tasks.count == 12)
            #expect(history.tasks.values.allSatisfy { $0.status.isTerminal })
        }
    }

    @Test func `RPK-03 each role is a topology of its own, and all together are one`() throws {
        let market = try DataMarket.market
        for role in DataMarket.Role.allCases {
            let topology = try DataMarket.topology(role, of: market)
            #expect(!topology.sinks.isEmpty)
        }
    }

    @Test(.enabled(if: BuiltProgram("DataMarket").exists))
    func `RPK-16 a killed process on the embedded log leaves a history that the tool replays`() async throws {
        try await OwnThread.run(named: "data-market-process") {
            let folder = try TemporaryFolder()
            let place = ["--data-dir", "\(folder.path)/data"]
            let program = BuiltProgram("DataMarket")
            let asked = try program.start(["ask", "--count", "8"] + place, in: folder.path)
            #expect(asked.wait() == 0)
            let first = try program.start(["run"] + place, in: folder.path)
            let running = try tasks(program, place, folder) { $0.contains("\"status\":\"COMPLETED\"") }
            #expect(running.contains("task-1-0"))
            first.kill()
            let second = try program.start(["run"] + place, in: folder.path)
            // Bidding ends 20 s after the request: by then every task has been taken or has not.
            let told = try tasks(program, place, folder) { text in
                ["PENDING", "NEGOTIATING", "ACCEPTED", "RUNNING"].allSatisfy { !text.contains("\"\($0)\"") }
            }
            second.kill()
            #expect(told.split(separator: "\n").count == 8)
            let history = try program.start(["market", "history", "task-1-0", "-o", "jsonl"] + place, in: folder.path)
            #expect(history.wait() == 0)
            let changes = history.outputText
            #expect(changes.contains("\"change\":\"requested\""))
            #expect(changes.components(separatedBy: "\"change\":\"awarded\"").count <= 2)
        }
    }

    /// What `market tasks` prints, once it is as `isDone` wants it.
    private func tasks(
        _ program: BuiltProgram, _ place: [String], _ folder: TemporaryFolder, _ isDone: (String) -> Bool
    ) throws -> String {
        let end = ContinuousClock.now + .seconds(180)
        while true {
            let tasks = try program.start(["market", "tasks", "-o", "jsonl"] + place, in: folder.path)
            _ = tasks.wait()
            let text = tasks.outputText
            if !text.isEmpty, isDone(text) { return text }
            guard ContinuousClock.now < end else { throw TooLate(told: text) }
            Thread.sleep(forTimeInterval: 0.2)
        }
    }
}

private struct TooLate: Error {
    let told: String
}
