import Foundation
import Testing

/// The real runtime on simulated brokers, seed by seed.
@Suite("Simulation", .timeLimit(.minutes(30)))
struct SimulationTests {
    @Test func `no seed breaks a promise`() throws {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["TRIBUTARY_SIMULATION_SEEDS"].flatMap { UInt64($0) } ?? 24
        let first = environment["TRIBUTARY_SIMULATION_FIRST"].flatMap { UInt64($0) } ?? 1
        let kind = environment["TRIBUTARY_SIMULATION_KIND"].flatMap { Trial.Kind(rawValue: $0) }
        for seed in first..<(first + count) {
            let violation = try Trial(seed, kind).run()
            #expect(violation == nil)
        }
    }
}

/// What a seed means.
@Suite("Simulation's own rules", .timeLimit(.minutes(30)))
struct SimulationRulesTests {
    @Test func `a seed gives the same events every time`() throws {
        for seed in UInt64(1)...3 {
            let first = try Trial(seed).trace()
            let second = try Trial(seed).trace()
            #expect(first.count > 50)
            #expect(first == second)
        }
    }
}

/// Rules broken on purpose: the simulation must notice, or it proves nothing.
@Suite("Planted bugs", .timeLimit(.minutes(30)))
struct PlantedBugTests {
    /// For looking further: `TRIBUTARY_PLANTED_BUG` and `-_FIRST`, and `TRIBUTARY_SIMULATION_KIND` for another workload.
    private static let environment = ProcessInfo.processInfo.environment
    private static let first = environment["TRIBUTARY_PLANTED_FIRST"].flatMap { UInt64($0) } ?? 1
    private static let kind = environment["TRIBUTARY_SIMULATION_KIND"].flatMap { Trial.Kind(rawValue: $0) }

    private static let bugs = PlantedBug.allCases.filter { bug in
        environment["TRIBUTARY_PLANTED_BUG"].map { $0 == "\(bug)" } ?? true
    }

    @Test(arguments: bugs)
    func `a broken rule is found within 300 seeds, and the seed passes without it`(bug: PlantedBug) throws {
        for seed in Self.first..<(Self.first + 300) {
            guard let violation = try Trial(seed, Self.kind ?? bug.kind, plant: { bug.plant(in: $0) }).run() else {
                continue
            }
            let told = violation.split(separator: "\n").first.map(String.init) ?? violation
            FileHandle.standardError.write(Data("\(bug): \(told)\n".utf8))
            let without = try Trial(seed, bug.kind).run()
            #expect(without == nil)
            return
        }
        Issue.record("\(bug) went unnoticed for 300 seeds")
    }

    @Test func `steps that begin before what was before them is committed are found within 300 seeds`() throws {
        for seed in UInt64(1)...300 {
            guard let violation = try Trial(seed, .steppingHastily).run() else { continue }
            let told = violation.split(separator: "\n").first.map(String.init) ?? violation
            FileHandle.standardError.write(Data("hasty steps: \(told)\n".utf8))
            let without = try Trial(seed, .stepping).run()
            #expect(without == nil)
            return
        }
        Issue.record("hasty steps went unnoticed for 300 seeds")
    }
}

extension PlantedBug {
    /// What shows the bug soonest; answers, for one, are all that is ever committed without moving a position.
    fileprivate var kind: Trial.Kind {
        switch self {
        case .positionsNotStable: .asking
        case .unknownTakenAsCommitted: .counting
        case .tokenOfTheMoment: .joining
        case .stepsLeftOut: .stepping
        case .unmovedPositionsLeftOut: .askingAtMostOnce
        default: .regrouping
        }
    }
}
