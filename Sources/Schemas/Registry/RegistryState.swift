/// What a registry holds: the fold of its journal, the same in every process that has read as far.
public struct RegistryState: Sendable {
    struct Version: Sendable {
        let number: Int
        let id: Int32
        var isDeleted = false
    }

    struct Subject: Sendable {
        var versions: [Version] = []
        var nextVersion = 1
        var level: CompatibilityLevel?
        var mode: RegistryMode?
        var revision = 0

        var live: [Version] { versions.filter { !$0.isDeleted } }
    }

    private(set) var subjects: [String: Subject] = [:]
    private(set) var schemas: [Int32: SchemaDefinition] = [:]
    private var ids: [SchemaDefinition: Int32] = [:]
    private var nextID: Int32 = 1
    private(set) var level = CompatibilityLevel.backward
    private(set) var mode = RegistryMode.readWrite
    private var revision = 0

    /// Nothing yet; compatibility is BACKWARD.
    public init() {}

    /// Grows with every event that a decision about `subject` could depend on.
    public func revision(of subject: String?) -> Int {
        revision + (subject.flatMap { subjects[$0]?.revision } ?? 0)
    }

    /// What came of an event.
    public enum Outcome: Sendable, Hashable {
        /// The schema has this place now.
        case registered(RegisteredSchema)
        /// It is done.
        case done
        /// Something else happened before: nothing was done.
        case outdated
    }

    /// Takes the next entry of the journal.
    public mutating func apply(_ entry: RegistryEntry) -> Outcome {
        guard entry.basis == revision(of: entry.event.subject) else { return .outdated }
        switch entry.event {
        case .register(let schema, let subject): return register(schema, subject)
        case .deleteVersion(let number, let subject, let permanently):
            return delete([number], of: subject, permanently: permanently)
        case .deleteSubject(let subject, let permanently):
            let numbers = subjects[subject]?.versions.filter { permanently || !$0.isDeleted }.map(\.number) ?? []
            return delete(numbers, of: subject, permanently: permanently)
        case .setLevel(let level, nil):
            self.level = level ?? .backward
            revision += 1
        case .setMode(let mode, nil):
            self.mode = mode ?? .readWrite
            revision += 1
        case .setLevel(let level, let subject?):
            subjects[subject, default: Subject()].level = level
            subjects[subject]?.revision += 1
        case .setMode(let mode, let subject?):
            subjects[subject, default: Subject()].mode = mode
            subjects[subject]?.revision += 1
        }
        return .done
    }

    private mutating func register(_ schema: SchemaDefinition, _ subject: String) -> Outcome {
        if let found = find(schema, subject: subject) { return .registered(found) }
        guard schema.references.allSatisfy({ live($0.version, of: $0.subject) != nil }) else { return .outdated }
        let key = schema.identity
        let id: Int32
        if let known = ids[key] {
            id = known
        } else {
            id = nextID
            nextID += 1
            ids[key] = id
        }
        if schemas[id] == nil { schemas[id] = schema }
        var entry = subjects[subject, default: Subject()]
        let number = entry.nextVersion
        entry.versions.append(Version(number: number, id: id))
        entry.nextVersion += 1
        entry.revision += 1
        subjects[subject] = entry
        return .registered(place(subject, entry.versions[entry.versions.count - 1]))
    }

    private mutating func delete(_ numbers: [Int], of subject: String, permanently: Bool) -> Outcome {
        guard var entry = subjects[subject] else { return .outdated }
        guard numbers.allSatisfy({ referrers(to: $0, of: subject).isEmpty }) else { return .outdated }
        if permanently {
            let gone = entry.versions.filter { numbers.contains($0.number) }.map(\.id)
            entry.versions.removeAll { numbers.contains($0.number) }
            subjects[subject] = entry
            // An id that nothing uses is not found any more, but never given to another schema.
            for id in gone where places(of: id).isEmpty { schemas[id] = nil }
        } else {
            for index in entry.versions.indices where numbers.contains(entry.versions[index].number) {
                entry.versions[index].isDeleted = true
            }
        }
        entry.revision += 1
        subjects[subject] = entry
        return .done
    }
}

extension RegistryState {
    func place(_ subject: String, _ version: Version) -> RegisteredSchema {
        RegisteredSchema(
            subject: subject, version: version.number, id: version.id,
            definition: schemas[version.id] ?? SchemaDefinition(.avro, ""))
    }

    /// The living version of `subject` that is `schema`, the latest of several.
    func find(_ schema: SchemaDefinition, subject: String) -> RegisteredSchema? {
        guard let id = ids[schema.identity] else { return nil }
        return subjects[subject]?.versions.last { $0.id == id && !$0.isDeleted }.map { place(subject, $0) }
    }

    /// A living version; the latest when nil.
    func live(_ number: Int?, of subject: String) -> RegisteredSchema? {
        let versions = subjects[subject]?.live ?? []
        return (number.map { number in versions.last { $0.number == number } } ?? versions.last).map {
            place(subject, $0)
        }
    }

    /// All places of an id.
    func places(of id: Int32) -> [RegisteredSchema] {
        subjects.sorted { $0.key < $1.key }.flatMap { name, subject in
            subject.versions.filter { $0.id == id }.map { place(name, $0) }
        }
    }

    /// The ids of living schemas that name a version.
    func referrers(to number: Int, of subject: String) -> [Int32] {
        let used = Set(subjects.values.flatMap { $0.live.map(\.id) })
        return used.filter { id in
            schemas[id]?.references.contains { $0.subject == subject && $0.version == number } ?? false
        }.sorted()
    }

    /// The schemas that `schema` names, each before those that name it.
    ///
    /// - Throws: ``SchemaRegistryError``, `.invalidSchema`, when one is missing.
    func references(of schema: SchemaDefinition) throws(SchemaRegistryError) -> [SchemaSource.Reference] {
        var found: [SchemaSource.Reference] = []
        var seen: Set<SchemaReference> = []
        try collect(schema.references, into: &found, &seen, depth: 0)
        return found
    }

    private func collect(
        _ references: [SchemaReference], into found: inout [SchemaSource.Reference], _ seen: inout Set<SchemaReference>,
        depth: Int
    ) throws(SchemaRegistryError) {
        guard depth < 64 else { throw SchemaRegistryError(.invalidSchema, "references nested deeper than 64 levels") }
        for reference in references where seen.insert(reference).inserted {
            // A deleted version still explains what names it.
            guard let version = subjects[reference.subject]?.versions.last(where: { $0.number == reference.version }),
                let target = schemas[version.id]
            else {
                throw SchemaRegistryError(
                    .invalidSchema,
                    "reference '\(reference.name)' leads nowhere: subject '\(reference.subject)' has no version "
                        + "\(reference.version)")
            }
            try collect(target.references, into: &found, &seen, depth: depth + 1)
            found.append(SchemaSource.Reference(name: reference.name, text: target.text))
        }
    }
}
