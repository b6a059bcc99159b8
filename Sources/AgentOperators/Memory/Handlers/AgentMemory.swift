import MemoryIndex
import StreamCore

/// The memory of a handler's session, which is its agent's key: all agents of a key share it.
///
/// What is done here is done on the task that owns the session, journalled, and committed with it: once, over crashes. A
/// handler that runs again gets what it got before. What is added is found by the next query.
public struct AgentMemory: Sendable {
    /// The session.
    public let session: String
    let ask: AskContext
    let source: (any EmbeddingSource)?

    /// Adds an item; one without an identifier is named by the request and the place in the handler.
    ///
    /// - Returns: the item that the session holds under its identifier; nil when its time was over before.
    /// - Throws: ``MemoryError``: `tooLarge`, `invalidName`, `invalidContent`, or `unknownMemory` when these agents were
    ///   given no memory; ``StepFailure``; `CancellationError`.
    @discardableResult
    public func add(_ draft: MemoryDraft) async throws -> MemoryItem? {
        var draft = draft
        if draft.embedding == nil, let vector = try await vector(of: draft.searchText), let source {
            draft.embedding = MemoryEmbedding(source: source.name, vector: vector)
        }
        return try await call(.add(draft), "memory add").matches.first?.item
    }

    /// Deletes an item; returns whether there was one.
    ///
    /// - Throws: as ``add(_:)``.
    @discardableResult
    public func delete(id: String) async throws -> Bool {
        try await call(.delete(id: id), "memory delete").count > 0
    }

    /// Discards all items of the session; returns how many there were.
    ///
    /// - Throws: as ``add(_:)``.
    @discardableResult
    public func clear() async throws -> Int { try await call(.clear, "memory clear").count }

    /// What fits best, best first, without vectors.
    ///
    /// The journal keeps what was found, so no more than ``MemoryCall/largestAnswer`` bytes of it, the best, are given.
    ///
    /// - Throws: as ``add(_:)``, and `missingVector` when the embedding source did not answer.
    public func query(_ query: MemoryQuery) async throws -> [MemoryMatch] {
        var query = query
        if query.lacksVector { query.vector = try await vector(of: query.text) }
        return try await call(.query(query), "memory query").matches
    }

    /// Appends what is remembered to a model's context, as one system message; nothing when nothing is.
    ///
    /// - Parameters:
    ///   - context: the messages.
    ///   - query: what of the memory; its 100 last items when nil.
    /// - Returns: the items in the message, oldest first.
    /// - Throws: as ``query(_:)``.
    @discardableResult
    public func updateContext(
        _ context: inout some ModelContext, with query: MemoryQuery? = nil
    ) async throws -> [MemoryItem] {
        let items = try await self.query(query ?? .recent(100)).map(\.item).sorted { $0.sequence < $1.sequence }
        if let text = MemoryItem.contextMessage(items) { context.append(systemMessage: text) }
        return items
    }

    /// The vector of `text` by a source that has to be asked, asked once over all runs; nil when there is none or it fails.
    private func vector(of text: String) async throws -> [Float]? {
        guard let source, !(source is any ImmediateEmbeddingSource), !text.isEmpty else { return nil }
        let vector: [Float]? = try await ask.step("memory embed", policy: .pure) { _ in
            do {
                return try await source.embed(text)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                return nil
            }
        }
        return vector
    }

    private func call(_ call: MemoryCall, _ name: String) async throws -> MemoryAnswer {
        let bytes = try await ask.external(
            kind: AgentCallKind.memory, name: name, payload: try call.bytes, limit: .deadline)
        guard let bytes else {
            throw MemoryError(.timedOut, "the owner of session '\(session)' has not answered in time")
        }
        return try MemoryAnswer(reading: bytes)
    }
}
