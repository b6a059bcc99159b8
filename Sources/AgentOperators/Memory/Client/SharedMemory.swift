import MemoryIndex
import StreamCore

/// The memory of one session, for any process: what all its users add, in the one order that its owner gives.
///
/// What this process has added, deleted or cleared it finds at once when the call has returned; what others have done it finds
/// as soon as the owner has committed it and it was read. Any thread may call.
public final class SharedMemory: Sendable {
    /// The session.
    public let session: String
    private let client: MemoryClient
    private let partition: Int32

    init(_ client: MemoryClient, session: String, partition: Int32) {
        self.client = client
        self.session = session
        self.partition = partition
    }

    /// Adds an item and waits until its owner has committed it and it can be found here.
    ///
    /// A draft without an identifier gets a random one, so that a command that is written twice adds once.
    ///
    /// - Parameters:
    ///   - draft: what to add.
    ///   - ttl: how long after its timestamp it is forgotten, where the draft names no moment.
    ///   - timeout: how long to wait; the client's time when nil.
    /// - Returns: the item that the session holds under this identifier.
    /// - Throws: ``MemoryError``: `refused` when the owner does not hold it, `timedOut` when it did not answer, which leaves
    ///   open whether it will be added; `unknownMemory`, `log`, `closed`.
    @discardableResult
    public func add(_ draft: MemoryDraft, ttl: Duration? = nil, timeout: Duration? = nil) async throws -> MemoryItem {
        var draft = draft
        if draft.id.isEmpty { draft.id = MemoryDraft.newID() }
        let (id, session) = (draft.id, session)
        let item = try await tell(.add(draft, ttl: ttl), timeout) { $0.item(id, in: session) }
        guard let item else {
            throw MemoryError(
                .refused,
                "the owner of memory '\(client.place.memory)' does not hold item '\(id)': its time was over, it was too large (see the dead letters of '\(client.place.application)'), or others have pushed it out"
            )
        }
        return item
    }

    /// Deletes an item; returns when it cannot be found any more.
    ///
    /// - Throws: ``MemoryError``: `timedOut`, `log`, `closed`.
    public func delete(id: String, timeout: Duration? = nil) async throws {
        try await tell(.delete(id: id), timeout) { _ in }
    }

    /// Discards all items, for everybody; returns when none of them can be found any more.
    ///
    /// - Throws: ``MemoryError``: `timedOut`, `log`, `closed`.
    public func clear(timeout: Duration? = nil) async throws { try await tell(.clear, timeout) { _ in } }

    /// What fits best, best first, in what was read so far; the first call waits until that is all.
    ///
    /// - Throws: ``MemoryError``: `missingVector`, `timedOut`, `log`, `closed`; what the embedding source throws.
    public func query(_ query: MemoryQuery) async throws -> [MemoryMatch] {
        var query = query
        if query.lacksVector, let source = client.place.embedding, !(source is any ImmediateEmbeddingSource) {
            query.vector = try await source.embed(query.text)
        }
        let resolved = try query.resolved(with: client.place.embedding)
        try await caughtUpOnce()
        let session = session
        return try await ask { $0.query(resolved, in: session) }
    }

    /// Waits until everything is read that the owner had committed when this was called.
    ///
    /// - Throws: ``MemoryError``: `timedOut`, `log`, `closed`.
    public func caughtUp(timeout: Duration? = nil) async throws {
        let deadline = ContinuousClock.now + (timeout ?? client.timeout)
        let partition = partition
        try await wait {
            MemoryWaiter(partition, until: deadline, $0)
        } then: { _ in
            .success(())
        }
    }

    /// Stops reading this session and forgets the copy; other objects of the same session and client do so too.
    public func close() {
        let session = session
        _ = client.mailbox.post { $0.leave(session) }
    }

    // MARK: Parts of the work

    /// Sends a command and takes `outcome` when the owner has applied it and all of that was read.
    private func tell<Outcome: Sendable>(
        _ command: MemoryCommand, _ timeout: Duration?, _ outcome: @escaping @Sendable (MemoryFollower) -> Outcome
    ) async throws -> Outcome {
        let deadline = ContinuousClock.now + (timeout ?? client.timeout)
        let offset = try await client.append(command, of: session, to: partition, until: deadline)
        let (session, partition) = (session, partition)
        return try await wait {
            MemoryWaiter(partition, command: (session, offset), until: deadline, $0)
        } then: {
            .success(outcome($0))
        }
    }

    /// Waits for the first reading of all; later calls pass at once, for reading goes on by itself.
    private func caughtUpOnce() async throws {
        let (session, partition) = (session, partition)
        let isFresh = try await ask { follower -> Result<Bool, any Error> in .success(follower.isFresh(session)) }
        guard isFresh else { return }
        let deadline = ContinuousClock.now + client.timeout
        try await wait {
            MemoryWaiter(partition, until: deadline, $0)
        } then: { follower in
            follower.settle(session)
            return .success(())
        }
    }

    /// Asks the follower on its thread.
    private func ask<Answer: Sendable>(
        _ body: @escaping @Sendable (MemoryFollower) -> Result<Answer, any Error>
    ) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            let isTaken = client.mailbox.post { continuation.resume(with: body($0)) }
            if !isTaken { continuation.resume(throwing: client.place.closed) }
        }
    }

    /// Waits on the follower's thread, and takes what `body` gives there.
    private func wait<Answer: Sendable>(
        _ waiter: @escaping @Sendable (@escaping (Result<MemoryFollower, any Error>) -> Void) -> MemoryWaiter,
        then body: @escaping @Sendable (MemoryFollower) -> Result<Answer, any Error>
    ) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            let isTaken = client.mailbox.post { follower in
                follower.add(waiter { result in continuation.resume(with: result.flatMap(body)) })
            }
            if !isTaken { continuation.resume(throwing: client.place.closed) }
        }
    }
}
