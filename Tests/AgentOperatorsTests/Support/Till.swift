import AgentOperators
import Synchronization

/// What a handler's steps are done to: remembers every call with its key.
final class Till: Sendable {
    struct Call: Sendable, Equatable {
        let what: String
        let key: String
        let isRepeated: Bool
    }

    private let state = Mutex<[Call]>([])
    /// Raised at each call.
    let rung = Signal()
    /// What the body waits for before it returns; nil lets it through.
    let gate: Signal?

    init(gate: Signal? = nil) { self.gate = gate }

    var calls: [Call] { state.withLock { $0 } }
    var keys: [String] { calls.map(\.key) }
    func count(_ what: String) -> Int { calls.count { $0.what == what } }

    /// Does something; returns how many calls there were with this key.
    @discardableResult
    func ring(_ what: String, _ context: StepContext) async throws -> Int {
        let (number, total) = state.withLock { calls in
            calls.append(Call(what: what, key: context.idempotencyKey, isRepeated: context.isRepeated))
            return (calls.count { $0.key == context.idempotencyKey }, calls.count)
        }
        rung.raise()
        if let gate {
            await gate.reached(total)
            try Task.checkCancellation()
        }
        return number
    }

    /// Whether something was done under this key.
    func knows(_ key: String) -> Bool { calls.contains { $0.key == key } }
}
