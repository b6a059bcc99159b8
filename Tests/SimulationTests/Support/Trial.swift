import AgentOperators
import Foundation
@testable import EventLog
import StateStores
import StreamCore
import StreamTesting

/// One seed: what it simulates, and what came of it.
struct Trial {
    enum Kind: String {
        case counting
        case regrouping
        case joining
        case asking
        case askingAtMostOnce
        case stepping
        /// A planted bug: bodies of steps begin before what was before them is committed.
        case steppingHastily

        /// Those without a planted bug.
        static let sound: [Kind] = [.counting, .regrouping, .joining, .asking, .askingAtMostOnce, .stepping]
    }

    let seed: UInt64
    let kind: Kind
    let plant: @Sendable (SimulatedEventLog) -> any EventLog

    init(
        _ seed: UInt64, _ kind: Kind? = nil,
        plant: @escaping @Sendable (SimulatedEventLog) -> any EventLog = { $0 }
    ) {
        self.seed = seed
        self.plant = plant
        self.kind = kind ?? Kind.sound[Int(seed % UInt64(Kind.sound.count))]
    }

    /// What is wrong, with the trace that led to it; nil when nothing is.
    func run() throws -> String? {
        let (violations, cluster) = try simulate()
        guard !violations.isEmpty else { return nil }
        let lines = ProcessInfo.processInfo.environment["TRIBUTARY_SIMULATION_TRACE"].flatMap { Int($0) } ?? 60
        let trace = cluster.trace(last: lines).joined(separator: "\n  ")
        return "seed \(seed) (\(kind)): \(violations.joined(separator: "; "))\n  \(trace)"
    }

    /// What happened.
    func trace() throws -> [String] { try simulate().cluster.trace(last: 1_000) }

    private func simulate() throws -> (violations: [String], cluster: SimulatedCluster) {
        var random = SeededRandom(seed: seed &* 31 &+ 7)
        var settings = Simulation.Settings()
        settings.processes = 2 + random.below(2)
        settings.workers = 1 + random.below(2)
        settings.isOnDisk = random.happens(600)
        settings.hasRestorer = random.happens(700)
        settings.turmoil = .seconds(40 + random.below(60))
        let plant = plant
        var made: (any Workload)?
        let simulation = Simulation(seed: seed, settings, makeLog: { plant(SimulatedEventLog($0)) }) { connection in
            guard let made else { throw EventLogError(.other, "no workload") }
            return try made.topology(connection)
        }
        let workload = workload(simulation.cluster)
        made = workload
        for topic in workload.topics { simulation.cluster.create(topic.name, partitions: topic.partitions) }
        var steps = 0
        var isCalm = false
        let isGood = try simulation.run {
            steps += 1
            workload.feed(simulation.cluster, isCalm: isCalm)
            guard steps.isMultiple(of: 200) else { return nil }
            do { return try workload.mistake(in: simulation.cluster) } catch { return "\(error)" }
        } isDone: {
            isCalm = true
            return (try? workload.isComplete(in: simulation.cluster)) ?? false
        }
        made = nil
        var violations = simulation.violations
        if isGood {
            violations += try [
                workload.mistake(in: simulation.cluster), Stores(simulation, workload.name).mistake(),
            ].compactMap(\.self)
        }
        return (violations, simulation.cluster)
    }

    private func workload(_ cluster: SimulatedCluster) -> any Workload {
        switch kind {
        case .counting: CountingWorkload(isRegrouping: false)
        case .regrouping: CountingWorkload(isRegrouping: true)
        case .joining: JoiningWorkload()
        case .asking: AskingWorkload(cluster, delivery: .atLeastOnce)
        case .askingAtMostOnce: AskingWorkload(cluster, delivery: .atMostOnce)
        case .stepping: SteppingWorkload(cluster, isHasty: false)
        case .steppingHastily: SteppingWorkload(cluster, isHasty: true)
        }
    }
}
