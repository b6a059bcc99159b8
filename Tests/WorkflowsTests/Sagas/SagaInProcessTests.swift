import AgentOperators
import StreamCore
import StreamDSL
import Synchronization
import Testing
import Topology

@testable import Workflows

@Suite("Sagas in the process", .timeLimit(.minutes(15)))
struct SagaInProcessTests {
    /// What really happened, by key.
    final class Ledger: Sendable {
        private let lines = Mutex<[String]>([])
        func note(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }
    }

    private static func bench(
        _ ledger: Ledger, _ last: @escaping @Sendable (inout Trip, SagaStepContext) async throws -> Void
    ) throws -> WorkflowBench {
        let retry = RetryPolicy(attempts: 2, first: .milliseconds(1), longest: .milliseconds(1), jitter: 0)
        let topology = try StreamTopology("travel") {
            let flow = TripBench.trips.stream().saga(named: "trip") {
                step("flight") { trip, context in
                    ledger.note("+flight \(context.idempotencyKey)")
                    trip.notes.append("flight")
                } compensate: { trip, context in
                    ledger.note("-flight \(context.saga.isUncertain)")
                    trip.notes.append("no flight")
                }
                step("mail", options: AskOptions(retry: retry), perform: last) { _, context in
                    ledger.note("-mail \(context.saga.isUncertain)")
                }
            }
            flow
            flow.outcomes.to(TripBench.changes)
        }
        return try WorkflowBench(topology)
    }

    private static func run(
        _ ledger: Ledger, crashing: Bool = false,
        _ last: @escaping @Sendable (inout Trip, SagaStepContext) async throws -> Void
    ) async throws -> SagaRecord<Trip> {
        let bench = try bench(ledger, last)
        try bench.feed(TripBench.trips, "t1", Trip(traveller: "ann"))
        if crashing {
            try await bench.settle { ledger.all.count >= 2 }
            try bench.crash()
        }
        var told: [Record<String, SagaRecord<Trip>>] = []
        try await bench.settle {
            bench.clock.advance(by: .milliseconds(1))
            told += try bench.take(TripBench.changes)
            return !told.isEmpty
        }
        let record = try #require(told.first)
        return record.value
    }

    @Test("functions of the process are steps, with keys of their own")
    func completes() async throws {
        let ledger = Ledger()
        let saga = try await Self.run(ledger) { trip, context in trip.notes.append(context.saga.step) }
        #expect(saga.status == .completed)
        #expect(saga.state.notes == ["flight", "mail"])
        #expect(ledger.all == ["+flight trip/t1/trips-0-0/flight/perform"])
    }

    @Test("an error that says no is not undone, what was done before is")
    func refuses() async throws {
        let ledger = Ledger()
        let saga = try await Self.run(ledger) { _, _ in throw AgentError("full", "no mail") }
        #expect(saga.status == .compensated)
        #expect(ledger.all == ["+flight trip/t1/trips-0-0/flight/perform", "-flight false"])
        #expect(saga.state.notes == ["flight", "no flight"])
        #expect(saga.progress.failure?.remoteCode == "full")
    }

    @Test("an error that says nothing leaves it open, and undoing is told so")
    func uncertain() async throws {
        struct Odd: Error {}
        let ledger = Ledger()
        let saga = try await Self.run(ledger) { _, _ in throw Odd() }
        #expect(saga.status == .compensated)
        #expect(ledger.all == ["+flight trip/t1/trips-0-0/flight/perform", "-mail true", "-flight false"])
    }

    @Test("a crash runs a step that is done no second time")
    func crashes() async throws {
        let ledger = Ledger()
        let saga = try await Self.run(ledger, crashing: true) { _, context in
            ledger.note("+mail \(context.idempotencyKey)")
            if ledger.all.count == 2 { try await Task.sleep(for: .seconds(600)) }
        }
        #expect(saga.status == .completed)
        #expect(ledger.all.filter { $0.hasPrefix("+flight") }.count == 1)
        #expect(Set(ledger.all.filter { $0.hasPrefix("+mail") }) == ["+mail trip/t1/trips-0-0/mail/perform"])
    }

    @Test("blocks that cannot be are mistakes; a first state that cannot be read is a dead letter")
    func mistakes() throws {
        let stream = TripBench.trips.stream()
        #expect(throws: TopologyError.self) {
            try StreamTopology("a") {
                stream.saga(named: "s") {
                    step("x") { _, _ in }
                    step("x") { _, _ in }
                }
            }
        }
        #expect(throws: TopologyError.self) {
            try StreamTopology("a") {
                stream.saga(named: "s", options: SagaOptions(deadline: .zero)) { step("x") { _, _ in } }
            }
        }
        let trip = try TripBench()
        trip.bench.feed("trips", key: "t1", value: "{")
        trip.bench.feed("trips", key: nil, value: "{\"traveller\":\"a\",\"notes\":[]}")
        trip.bench.feed("trip-decisions", key: "t1", value: "\"perhaps\"")
        try trip.bench.feed(TripBench.decisions, "nobody", .retry)
        try trip.bench.settle()
        #expect(trip.bench.deadLetters().count == 3)
        #expect(trip.bench.count("sagas_dropped", step: "trip", reason: "unknown saga") == 1)
    }
}
