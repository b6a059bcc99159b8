/// A registry over a journal: decides by what the journal says, appends, and decides again when another process was first.
///
/// Semantics are those of Confluent's registry: an id belongs to a schema's text, versions count within a subject, the seven
/// compatibility levels, soft and permanent deletion, references. Protocol Buffers are refused.
public struct JournaledRegistry<Journal: RegistryJournal>: SchemaRegistryAdministration {
    /// Where the events are.
    public let journal: Journal

    /// A registry over `journal`.
    public init(journal: Journal) { self.journal = journal }

    private func subjectMissing(_ subject: String) -> SchemaRegistryError {
        SchemaRegistryError(.subjectNotFound, "Subject '\(subject)' not found.")
    }

    private func versionMissing(_ version: Int?, _ subject: String) -> SchemaRegistryError {
        SchemaRegistryError(
            .versionNotFound, "Version \(version.map(String.init) ?? "latest") of subject '\(subject)' not found.")
    }

    /// What was decided: an event to append, or nothing, and what the decision says to its caller.
    private struct Decision<Answer> {
        let event: RegistryEvent?
        let answer: Answer
    }

    /// Decides by the current state until nobody else was first.
    private func commit<Answer>(
        _ decide: (RegistryState) throws(SchemaRegistryError) -> Decision<Answer>
    ) throws(SchemaRegistryError) -> (answer: Answer, outcome: RegistryState.Outcome) {
        for _ in 0..<1_000 {
            let state = try journal.current()
            let decision = try decide(state)
            guard let event = decision.event else { return (decision.answer, .done) }
            let outcome = try journal.append(RegistryEntry(event, basis: state.revision(of: event.subject)))
            if outcome != .outdated { return (decision.answer, outcome) }
        }
        throw SchemaRegistryError(.unavailable, "others change the registry all the time; try again")
    }

    private func requireWritable(_ subject: String, _ state: RegistryState) throws(SchemaRegistryError) {
        guard state.subjects[subject]?.mode ?? state.mode == .readOnly else { return }
        throw SchemaRegistryError(.notPermitted, "Subject '\(subject)' is in read-only mode.")
    }

    /// Registers `schema` under `subject`, or finds it there.
    ///
    /// - Throws: ``SchemaRegistryError``: `.invalidSchema`, `.incompatible` with the reasons, `.notPermitted`.
    public func register(_ schema: SchemaDefinition, subject: String) throws(SchemaRegistryError) -> RegisteredSchema {
        let schema = schema.compact
        let (found, outcome) = try commit { state throws(SchemaRegistryError) in
            try decideRegistration(of: schema, subject, state)
        }
        if case .registered(let place) = outcome { return place }
        guard let found else {
            throw SchemaRegistryError(.unavailable, "the registry did not say what became of the schema")
        }
        return found
    }

    private func decideRegistration(
        of schema: SchemaDefinition, _ subject: String, _ state: RegistryState
    ) throws(SchemaRegistryError) -> Decision<RegisteredSchema?> {
        if let found = state.find(schema, subject: subject) { return Decision(event: nil, answer: found) }
        try requireWritable(subject, state)
        let reasons = try problems(schema, subject, state, against: nil)
        guard reasons.isEmpty else {
            let level = state.subjects[subject]?.level ?? state.level
            throw SchemaRegistryError(
                .incompatible,
                "Schema being registered is incompatible with an earlier schema for subject \"\(subject)\" "
                    + "(\(level.rawValue)): \(reasons.map(\.description).joined(separator: "; "))",
                reasons: reasons)
        }
        return Decision(event: .register(schema, subject: subject), answer: nil)
    }

    private func problems(
        _ schema: SchemaDefinition, _ subject: String, _ state: RegistryState, against version: Int?
    ) throws(SchemaRegistryError) -> [SchemaIncompatibility] {
        let source = try SchemaSource(schema, references: try state.references(of: schema))
        var earlier: [(version: Int, source: SchemaSource)] = []
        var versions = state.subjects[subject]?.live ?? []
        if let version { versions = versions.filter { $0.number == version } }
        let level = state.subjects[subject]?.level ?? state.level
        for version in level.isTransitive ? versions : versions.suffix(1) where level != .none {
            let definition = state.place(subject, version).definition
            let references = try state.references(of: definition)
            earlier.append((version.number, try SchemaSource(definition, references: references)))
        }
        return level.problems(of: source, after: earlier)
    }

    /// The version of `subject` that is `schema`.
    ///
    /// - Throws: ``SchemaRegistryError``: `.subjectNotFound`, `.schemaNotFound`.
    public func find(_ schema: SchemaDefinition, subject: String) throws(SchemaRegistryError) -> RegisteredSchema {
        let state = try journal.current()
        guard !(state.subjects[subject]?.live ?? []).isEmpty else { throw subjectMissing(subject) }
        guard let found = state.find(schema, subject: subject) else {
            throw SchemaRegistryError(.schemaNotFound, "Schema not found")
        }
        return found
    }

    /// The schema called `id`.
    ///
    /// - Throws: ``SchemaRegistryError``: `.schemaNotFound`.
    public func schema(id: Int32) throws(SchemaRegistryError) -> SchemaDefinition {
        guard let schema = try journal.current().schemas[id] else {
            throw SchemaRegistryError(.schemaNotFound, "Schema \(id) not found")
        }
        return schema
    }

    /// A version of `subject`; the latest when `version` is nil.
    ///
    /// - Throws: ``SchemaRegistryError``: `.subjectNotFound`, `.versionNotFound`.
    public func version(_ version: Int?, of subject: String) throws(SchemaRegistryError) -> RegisteredSchema {
        let state = try journal.current()
        guard !(state.subjects[subject]?.live ?? []).isEmpty else { throw subjectMissing(subject) }
        guard let found = state.live(version, of: subject) else { throw versionMissing(version, subject) }
        return found
    }
}

extension JournaledRegistry {
    /// All subjects by name.
    public func subjects(includingDeleted: Bool) throws(SchemaRegistryError) -> [String] {
        try journal.current().subjects.filter { _, subject in
            !(includingDeleted ? subject.versions : subject.live).isEmpty
        }.keys.sorted()
    }

    /// The versions of `subject` in order.
    public func versions(of subject: String, includingDeleted: Bool) throws(SchemaRegistryError) -> [Int] {
        let found = try journal.current().subjects[subject]
        let versions = (includingDeleted ? found?.versions : found?.live) ?? []
        guard !versions.isEmpty else { throw subjectMissing(subject) }
        return versions.map(\.number)
    }

    /// Where the schema called `id` is registered.
    public func places(ofID id: Int32) throws(SchemaRegistryError) -> [RegisteredSchema] {
        let state = try journal.current()
        guard state.schemas[id] != nil else { throw SchemaRegistryError(.schemaNotFound, "Schema \(id) not found") }
        return state.places(of: id)
    }

    /// The ids of schemas that name a version of `subject`.
    public func referrers(to version: Int?, of subject: String) throws(SchemaRegistryError) -> [Int32] {
        let place = try self.version(version, of: subject)
        return try journal.current().referrers(to: place.version, of: subject)
    }

    /// What speaks against registering `schema` under `subject`; nothing when it may be.
    public func check(
        _ schema: SchemaDefinition, subject: String, against version: Int?
    ) throws(SchemaRegistryError) -> [SchemaIncompatibility] {
        if let version { _ = try self.version(version, of: subject) }
        return try problems(schema.compact, subject, try journal.current(), against: version)
    }

    /// Deletes a version: softly, or `permanently` after that.
    @discardableResult
    public func deleteVersion(
        _ version: Int?, of subject: String, permanently: Bool
    ) throws(SchemaRegistryError) -> Int {
        try commit { state throws(SchemaRegistryError) in
            try decideDeletion(of: version, subject, permanently: permanently, state)
        }.answer
    }

    private func decideDeletion(
        of version: Int?, _ subject: String, permanently: Bool, _ state: RegistryState
    ) throws(SchemaRegistryError) -> Decision<Int> {
        try requireWritable(subject, state)
        let versions = state.subjects[subject]?.versions ?? []
        guard !versions.isEmpty else { throw subjectMissing(subject) }
        guard let found = versions.last(where: { version == nil ? !$0.isDeleted : $0.number == version }) else {
            throw versionMissing(version, subject)
        }
        let place = "Subject '\(subject)' Version \(found.number)"
        if found.isDeleted, !permanently {
            throw SchemaRegistryError(
                .versionSoftDeleted, "\(place) was soft deleted. Set permanent=true to delete permanently.")
        }
        if !found.isDeleted, permanently {
            throw SchemaRegistryError(
                .versionNotSoftDeleted, "\(place) was not deleted first before being permanently deleted.")
        }
        try requireUnreferenced([found.number], subject, state)
        return Decision(
            event: .deleteVersion(found.number, subject: subject, permanently: permanently), answer: found.number)
    }

    /// Deletes all versions of a subject: softly, or `permanently` after that.
    @discardableResult
    public func deleteSubject(_ subject: String, permanently: Bool) throws(SchemaRegistryError) -> [Int] {
        try commit { state throws(SchemaRegistryError) in
            try decideDeletion(of: subject, permanently: permanently, state)
        }.answer
    }

    private func decideDeletion(
        of subject: String, permanently: Bool, _ state: RegistryState
    ) throws(SchemaRegistryError) -> Decision<[Int]> {
        try requireWritable(subject, state)
        guard let found = state.subjects[subject], !found.versions.isEmpty else { throw subjectMissing(subject) }
        if found.live.isEmpty, !permanently {
            throw SchemaRegistryError(
                .subjectSoftDeleted, "Subject '\(subject)' was soft deleted. Set permanent=true to delete permanently.")
        }
        if !found.live.isEmpty, permanently {
            throw SchemaRegistryError(
                .subjectNotSoftDeleted,
                "Subject '\(subject)' was not deleted first before being permanently deleted.")
        }
        let numbers = (permanently ? found.versions : found.live).map(\.number)
        try requireUnreferenced(numbers, subject, state)
        return Decision(event: .deleteSubject(subject, permanently: permanently), answer: numbers)
    }

    private func requireUnreferenced(
        _ numbers: [Int], _ subject: String, _ state: RegistryState
    ) throws(SchemaRegistryError) {
        for number in numbers {
            let ids = state.referrers(to: number, of: subject)
            guard ids.isEmpty else {
                throw SchemaRegistryError(
                    .referenced,
                    "One or more references exist to the schema {subject=\(subject),version=\(number)}: ids \(ids)")
            }
        }
    }

    /// The compatibility level of `subject`, its own or the registry's.
    public func level(of subject: String?, orDefault: Bool) throws(SchemaRegistryError) -> CompatibilityLevel {
        let state = try journal.current()
        guard let subject else { return state.level }
        if let own = state.subjects[subject]?.level { return own }
        guard orDefault else {
            throw SchemaRegistryError(
                .levelNotConfigured, "Subject '\(subject)' does not have subject-level compatibility configured")
        }
        return state.level
    }

    /// Sets the level of a subject, or of all that have none.
    public func setLevel(_ level: CompatibilityLevel?, of subject: String?) throws(SchemaRegistryError) {
        _ = try commit { _ in Decision(event: .setLevel(level, subject: subject), answer: ()) }
    }

    /// The mode of `subject`, its own or the registry's.
    public func mode(of subject: String?, orDefault: Bool) throws(SchemaRegistryError) -> RegistryMode {
        let state = try journal.current()
        guard let subject else { return state.mode }
        if let own = state.subjects[subject]?.mode { return own }
        guard orDefault else {
            throw SchemaRegistryError(
                .modeNotConfigured, "Subject '\(subject)' does not have subject-level mode configured")
        }
        return state.mode
    }

    /// Sets the mode of a subject, or of all that have none.
    public func setMode(_ mode: RegistryMode?, of subject: String?) throws(SchemaRegistryError) {
        _ = try commit { _ in Decision(event: .setMode(mode, subject: subject), answer: ()) }
    }
}
