import StreamCore
import Synchronization

/// What a serde has learnt of a registry: its own schema's id, and what the ids that it met mean.
///
/// The first of each is read without a lock, so that a topic with one schema pays nothing; others take a lock for a look-up. A failure is
/// not kept: the next record asks again.
final class ResolvedSchemas<Meaning: Sendable>: Sendable {
    final class Entry: Sendable {
        let id: Int32
        let meaning: Meaning

        init(id: Int32, meaning: Meaning) {
            self.id = id
            self.meaning = meaning
        }
    }

    private let first = AtomicLazyReference<Entry>()
    private let others = Mutex<[Int32: Entry]>([:])
    private let mine = AtomicLazyReference<Entry>()

    /// What is written, asked for once; at the first value threads may ask twice, and registering twice is registering once.
    func own(_ resolve: () throws -> Entry) throws -> Entry {
        if let known = mine.load() { return known }
        let made = try resolve()
        return mine.storeIfNil(made)
    }

    /// What `id` means, asked for once; at the first sight of an id threads may ask twice.
    func meaning(of id: Int32, _ resolve: () throws -> Meaning) throws -> Meaning {
        if let known = first.load(), known.id == id { return known.meaning }
        if let known = others.withLock({ $0[id] }) { return known.meaning }
        let entry = Entry(id: id, meaning: try resolve())
        let kept = first.storeIfNil(entry)
        if kept.id != id { others.withLock { $0[id] = entry } }
        return entry.meaning
    }
}

/// The work that serdes of all languages share.
struct RegistryResolution: Sendable {
    let registry: any SchemaRegistry
    let subject: String
    let registration: RegistrySerdeOptions.Registration

    /// The schema that values are written with, in its place.
    func own(_ schema: SchemaDefinition) throws(SchemaRegistryError) -> RegisteredSchema {
        switch registration {
        case .automatic: try registry.register(schema, subject: subject)
        case .existing: try registry.find(schema, subject: subject)
        case .latest: try registry.version(nil, of: subject)
        }
    }

    /// The schema called `id`, which must be of the language that is read.
    func schema(id: Int32, _ kind: SchemaDefinition.Kind, serde: String) throws -> SchemaDefinition {
        let answer = Result { () throws(SchemaRegistryError) in try registry.schema(id: id) }
        if case .failure(let error) = answer, error.code == .schemaNotFound {
            // The registry is there and has no such schema: waiting does not help, the record is at fault.
            throw SerdeError(.malformed, serde: serde, reason: "the registry has no schema \(id): \(error)")
        }
        let schema = try answer.get()
        guard schema.kind == kind else {
            throw SerdeError(
                .malformed, serde: serde, reason: "schema \(id) is \(schema.kind.rawValue), not \(kind.rawValue)")
        }
        return schema
    }

    /// The texts of the schemas that `schema` names, each before those that name it.
    func references(of schema: SchemaDefinition) throws -> [SchemaSource.Reference] {
        var found: [SchemaSource.Reference] = []
        var seen: Set<SchemaReference> = []
        try collect(schema, into: &found, &seen, depth: 0)
        return found
    }

    private func collect(
        _ schema: SchemaDefinition, into found: inout [SchemaSource.Reference], _ seen: inout Set<SchemaReference>,
        depth: Int
    ) throws {
        guard depth < 64 else { throw SchemaRegistryError(.invalidSchema, "references nested deeper than 64 levels") }
        for reference in schema.references where seen.insert(reference).inserted {
            let target = try registry.version(reference.version, of: reference.subject).definition
            try collect(target, into: &found, &seen, depth: depth + 1)
            found.append(SchemaSource.Reference(name: reference.name, text: target.text))
        }
    }

    static func frame(_ bytes: Bytes, serde: String) throws(SerdeError) -> (id: Int32, payload: Bytes) {
        do {
            return try ConfluentFrame.read(bytes)
        } catch {
            throw SerdeError(.malformed, serde: serde, reason: "\(error)")
        }
    }
}
