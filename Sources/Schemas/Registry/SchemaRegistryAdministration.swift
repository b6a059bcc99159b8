/// All of a registry: what serdes need, and what people do with it.
///
/// Any thread may call, calls may block; each throws ``SchemaRegistryError``.
public protocol SchemaRegistryAdministration: SchemaRegistry {
    /// All subjects by name.
    ///
    /// - Throws: ``SchemaRegistryError``.
    func subjects(includingDeleted: Bool) throws(SchemaRegistryError) -> [String]

    /// The versions of `subject` in order.
    ///
    /// - Throws: ``SchemaRegistryError``: `.subjectNotFound`.
    func versions(of subject: String, includingDeleted: Bool) throws(SchemaRegistryError) -> [Int]

    /// Where the schema called `id` is registered.
    ///
    /// - Throws: ``SchemaRegistryError``: `.schemaNotFound`.
    func places(ofID id: Int32) throws(SchemaRegistryError) -> [RegisteredSchema]

    /// The ids of schemas that name a version of `subject`.
    ///
    /// - Throws: ``SchemaRegistryError``: `.subjectNotFound`, `.versionNotFound`.
    func referrers(to version: Int?, of subject: String) throws(SchemaRegistryError) -> [Int32]

    /// What speaks against registering `schema` under `subject`; nothing when it may be.
    ///
    /// - Parameters:
    ///   - schema: what would be registered.
    ///   - subject: where.
    ///   - version: the version to compare with, by the subject's level; nil for those that registration compares with.
    /// - Returns: each way in which they do not go together.
    /// - Throws: ``SchemaRegistryError``: `.invalidSchema`, `.versionNotFound`.
    func check(
        _ schema: SchemaDefinition, subject: String, against version: Int?
    ) throws(SchemaRegistryError) -> [SchemaIncompatibility]

    /// Deletes a version: softly, so that its id still works, or `permanently` after that.
    ///
    /// - Returns: the version.
    /// - Throws: ``SchemaRegistryError``: `.subjectNotFound`, `.versionNotFound`, `.referenced`, `.versionSoftDeleted`, ….
    @discardableResult
    func deleteVersion(_ version: Int?, of subject: String, permanently: Bool) throws(SchemaRegistryError) -> Int

    /// Deletes all versions of a subject: softly, so that its ids still work, or `permanently` after that.
    ///
    /// - Returns: the versions.
    /// - Throws: ``SchemaRegistryError``: `.subjectNotFound`, `.referenced`, `.subjectSoftDeleted`, ….
    @discardableResult
    func deleteSubject(_ subject: String, permanently: Bool) throws(SchemaRegistryError) -> [Int]

    /// The compatibility level of `subject`, its own or the registry's; the registry's when nil.
    ///
    /// - Throws: ``SchemaRegistryError``: `.levelNotConfigured` when only its own is wanted and there is none.
    func level(of subject: String?, orDefault: Bool) throws(SchemaRegistryError) -> CompatibilityLevel

    /// Sets the level of a subject, or of all that have none; nil gives a subject the registry's again.
    ///
    /// - Throws: ``SchemaRegistryError``.
    func setLevel(_ level: CompatibilityLevel?, of subject: String?) throws(SchemaRegistryError)

    /// The mode of `subject`, its own or the registry's; the registry's when nil.
    ///
    /// - Throws: ``SchemaRegistryError``: `.modeNotConfigured` when only its own is wanted and there is none.
    func mode(of subject: String?, orDefault: Bool) throws(SchemaRegistryError) -> RegistryMode

    /// Sets the mode of a subject, or of all that have none; nil gives a subject the registry's again.
    ///
    /// - Throws: ``SchemaRegistryError``.
    func setMode(_ mode: RegistryMode?, of subject: String?) throws(SchemaRegistryError)
}

/// What may be done to a subject.
public enum RegistryMode: String, Sendable, Hashable, CaseIterable {
    /// Everything.
    case readWrite = "READWRITE"
    /// Nothing is registered or deleted.
    case readOnly = "READONLY"
}
