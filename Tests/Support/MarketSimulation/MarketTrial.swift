import Foundation
import StreamCore
package import TaskMarket

/// One seed: a world around a market, and what the oracle says.
package enum MarketTrial {
    /// What came of it.
    package struct Report: Sendable, CustomStringConvertible {
        package let seed: UInt64
        /// How many tasks have a history, and how many should.
        package let tasks: Int
        package let expected: Int
        package let events: Int
        package let outcomes: [String: Int]
        package let awarded: Int
        package let violations: [String]
        package let latest: Int64
        package let tally: MarketWorld.Tally
        /// What the operators counted; empty where there are none.
        package let counts: [String: Int]
        package let seconds: Double

        package var description: String {
            let ends = outcomes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            let counted = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            return """
                seed \(seed): \(tasks) tasks of \(expected), \(tally.messages) messages (\(tally.duplicates) twice, \
                \(tally.garbage) garbage), \(tally.crashes) crashes, \(tally.jumps) clock jumps
                  \(events) events, \(awarded) awarded; \(ends)
                  latest end \(latest) ms after its deadline; \(violations.count) violations; \(seconds) s
                  \(counted)
                """
        }
    }

    /// The real operators in the test driver, with stores in memory-backed files.
    ///
    /// - Throws: what the driver throws.
    package static func throughOperators(
        tasks: Int, seed: UInt64, format: MarketFormat = .json,
        _ adjust: (inout MarketWorld.Settings) -> Void = { _ in }
    ) throws -> Report {
        let root = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
        let folder = "\(root)/tributary-market-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let market = Market("market", rules: MarketWorld.rules, format: format)
        let host = try DriverHost(market, folder: folder, start: MarketWorld.start)
        let report = try run(tasks, seed, host, adjust) { host.counts }
        try host.close()
        return report
    }

    /// The state machine alone, with a rule left out or not.
    ///
    /// - Throws: what the serde of the audit throws.
    package static func alone(tasks: Int, seed: UInt64, flaw: PureHost.Flaw? = nil) throws -> Report {
        let market = Market("market", rules: MarketWorld.rules, format: .json)
        return try run(tasks, seed, PureHost(market, flaw: flaw, start: MarketWorld.start), { _ in }) { [:] }
    }

    private static func run(
        _ tasks: Int, _ seed: UInt64, _ host: any MarketHost, _ adjust: (inout MarketWorld.Settings) -> Void,
        counts: () -> [String: Int]
    ) throws -> Report {
        var settings = MarketWorld.Settings()
        settings.tasks = tasks
        adjust(&settings)
        let world = MarketWorld(seed: seed, settings, host: host)
        let start = ContinuousClock.now
        let oracle = try world.run()
        return Report(
            seed: seed, tasks: oracle.names.count, expected: world.requests.count, events: oracle.events,
            outcomes: oracle.tally, awarded: oracle.awarded, violations: oracle.violations, latest: oracle.latest,
            tally: world.tally, counts: counts(), seconds: Double((ContinuousClock.now - start).milliseconds) / 1000)
    }
}
