import AgentOperators
import Foundation
import StreamCore
import Synchronization

/// A journal of steps in memory, which outlives runs and dies where a test says.
final class MemoryJournal: Sendable {
    /// The process is gone.
    struct Crash: Error {}

    private struct State {
        var started: Set<String> = []
        var results: [String: Data] = [:]
        var decisions: [ApprovalDecision] = []
        var asked: [ApprovalRequest] = []
        var untilCrash = Int.max
        var passed = 0
    }

    private let state = Mutex(State())

    init(decisions: [ApprovalDecision] = []) { state.withLock { $0.decisions = decisions } }

    /// The names of the steps that have results, in no order.
    var steps: Set<String> { state.withLock { Set($0.results.keys) } }
    /// What people were asked.
    var asked: [ApprovalRequest] { state.withLock { $0.asked } }
    /// How many places there were to die in the last run.
    var places: Int { state.withLock { $0.passed } }

    /// The context of another run, which dies at the place number `crash`.
    func run(crashAt crash: Int = .max) -> Run {
        state.withLock { state in
            state.untilCrash = crash
            state.passed = 0
        }
        return Run(self)
    }

    private func place() throws {
        try state.withLock { state in
            state.passed += 1
            if state.passed > state.untilCrash { throw Crash() }
        }
    }

    private func keep(_ name: String, _ value: some Encodable) throws {
        try place()
        let data = try JSONEncoder().encode([value])
        state.withLock { $0.results[name] = data }
        try place()
    }

    private func kept<Value: Decodable>(_ name: String) throws -> Value? {
        try state.withLock { $0.results[name] }.flatMap { try JSONDecoder().decode([Value].self, from: $0).first }
    }

    final class Run: DurableContext {
        let idempotencyKey = "request-1"
        let attempt = 1
        let deadline = Timestamp.latest
        private let journal: MemoryJournal
        private let counts = Mutex<[String: Int]>([:])

        init(_ journal: MemoryJournal) { self.journal = journal }

        private func next(_ name: String) -> String {
            counts.withLock { counts in
                counts[name, default: 0] += 1
                return "\(name)#\(counts[name] ?? 0)"
            }
        }

        func step<Value: Codable & Sendable>(
            _ name: String, policy: StepPolicy<Value>,
            _ body: @escaping @Sendable (StepContext) async throws -> Value
        ) async throws -> Value {
            let name = next(name)
            if let value: Value = try journal.kept(name) { return value }
            try journal.place()
            let isRepeated = !journal.state.withLock { $0.started.insert(name).inserted }
            let context = StepContext(idempotencyKey: "\(idempotencyKey)/\(name)", isRepeated: isRepeated)
            if isRepeated {
                switch policy {
                case .pure, .idempotent: break
                case .atMostOnce: throw StepFailure(.interrupted, step: name, "the process died in it")
                case .reconcile(let ask):
                    if let value = try await ask(context) {
                        try journal.keep(name, value)
                        return value
                    }
                }
            }
            try journal.place()
            let value = try await body(context)
            try journal.keep(name, value)
            return value
        }

        func now() async throws -> Timestamp { Timestamp(milliseconds: 0) }
        func random() async throws -> UInt64 { 4 }
        func sleep(for duration: Duration) async throws {}

        func approval(_ name: String, _ request: ApprovalRequest) async throws -> ApprovalDecision {
            let name = next(name)
            if let decision: ApprovalDecision = try journal.kept(name) { return decision }
            let decision = journal.state.withLock { state in
                state.asked.append(request)
                return state.decisions.isEmpty ? ApprovalDecision(.expired) : state.decisions.removeFirst()
            }
            try journal.keep(name, decision)
            return decision
        }
    }
}
