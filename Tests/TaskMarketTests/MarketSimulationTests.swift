import Foundation
import MarketSimulation
import StreamCore
import TaskMarket
import Testing
import Topology

/// Negotiations by the thousand among random actors, with crashes, duplicates, delays and clock jumps: the audit is judged by an
/// oracle that shares no code with the market.
///
/// `TRIBUTARY_MARKET_TASKS=100000` runs as many; `TRIBUTARY_MARKET_SEED` another seed.
@Suite("Simulated negotiations", .timeLimit(.minutes(30)))
struct MarketSimulationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let tasks = environment["TRIBUTARY_MARKET_TASKS"].flatMap { Int($0) } ?? 1_500
    private static let seed = environment["TRIBUTARY_MARKET_SEED"].flatMap { UInt64($0) } ?? 1

    @Test func `W50 the operators break no rule, award once and end every task in time, through crashes`() async throws
    {
        try await OwnThread.run(named: "market-simulation") {
            let report = try MarketTrial.throughOperators(
                tasks: Self.tasks, seed: Self.seed, format: try .rawAvro())
            FileHandle.standardError.write(Data("\(report)\n".utf8))
            #expect(report.violations == [])
            #expect(report.tasks == report.expected)
            #expect(report.tally.crashes > 0 && report.tally.duplicates > 0)
        }
    }

    @Test func `the state machine alone breaks no rule`() async throws {
        try await OwnThread.run(named: "market-simulation") {
            for seed in UInt64(1)...3 {
                let report = try MarketTrial.alone(tasks: 1_000, seed: seed)
                #expect(report.violations == [])
            }
        }
    }

    @Test(arguments: PureHost.Flaw.allCases)
    func `a rule that is left out is found within ten seeds, and the seed passes with it`(flaw: PureHost.Flaw)
        async throws
    {
        try await OwnThread.run(named: "market-simulation") {
            for seed in UInt64(1)...10 {
                let report = try MarketTrial.alone(tasks: 300, seed: seed, flaw: flaw)
                guard let first = report.violations.first else { continue }
                FileHandle.standardError.write(Data("\(flaw), seed \(seed): \(first)\n".utf8))
                let without = try MarketTrial.alone(tasks: 300, seed: seed)
                #expect(without.violations == [])
                return
            }
            Issue.record("\(flaw) went unnoticed")
        }
    }

    @Test func `a seed gives the same history every time`() async throws {
        try await OwnThread.run(named: "market-simulation") {
            let first = try MarketTrial.alone(tasks: 300, seed: 7)
            let second = try MarketTrial.alone(tasks: 300, seed: 7)
            #expect(first.events == second.events)
            #expect(first.outcomes == second.outcomes)
        }
    }
}
