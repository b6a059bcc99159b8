import StreamCore
import Synchronization

/// What the handlers of one task and the task tell each other, from whatever thread.
final class ReplyBoard: Sendable {
    /// A part that a handler has sent.
    struct Part: Sendable {
        let request: AgentMessage
        let run: UInt64
        let payload: Bytes?
    }

    private struct State {
        var isClosed = false
        var lastRun: UInt64 = 0
        /// The run at work on each request, or the last that was.
        var runs: [String: UInt64] = [:]
        var cancels: [String: @Sendable () -> Void] = [:]
        var cancelled: Set<String> = []
        var parts: [Part] = []
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let wake: @Sendable () -> Void

    /// How many parts may wait for the task before a handler must.
    private static let mostParts = 256
    private static let mostCancelled = 4_096
    /// What the asker is told of a request that was taken back.
    static let takenBack = AgentError("cancelled", "the request was taken back")

    init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    // MARK: Runs

    /// A run begins; returns its number, nil when the request was taken back.
    func begin(_ id: String) -> UInt64? {
        state.withLock { state in
            guard !state.cancelled.contains(id) else { return nil }
            state.lastRun += 1
            state.runs[id] = state.lastRun
            return state.lastRun
        }
    }

    /// How the run of `id` is ended from outside.
    func attach(_ id: String, _ run: UInt64, cancel: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            guard state.runs[id] == run else { return false }
            state.cancels[id] = cancel
            return state.cancelled.contains(id)
        }
        if isLate { cancel() }
    }

    /// A run has ended, with an error or well; returns what its end is taken for: an error that will not pass when the request was taken back.
    func end(_ id: String, _ run: UInt64, _ error: (any Error)?) -> (any Error)? {
        state.withLock { state in
            guard state.runs[id] == run else { return error }
            state.cancels[id] = nil
            return error != nil && state.cancelled.contains(id) ? Self.takenBack : error
        }
    }

    /// Takes a request back: ends its run, or keeps it from beginning.
    func cancel(_ id: String) {
        let cancel = state.withLock { state in
            if state.cancelled.count >= Self.mostCancelled { state.cancelled.removeAll() }
            state.cancelled.insert(id)
            return state.cancels[id]
        }
        cancel?()
    }

    /// Forgets a request whose outcome is there; returns its last run.
    func conclude(_ id: String) -> UInt64? {
        state.withLock { state in
            state.cancelled.remove(id)
            state.cancels[id] = nil
            return state.runs.removeValue(forKey: id)
        }
    }

    // MARK: Parts

    /// Gives a part to the task; waits while too many are on their way.
    ///
    /// - Throws: `CancellationError` when nobody wants it any more.
    func send(_ part: Part) async throws {
        try Task.checkCancellation()
        let isTaken = state.withLock { state in
            guard !state.isClosed, state.runs[part.request.id] == part.run else { return false }
            state.parts.append(part)
            return true
        }
        guard isTaken else { throw CancellationError() }
        wake()
        await withCheckedContinuation { continuation in
            let mayGoOn = state.withLock { state in
                if state.isClosed || state.parts.count < Self.mostParts { return true }
                state.waiters.append(continuation)
                return false
            }
            if mayGoOn { continuation.resume() }
        }
    }

    /// Takes the parts that are there.
    func takeParts() -> [Part] {
        let (parts, waiters) = state.withLock { state in
            defer {
                state.parts.removeAll()
                state.waiters.removeAll()
            }
            return (state.parts, state.waiters)
        }
        for waiter in waiters { waiter.resume() }
        return parts
    }

    /// The task is gone: nobody waits for it any more.
    func close() {
        state.withLock { $0.isClosed = true }
        _ = takeParts()
    }
}

/// Sends the parts of a reply, in order, before the reply itself.
///
/// Parts go out with the task's commits, so whoever reads sees only what will stay, within about a commit's time. When a crash
/// runs the handler again its parts are a new attempt and replace the earlier ones.
public struct PartWriter<Part: Sendable>: Sendable {
    private let serde: Serde<Part>
    private let sendBytes: @Sendable (Bytes?) async throws -> Void

    init(_ serde: Serde<Part>, send: @escaping @Sendable (Bytes?) async throws -> Void) {
        self.serde = serde
        sendBytes = send
    }

    /// Sends a part: what is new since the one before, not all so far.
    ///
    /// Waits while many are on their way.
    ///
    ///
    /// - Throws: `CancellationError` when nobody waits any more; what the serde throws.
    public func send(_ part: Part) async throws { try await sendBytes(try serde.encode(part)) }
}
