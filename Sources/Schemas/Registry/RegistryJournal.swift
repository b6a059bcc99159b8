/// Where the events of a registry are kept, in one order for everybody.
public protocol RegistryJournal: Sendable {
    /// All that was appended before this call, folded.
    ///
    /// - Throws: ``SchemaRegistryError``, `.unavailable`.
    func current() throws(SchemaRegistryError) -> RegistryState

    /// Appends `entry` and says what came of it, after all that was appended before.
    ///
    /// - Throws: ``SchemaRegistryError``, `.unavailable`.
    func append(_ entry: RegistryEntry) throws(SchemaRegistryError) -> RegistryState.Outcome
}
