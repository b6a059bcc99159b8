import MemoryIndex
import StateStores
public import StreamCore
import Topology

/// A task's part of a memory: the sessions whose keys lie in the task's partition.
///
/// Single-owner: belongs to the task's thread, and its answers are those of this moment. What it changes is committed with
/// the task's next commit, changelog included; what is read in the same task is read at once. Sessions of other partitions
/// are not here: whoever passes one gets a session of that name that nobody else sees.
public final class MemoryStore {
    let parts: MemoryParts
    let items: KeyValueStore<MemoryRowKey, MemoryRow>
    let sessions: KeyValueStore<String, MemorySession>
    let context: TaskContext
    let indexes: SessionIndexes
    /// When which session has something to forget.
    var agenda = MemoryAgenda()
    /// Who hears of changes.
    var announce: Receiver<String, MemoryChange> = { _ in }
    private let largest: Int
    /// How many items without an identifier the record at hand has brought so far.
    private var named: (source: TopicPartition, offset: Int64, count: Int) = (TopicPartition("", 0), -1, 0)

    /// An empty session's row is kept so long for those who wait for what their command did.
    static let emptyRetention = Duration.hours(1)

    init(
        _ parts: MemoryParts, items: KeyValueStore<MemoryRowKey, MemoryRow>,
        sessions: KeyValueStore<String, MemorySession>, context: TaskContext, largest: Int?
    ) {
        self.parts = parts
        self.items = items
        self.sessions = sessions
        self.context = context
        self.largest = largest ?? .max
        indexes = SessionIndexes(source: parts.embedding, budget: parts.indexBytes)
    }

    // MARK: Writing

    /// Adds an item to `session`; makes room by dropping the oldest where the memory's limits ask for it.
    ///
    /// An item whose identifier is there already stays as it is, unless the draft ``MemoryDraft/replaces`` it. Without a
    /// vector of its own the item gets one when the memory's embedding source answers at once.
    ///
    /// - Parameters:
    ///   - draft: what is added.
    ///   - session: whose memory; 1 to 1,000 bytes.
    ///   - timestamp: the item's time where the draft says none.
    /// - Returns: the item that the session holds under this identifier now; nil when the draft's time was over before.
    /// - Throws: ``MemoryError`` with code `tooLarge`, `invalidName`, `invalidContent`; nothing changed then.
    ///   ``StateStoreError``; what steps throw that hear of the change.
    @discardableResult
    public func add(_ draft: MemoryDraft, to session: String, at timestamp: Timestamp) throws -> MemoryItem? {
        var draft = draft
        if draft.id.isEmpty { draft.id = nameOfNext() }
        try check(draft, session)
        let now = context.clock.now()
        var state = try sessions.get(session) ?? MemorySession(startedAt: now)
        let known = try item(id: draft.id, in: session)
        let living = known.flatMap { $0.isExpired(at: now) ? nil : $0 }
        if let living, !draft.replaces {
            context.count("memory_duplicates", step: parts.name)
            return living
        }
        let new = make(draft, after: living, in: state, at: timestamp)
        let isTooOld = new.isExpired(at: now)
        let bytes = new.byteCount
        guard bytes <= parts.limits.maxBytes, bytes <= largest - 1_024 else {
            throw MemoryError(
                .tooLarge,
                "the item takes \(bytes) bytes, a session of memory '\(parts.name)' holds \(parts.limits.maxBytes) and its changelog takes records of \(largest): add less, or a link to it"
            )
        }
        if let known { try remove(known, living == nil ? .expired : nil, from: session, &state, now) }
        guard !isTooOld else {
            context.count("memory_expired", step: parts.name, reason: "on arrival")
            if known != nil { try save(state, session, now) }
            return nil
        }
        // At the owner's time: a log may refuse what an item says of itself.
        try items.put(MemoryRowKey(session, .item(new.sequence)), .item(new), at: now)
        try items.put(MemoryRowKey(session, .id(new.id)), .place(new.sequence), at: now)
        if state.count == 0 { state.first = new.sequence }
        state.next = new.sequence + 1
        state.count += 1
        state.bytes += bytes
        if let expiry = new.expiry { state.nextExpiry = min(state.nextExpiry ?? expiry, expiry) }
        indexes.change(session) { try $0.add(new) }
        context.count("memory_added", step: parts.name)
        try tell(MemoryChange(living == nil ? .added : .replaced, new), session)
        try dropOldest(of: session, &state, now)
        try save(state, session, now)
        return new
    }

    /// Deletes the item `id` of `session`; returns whether there was one.
    ///
    /// - Throws: ``StateStoreError``; what steps throw that hear of the change.
    @discardableResult
    public func delete(id: String, from session: String) throws -> Bool {
        guard var state = try sessions.get(session), let item = try item(id: id, in: session) else { return false }
        let now = context.clock.now()
        try remove(item, item.isExpired(at: now) ? .expired : .deleted, from: session, &state, now)
        try save(state, session, now)
        return !item.isExpired(at: now)
    }

    /// Discards all items of `session` and starts another life of it; returns how many there were.
    ///
    /// Whoever keeps a copy discards what belongs to earlier lives as soon as it hears of the new one.
    ///
    /// - Throws: ``StateStoreError``; what steps throw that hear of the change.
    @discardableResult
    public func clear(_ session: String) throws -> Int {
        guard var state = try sessions.get(session) else { return 0 }
        let now = context.clock.now()
        var gone: [MemoryItem] = []
        try visit(session) { gone.append($0) }
        for item in gone { try deleteRows(of: item, in: session, now) }
        indexes.drop(session)
        state.epoch = max(state.epoch + 1, now.milliseconds)
        state.first = state.next
        (state.count, state.bytes, state.nextExpiry) = (0, 0, nil)
        context.count("memory_cleared", step: parts.name)
        try save(state, session, now)
        try tell(MemoryChange(.cleared, count: gone.count), session)
        return gone.count
    }

    // MARK: Reading

    /// The item `id` of `session`; nil when there is none, or its time is over.
    ///
    /// - Throws: ``StateStoreError``.
    public func get(id: String, in session: String) throws -> MemoryItem? {
        let now = context.clock.now()
        return try item(id: id, in: session).flatMap { $0.isExpired(at: now) ? nil : $0 }
    }

    /// How many items `session` holds; those whose time is over may count until they are removed.
    ///
    /// - Throws: ``StateStoreError``.
    public func count(of session: String) throws -> Int { try sessions.get(session)?.count ?? 0 }

    /// How many bytes the items of `session` take, vectors included.
    ///
    /// - Throws: ``StateStoreError``.
    public func byteCount(of session: String) throws -> Int { try sessions.get(session)?.bytes ?? 0 }

    /// Notes that the command at `offset` was applied, for whoever waits for it.
    func acknowledge(_ offset: Int64, of session: String) throws {
        let now = context.clock.now()
        var state = try sessions.get(session) ?? MemorySession(startedAt: now)
        state.applied = max(state.applied, offset)
        try save(state, session, now)
        // Somebody may wait for it.
        context.requestCommit()
    }

    // MARK: Parts of the work

    /// The name of an item by the record that brings it: the same when the record is processed again.
    private func nameOfNext() -> String {
        guard let current = context.current else { return MemoryDraft.newID() }
        if named.source != context.source || named.offset != current.offset {
            named = (context.source, current.offset, 0)
        }
        defer { named.count += 1 }
        return "\(context.source)@\(current.offset)" + (named.count == 0 ? "" : ".\(named.count)")
    }

    private func check(_ draft: MemoryDraft, _ session: String) throws {
        guard !session.isEmpty, session.utf8.count <= 1_000 else {
            throw MemoryError(.invalidName, "a session's name has 1 to 1,000 bytes, this one \(session.utf8.count)")
        }
        guard !draft.id.isEmpty, draft.id.utf8.count <= 1_000 else {
            throw MemoryError(
                .invalidName, "an item's identifier has 1 to 1,000 bytes, this one \(draft.id.utf8.count)")
        }
        for moment in [draft.timestamp, draft.expiry].compactMap({ $0 })
        where !(0...Timestamp.latest.milliseconds).contains(moment.milliseconds) {
            throw MemoryError(.invalidContent, "\(moment) is no moment between 1970 and 9999 in milliseconds")
        }
        if let embedding = draft.embedding, !embedding.vector.allSatisfy(\.isFinite) {
            throw MemoryError(.invalidContent, "the vector of item '\(draft.id)' holds a number that is not finite")
        }
    }

    private func make(
        _ draft: MemoryDraft, after former: MemoryItem?, in state: MemorySession, at timestamp: Timestamp
    ) -> MemoryItem {
        let moment = draft.timestamp ?? timestamp
        var embedding = draft.embedding
        if embedding == nil, let source = parts.embedding as? any ImmediateEmbeddingSource, !draft.searchText.isEmpty {
            embedding = MemoryEmbedding(source: source.name, vector: source.vector(of: draft.searchText))
        }
        return MemoryItem(
            id: draft.id, sequence: state.next, version: (former?.version ?? 0) + 1, epoch: state.epoch,
            content: draft.content, metadata: draft.metadata, timestamp: moment,
            expiry: draft.expiry ?? parts.limits.ttl.map { moment + $0 }, embedding: embedding)
    }

    func item(id: String, in session: String) throws -> MemoryItem? {
        guard case .place(let sequence)? = try items.get(MemoryRowKey(session, .id(id))) else { return nil }
        return try item(sequence, in: session)
    }

    func item(_ sequence: Int64, in session: String) throws -> MemoryItem? {
        guard case .item(let item)? = try items.get(MemoryRowKey(session, .item(sequence))) else { return nil }
        return item
    }

    /// Gives `body` every item of `session`, oldest first, whose time may be over.
    func visit(_ session: String, _ body: (MemoryItem) throws -> Void) throws {
        try items.scan(prefix: MemoryRowKey.prefix(ofItemsOf: session)) { _, row, _ in
            if case .item(let item) = row { try body(item) }
            return true
        }
    }

    private func dropOldest(of session: String, _ state: inout MemorySession, _ now: Timestamp) throws {
        func isOver() -> Bool { state.count > parts.limits.maxItems || state.bytes > parts.limits.maxBytes }
        // What is over must not push out what is not.
        if isOver(), let next = state.nextExpiry, next <= now { try forgetExpired(of: session, &state, now) }
        while isOver() {
            guard let oldest = try oldest(of: session, from: state.first) else { return }
            try remove(oldest, oldest.isExpired(at: now) ? .expired : .dropped, from: session, &state, now)
            state.first = oldest.sequence + 1
        }
    }

    private func oldest(of session: String, from first: Int64) throws -> MemoryItem? {
        if let item = try item(first, in: session) { return item }
        var found: MemoryItem?
        let end = MemoryRowKey(session, .item(.max))
        try items.scan(from: MemoryRowKey(session, .item(first)), through: end) { _, row, _ in
            guard case .item(let item) = row else { return true }
            found = item
            return false
        }
        return found
    }

    /// Removes an item, and tells why where there is a reason to tell.
    func remove(
        _ item: MemoryItem, _ reason: MemoryChange.Kind?, from session: String, _ state: inout MemorySession,
        _ now: Timestamp
    ) throws {
        try deleteRows(of: item, in: session, now)
        indexes.change(session) { try $0.remove(item) }
        state.count = max(0, state.count - 1)
        state.bytes = max(0, state.bytes - item.byteCount)
        if state.count == 0 { state.nextExpiry = nil }
        guard let reason else { return }
        context.count("memory_removed", step: parts.name, reason: reason.rawValue)
        try tell(MemoryChange(reason, item), session)
    }

    private func deleteRows(of item: MemoryItem, in session: String, _ now: Timestamp) throws {
        try items.put(MemoryRowKey(session, .item(item.sequence)), nil, at: now)
        try items.put(MemoryRowKey(session, .id(item.id)), nil, at: now)
    }

    func save(_ state: MemorySession, _ session: String, _ now: Timestamp) throws {
        var state = state
        state.touched = now
        try sessions.put(session, state, at: now)
        agenda.note(session, state, now)
    }

    private func tell(_ change: MemoryChange, _ session: String) throws {
        let moment = change.kind == .added || change.kind == .replaced ? change.item?.timestamp : nil
        try announce(Record(key: session, value: change, timestamp: moment ?? context.clock.now()))
    }
}

extension MemoryItem {
    /// About how many bytes it takes in the store.
    var byteCount: Int {
        let vector = embedding.map { $0.vector.count * 4 + $0.source.utf8.count } ?? 0
        return id.utf8.count + content.bytes.count + content.mime.utf8.count + vector + 64
            + (metadata.isEmpty ? 0 : MemoryJSON.text(of: metadata).utf8.count)
    }
}
