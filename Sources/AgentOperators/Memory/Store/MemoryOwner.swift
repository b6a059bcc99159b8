import JSON
import MemoryIndex
import StateStores
import StreamCore
import StreamDSL
import Topology

/// The step that owns a memory's stores: applies commands, forgets what is over, tells what changed.
final class MemoryOwner: TaskParticipant {
    private let store: MemoryStore
    private let step: String
    /// The topic of commands, whose offsets tell a client that its command was applied.
    private let topic: String

    private init(_ store: MemoryStore, step: String, topic: String) {
        self.store = store
        self.step = step
        self.topic = topic
    }

    /// The step, with what feeds it.
    static func node(_ parts: MemoryParts, asking: AskOptions, hasCommands: Bool) -> PlanNode {
        var mistakes: [TopologyError] = []
        if let mistake = parts.limits.mistake {
            mistakes.append(TopologyError(.invalidSetting, "memory '\(parts.name)': \(mistake)"))
        }
        let commands = hasCommands ? Topic(parts.name, key: .string, value: MemoryCommand.serde).stream() : nil
        let embedded = commands.flatMap { embedding($0, parts, asking) }
        let parents = [embedded?.node ?? commands?.node].compactMap { $0 }
        return PlanNode(
            "\(parts.name)-memory", isNamedByUser: true, .operation("memory"), parents: parents,
            stores: [StoreDeclaration(parts.items), StoreDeclaration(parts.sessions)], mistakes: mistakes
        ) { wiring, node in
            let store = try parts.store(in: wiring)
            store.announce = try wiring.downstream(of: node, carrying: Record<String, MemoryChange>.self)
            let owner = MemoryOwner(store, step: wiring.label(of: node), topic: parts.name)
            wiring.join(owner, for: node)
            if let embedded {
                embedded.receive(in: wiring) { try owner.apply($0) }
            } else if let commands {
                commands.receive(in: wiring) { try owner.apply($0) }
            }
        }
    }

    /// Commands with the vectors of what they add, where the source has to be asked for them; nil where not.
    private static func embedding(
        _ commands: KStream<String, MemoryCommand>, _ parts: MemoryParts, _ asking: AskOptions
    ) -> KStream<String, Result<MemoryCommand, AgentFailure>>? {
        guard let source = parts.embedding, !(source is any ImmediateEmbeddingSource) else { return nil }
        return commands.mapAsync(named: "\(parts.name)-embed", options: asking) { command, context in
            guard case .add(var draft, let ttl) = command, draft.embedding == nil, !draft.searchText.isEmpty else {
                return command
            }
            draft.embedding = try await source.embedding(of: draft.searchText, asking, context)
            return .add(draft, ttl: ttl)
        }
    }

    /// Applies a command for which the embedding source was asked; without an answer the item has no vector.
    private func apply(_ record: Record<String, Result<MemoryCommand, AgentFailure>>) throws {
        switch record.value {
        case .success(let command): try apply(record.with(value: command))
        case .failure:
            store.context.count("memory_unembedded", step: step)
            let command: MemoryCommand
            do {
                command = try MemoryCommand.serde.decode(store.context.current?.value)
            } catch {
                return try store.context.fail(error, at: step, .decode)
            }
            try apply(record.with(value: command))
        }
    }

    private func apply(_ record: Record<String, MemoryCommand>) throws {
        do {
            switch record.value {
            case .add(var draft, let ttl):
                if let ttl, draft.expiry == nil { draft.expiry = (draft.timestamp ?? record.timestamp) + ttl }
                try store.add(draft, to: record.key, at: record.timestamp)
            case .delete(let id): try store.delete(id: id, from: record.key)
            case .clear: try store.clear(record.key)
            }
        } catch let error as MemoryError {
            try store.context.fail(error, at: step, .process)
        }
        // The offset of a command, refused ones too: whoever sent it must not wait for ever.
        guard let current = store.context.current, store.context.source.topic == topic else { return }
        try store.acknowledge(current.offset, of: record.key)
    }

    // MARK: The task's life

    func started() throws { try store.start() }

    func advance(now: Timestamp) throws -> Bool {
        let hasExpired = try store.expire(now: now)
        // A few milliseconds of work between records. It keeps nobody from being idle: searches are right without it.
        _ = store.indexes.improve(upTo: 8)
        return hasExpired
    }

    func committed(now: Timestamp) {}

    var isFull: Bool { false }

    var isWaiting: Bool { false }

    var nextDue: Timestamp? { store.indexes.isUnfinished ? store.context.clock.now() : store.agenda.nextDue }

    func leaving() {}

    func ended() {}
}

extension EmbeddingSource {
    /// The vector of `text`; nil when the last try fails: an item without a vector is found by its words.
    ///
    /// - Throws: what ``embed(_:)`` throws at tries that are not the last.
    func embedding(of text: String, _ asking: AskOptions, _ context: AskContext) async throws -> MemoryEmbedding? {
        do {
            return MemoryEmbedding(source: name, vector: try await embed(text))
        } catch {
            let mayRetry = (error as? any AskRetryable)?.isRetryable ?? true
            if error is CancellationError || (mayRetry && context.attempt < asking.retry.attempts) { throw error }
            return nil
        }
    }
}
