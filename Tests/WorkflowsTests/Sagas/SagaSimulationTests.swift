import AgentOperators
import StreamCore
import StreamDSL
import Testing

@testable import Workflows

@Suite("Sagas under faults", .timeLimit(.minutes(15)))
struct SagaSimulationTests {
    private static let sagas = 12

    /// What a run found wrong, and how its sagas ended.
    private struct Verdict {
        var violations: [String] = []
        var ends: [SagaStatus: Int] = [:]
        var crashes = 0
    }

    /// How a crash treats what was committed.
    private enum Crash {
        case honest
        /// The saga's last state is lost although the commands that followed from it were sent: no common commit.
        case forgetful
    }

    private static func run(seed: UInt64, _ crash: Crash) throws -> Verdict {
        var random = SeededRandom(seed: seed)
        let retry = RetryPolicy(attempts: 4, first: .seconds(1), longest: .seconds(4))
        let (deadline, timeout) = (Duration.seconds(90), Duration.seconds(20))
        let trip = try TripBench(SagaOptions(deadline: deadline, retry: retry), timeout: timeout)
        let world = SagaWorld(trip, seed: seed &* 31)
        var begun: [String: Timestamp] = [:]
        var verdict = Verdict()
        var rounds = 0
        while rounds < 20_000 {
            rounds += 1
            if begun.count < sagas, random.happens(200) {
                let id = "t\(begun.count)"
                begun[id] = trip.bench.clock.now()
                for _ in 0..<(random.happens(200) ? 2 : 1) {
                    try trip.bench.feed(TripBench.trips, id, Trip(traveller: "ann"))
                }
            }
            try trip.bench.step(upTo: 1 + random.below(4), committing: random.happens(800))
            try world.act()
            if !world.isCalm, random.happens(60) {
                verdict.crashes += 1
                try trip.bench.crash(forgetting: crash == .forgetful ? "trip" : nil)
            }
            trip.bench.clock.advance(by: random.milliseconds(0...1_500))
            if begun.count == sagas, rounds > 250 { world.isCalm = true }
            if world.isCalm, world.isIdle, rounds > 900 { break }
        }
        try trip.bench.settle()
        try world.act()
        try trip.bench.settle()
        // What is at work at the deadline ends in its time; each step is undone in its tries, waits between included.
        let undoing = Duration.seconds(4 * 3 * (20 + 4) + 30)
        for (id, start) in begun {
            let saga = try trip.saga(id)
            if let saga { verdict.ends[saga.status, default: 0] += 1 }
            if let words = world.judge(id, saga, latest: start + deadline + timeout + undoing + .seconds(20)) {
                verdict.violations.append(words)
            }
        }
        return verdict
    }

    @Test(
        "W56: losses, delays, doubles, refusals, crashes: each effect once or undone once, in reverse order, in time",
        arguments: 1...30)
    func holds(seed: UInt64) throws {
        let verdict = try Self.run(seed: seed, .honest)
        #expect(verdict.violations.isEmpty, "seed \(seed): \(verdict.violations)")
        #expect(verdict.crashes > 0)
    }

    @Test("the runs reach every end, and the same judge finds a saga whose state and commands have no common commit")
    func findsPlantedBug() throws {
        var ends: [SagaStatus: Int] = [:]
        var found = 0
        for seed in UInt64(100)..<112 {
            for (end, count) in try Self.run(seed: seed, .honest).ends { ends[end, default: 0] += count }
            if try !Self.run(seed: seed, .forgetful).violations.isEmpty { found += 1 }
        }
        #expect(ends[.completed, default: 0] > 10)
        #expect(ends[.compensated, default: 0] > 10)
        #expect(found >= 6, "found in \(found) of 12 runs")
    }

    @Test("ten thousand sagas at once: all end, each step asked for once, over a crash in the middle")
    func many() throws {
        let trip = try TripBench()
        let count = 10_000
        for number in 0..<count { try trip.bench.feed(TripBench.trips, "t\(number)", Trip(traveller: "ann")) }
        var asked = 0
        for round in 0..<2_000 {
            while try trip.bench.step() {}
            var isMoving = false
            for name in TripBench.names {
                for request in try trip.requests(name) {
                    asked += 1
                    isMoving = true
                    try trip.reply(name, to: request)
                }
            }
            if round == 3 { try trip.bench.crash() }
            if !isMoving { break }
        }
        #expect(asked == count * 3)
        let all = try trip.bench.stored("trip", as: Serde<SagaRecord<Trip>>.json())
        #expect(all.count == count)
        #expect(all.values.allSatisfy { $0.status == .completed })
    }
}
