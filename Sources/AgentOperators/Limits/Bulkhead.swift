import ChatModels
import Synchronization

/// How many calls to a target run at once, for all tasks of the process that share this; some more wait in order.
///
/// Any thread may call.
public final class Bulkhead: Sendable {
    private struct State {
        var running = 0
        var next: UInt64 = 0
        var waiting: [(id: UInt64, continuation: CheckedContinuation<Entry, Never>)] = []
    }

    /// How many calls run at once.
    public let maxConcurrent: Int
    /// How many wait.
    public let maxWaiting: Int
    private let state = Mutex(State())

    /// Room for `maxConcurrent` calls, and `maxWaiting` that wait.
    public init(maxConcurrent: Int, maxWaiting: Int = 1_000) {
        self.maxConcurrent = max(1, maxConcurrent)
        self.maxWaiting = max(0, maxWaiting)
    }

    /// How many calls run now.
    public var running: Int { state.withLock { $0.running } }
    /// How many wait now.
    public var waiting: Int { state.withLock { $0.waiting.count } }

    /// Takes room when there is some and nobody waits for it; ``leave()`` must follow when that is so.
    func enterAtOnce() -> Bool {
        state.withLock { state in
            guard state.running < maxConcurrent else { return false }
            state.running += 1
            return true
        }
    }

    /// Waits for room; ``leave()`` must follow.
    ///
    /// - Throws: `ChatModelError` with the code `limited` when too many wait; `CancellationError`.
    public func enter() async throws {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        let entry = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let decided: Entry? = state.withLock { state in
                    if Task.isCancelled { return .cancelled }
                    if state.running < maxConcurrent {
                        state.running += 1
                        return .admitted
                    }
                    guard state.waiting.count < maxWaiting else { return .refused }
                    state.waiting.append((id, continuation))
                    return nil
                }
                if let decided { continuation.resume(returning: decided) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0).continuation }
            }
            waiter?.resume(returning: .cancelled)
        }
        switch entry {
        case .admitted: break
        case .cancelled: throw CancellationError()
        case .refused:
            throw ChatModelError(
                .limited, "\(maxConcurrent) calls run and \(maxWaiting) wait already", retryAfter: .seconds(1))
        }
    }

    private enum Entry {
        case admitted
        case cancelled
        case refused
    }

    /// Makes room for the next.
    public func leave() {
        let waiter = state.withLock { state -> CheckedContinuation<Entry, Never>? in
            guard !state.waiting.isEmpty else {
                state.running = max(0, state.running - 1)
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        waiter?.resume(returning: .admitted)
    }
}
