import AgentOperators
import StreamCore
import Synchronization

/// An agent that answers when the test says so.
final class Desk: Agent {
    struct Call: Sendable {
        let request: Int
        let context: AskContext
    }

    private struct State {
        var calls: [Call] = []
        var open: [Int: CheckedContinuation<Int, any Error>] = [:]
        var cancelled: Set<Int> = []
        var most = 0
    }

    private let state = Mutex(State())
    private let arrivals = Signal()

    func handle(_ request: Int, _ context: AskContext) async throws -> Int {
        let number = state.withLock { state in
            state.calls.append(Call(request: request, context: context))
            return state.calls.count - 1
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if state.cancelled.contains(number) { return true }
                    state.open[number] = continuation
                    state.most = max(state.most, state.open.count)
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
                arrivals.raise()
            }
        } onCancel: {
            let continuation = state.withLock { state in
                state.cancelled.insert(number)
                return state.open.removeValue(forKey: number)
            }
            continuation?.resume(throwing: CancellationError())
        }
    }

    /// All calls so far, as soon as there are `count`.
    func calls(_ count: Int) async -> [Call] {
        await arrivals.reached(count)
        return state.withLock { $0.calls }
    }

    /// The most calls that were open at once.
    var most: Int { state.withLock { $0.most } }

    /// The requests whose calls are open.
    var open: [Int] { state.withLock { state in state.open.keys.map { state.calls[$0].request }.sorted() } }

    /// Ends the open call of `request`; returns whether there was one.
    @discardableResult
    func answer(_ request: Int, _ result: Result<Int, any Error>) -> Bool {
        let continuation = state.withLock { state in
            state.open.keys.filter { state.calls[$0].request == request }.min().flatMap {
                state.open.removeValue(forKey: $0)
            }
        }
        continuation?.resume(with: result)
        return continuation != nil
    }
}

/// A failure that may pass.
struct Busy: AskRetryable {
    var retryAfter: Duration?
    var isRetryable: Bool { true }
}

/// A failure that stays.
struct Bad: AskRetryable {
    var isRetryable: Bool { false }
}
