import EventLog
import Foundation
import StreamCore
import TestPrograms
import Testing
import Topology

/// Charges at a ledger in another process, by a pipeline that is killed between and inside its steps.
///
/// `TRIBUTARY_EFFECT_KILLS` says how often; 200 is the experiment of the record.
@Suite("Effects of a killed pipeline", .serialized, .timeLimit(.minutes(60)))
struct DuplicateEffectTests {
    static let program = BuiltProgram("ChargePipeline")
    static let environment = ProcessInfo.processInfo.environment
    static let kills = environment["TRIBUTARY_EFFECT_KILLS"].flatMap { Int($0) } ?? 10
    static let ordersPerKill = 60

    /// What the experiment left.
    private struct Result {
        let orders: Int
        let done: [String: Int]
        let outcomes: [String]
        let calls: Int
        func count(_ order: Int, _ step: String) -> Int { done["\(order) \(step)"] ?? 0 }
    }

    @Test(.enabled(if: program.exists && ChatServer.python != nil, "needs the built ChargePipeline and python3"))
    func `with steps no charge is doubled or lost`() async throws {
        let result = try await OwnThread.run(named: "effects") { try Self.run(isNaive: false) }
        let orders = 0..<result.orders
        let doubled = result.done.filter { $0.value > 1 }
        #expect(doubled.isEmpty)
        let certain = ["reserve", "receipt"].flatMap { step in orders.filter { result.count($0, step) == 0 } }
        #expect(certain.isEmpty)
        let lost = orders.filter { result.count($0, "charge") == 0 && result.count($0, "interrupted") == 0 }
        #expect(lost.isEmpty)
        let interrupted = orders.filter { result.count($0, "interrupted") > 0 }
        #expect(interrupted.allSatisfy { $0 % 3 == 2 })
        #expect(result.outcomes.count == result.orders)
        #expect(result.outcomes.allSatisfy { $0 == "charged" })
        let charged = interrupted.count { result.count($0, "charge") > 0 }
        let effects = result.done.values.reduce(0, +)
        print(
            "with steps: \(Self.kills) kills, \(result.orders) orders, \(effects) effects by \(result.calls) calls,",
            "\(doubled.count) doubled, \(certain.count + lost.count) lost, \(interrupted.count) told as interrupted",
            "(\(charged) of them charged)")
    }

    @Test(.enabled(if: program.exists && ChatServer.python != nil, "needs the built ChargePipeline and python3"))
    func `without them charges are doubled: the experiment can tell`() async throws {
        let result = try await OwnThread.run(named: "effects") { try Self.run(isNaive: true) }
        let doubled = result.done.filter { $0.value > 1 }.count
        print(
            "without steps: \(Self.kills) kills, \(result.orders) orders, \(3 * result.orders) charges wanted,",
            "\(result.done.values.reduce(0, +)) made, \(doubled) doubled")
        #expect(doubled > 0)
        #expect(result.outcomes.count == result.orders)
    }

    private static func run(isNaive: Bool) throws -> Result {
        let place = Workplace()
        let seed = environment["TRIBUTARY_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        try place.log().createTopic(TopicSpecification("orders", partitions: 4))
        let ledger = try ChargeLedger(in: place.folder + "/ledger")
        var settings = ledger.environment
        if isNaive { settings["TRIBUTARY_CHARGES_NAIVE"] = "1" }
        let arguments = ["run", "--data-dir", place.folder]
        var orders = 0
        for _ in 0..<kills {
            try place.produce(
                Topic("orders", key: .string, value: .int),
                (orders..<(orders + ordersPerKill)).map { ("account-\($0 % 40)", $0, Int64($0)) })
            orders += ordersPerKill
            let (before, start) = (ledger.bytesNoted, Date())
            let run = try program.start(arguments, environment: settings, in: place.folder)
            while ledger.bytesNoted == before, Date().timeIntervalSince(start) < 10 {
                Thread.sleep(forTimeInterval: 0.002)
            }
            Thread.sleep(forTimeInterval: Double(random.below(250)) / 1_000)
            run.kill()
        }
        let last = try program.start(arguments + ["--until-idle"], environment: settings, in: place.folder)
        let code = last.wait()
        if code != 0 { Issue.record("the last run ended with \(code): \(last.errorText.suffix(2_000))") }
        let outcomes = try place.read(Topic("outcomes", key: .int, value: .string)).map(\.value)
        return Result(orders: orders, done: ledger.done, outcomes: outcomes, calls: ledger.callCount)
    }
}
