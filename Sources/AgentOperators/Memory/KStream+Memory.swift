import MemoryIndex
import Observability
import StateStores
public import StreamCore
public import StreamDSL
public import Topology

/// A value with what a memory knows about it.
public struct Recalled<Value: Sendable>: Sendable {
    /// The value.
    public let value: Value
    /// What was found, best first.
    public let matches: [MemoryMatch]

    /// A value with what was found.
    public init(value: Value, matches: [MemoryMatch]) {
        self.value = value
        self.matches = matches
    }
}

extension Recalled: Equatable where Value: Equatable {}

extension KStream where Key == String {
    /// Adds each record to the session of its key, in the task that owns it, and goes on with it.
    ///
    /// What is remembered is found by every later step of the same task at once. An item without an identifier is named by
    /// the record it comes from, so that a record that is processed again adds nothing. Where the embedding source has to be
    /// asked, it is asked first, as `mapAsync` does; when it fails to the end the item has no vector. Items that the memory
    /// refuses are dealt with by the policy's stage `process`.
    ///
    /// - Parameters:
    ///   - memory: the memory.
    ///   - name: names the step, and the journal of what the embedding source is asked.
    ///   - draft: what to remember of a value; nil for nothing.
    /// - Returns: the same records.
    public func remember(
        in memory: Memory, named name: String, _ draft: @escaping @Sendable (Value) throws -> MemoryDraft?
    ) -> KStream<String, Value> {
        embedding(named: name, memory) { value in
            guard let draft = try draft(value), draft.embedding == nil else { return "" }
            return draft.searchText
        }.using(memory, named: name, formats: formats) { record, store, forward in
            if var draft = try draft(record.value.value) {
                draft.embedding = draft.embedding ?? record.value.embedding
                try store.add(draft, to: record.key, at: record.timestamp)
            }
            try forward(record.with(value: record.value.value))
        }
    }

    /// Looks into the session of each record's key, in the task that owns it, and goes on with what was found.
    ///
    /// Where the embedding source has to be asked, it is asked first, as `mapAsync` does; when it fails to the end, a hybrid
    /// query finds by words, and one by meaning is dealt with by the policy's stage `process`.
    ///
    /// - Parameters:
    ///   - memory: the memory.
    ///   - name: names the step, and the journal of what the embedding source is asked.
    ///   - query: what to look for, by the value.
    /// - Returns: each record with what was found.
    public func recall(
        from memory: Memory, named name: String, _ query: @escaping @Sendable (Value) throws -> MemoryQuery
    ) -> KStream<String, Recalled<Value>> {
        recall(from: memory, named: name, query) { Recalled(value: $0, matches: $1) }
    }

    /// Looks into the session of each record's key and goes on with what `combine` makes of it.
    ///
    /// - Parameters:
    ///   - memory: the memory.
    ///   - name: names the step, and the journal of what the embedding source is asked.
    ///   - query: what to look for, by the value.
    ///   - combine: makes the new value of the old one and of what was found, best first.
    /// - Returns: the new values.
    public func recall<NewValue>(
        from memory: Memory, named name: String, _ query: @escaping @Sendable (Value) throws -> MemoryQuery,
        into combine: @escaping @Sendable (Value, [MemoryMatch]) throws -> NewValue
    ) -> KStream<String, NewValue> {
        embedding(named: name, memory) { value in
            let query = try query(value)
            return query.lacksVector ? query.text : ""
        }.using(memory, named: name, formats: Formats(key: formats.key)) { record, store, forward in
            var query = try query(record.value.value)
            query.vector = query.vector ?? record.value.embedding?.vector
            let matches = try store.query(query, in: record.key)
            try forward(record.with(value: combine(record.value.value, matches)))
        }
    }

    /// Gives each record to `body` together with the task's part of `memory`: what `remember` and `recall` are made of.
    ///
    /// - Parameters:
    ///   - memory: the memory.
    ///   - name: names the step, and the repartition topic when a step before changed the keys.
    ///   - formats: how the new keys and values are written, if that is known.
    ///   - body: gets the record, the store, and the function that forwards; what it throws is dealt with by the policy's
    ///     stage `process`.
    /// - Returns: what `body` forwards.
    public func using<NewValue>(
        _ memory: Memory, named name: String, formats: Formats<String, NewValue> = Formats(),
        _ body:
            @escaping @Sendable (Record<String, Value>, MemoryStore, Receiver<String, NewValue>) throws -> Void
    ) -> KStream<String, NewValue> {
        let stream = partitionedByKey(named: name, for: name)
        let (parts, owner) = (memory.parts, memory.node)
        let node = PlanNode(
            name, isNamedByUser: true, .operation("memory-use"), parents: [stream.node], controls: [owner],
            uses: memory.storeNames
        ) { wiring, node in
            let forward = try wiring.downstream(of: node, carrying: Record<String, NewValue>.self)
            let (context, step, store) = (wiring.context, wiring.label(of: node), try parts.store(in: wiring))
            stream.receive(in: wiring) { record in
                do {
                    try body(record, store, forward)
                } catch {
                    _ = try context.recover(error, at: step, .process) { try body(record, store, forward) }
                }
            }
        }
        return KStream<String, NewValue>(node: node, formats: formats)
    }

    /// Each value with the vector of the text that `text` names, where the memory's source has to be asked for it.
    private func embedding(
        named name: String, _ memory: Memory, of text: @escaping @Sendable (Value) throws -> String
    ) -> KStream<String, Embedded<Value>> {
        let stream = partitionedByKey(named: name, for: name)
        let asking = memory.asking
        guard let source = memory.embedding, !(source is any ImmediateEmbeddingSource) else {
            return stream.mapValues { Embedded(value: $0, embedding: nil) }
        }
        return stream.mapAsync(named: "\(name)-embed", options: asking) { value, context in
            // What this throws the step itself will throw again, and its policy deals with it there.
            let text = (try? text(value)) ?? ""
            guard !text.isEmpty else { return Embedded(value: value, embedding: nil) }
            return Embedded(value: value, embedding: try await source.embedding(of: text, asking, context))
        }.answers()
    }
}

/// A value with the vector that an embedding source made for it.
struct Embedded<Value: Sendable>: Sendable {
    let value: Value
    let embedding: MemoryEmbedding?
}
