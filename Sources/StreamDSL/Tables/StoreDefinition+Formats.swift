import StreamCore
public import Topology

extension StoreDefinition {
    /// A key-value store with `formats`, standard serdes filled in; or one that cannot write, and the mistake.
    public static func resolving(
        _ name: String, _ formats: Formats<Key, Value>
    ) -> (definition: StoreDefinition, mistakes: [TopologyError]) {
        resolving(name, formats) { .keyValue(name, key: $0, value: $1) }
    }

    static func resolving(
        _ name: String, _ formats: Formats<Key, Value>, make: (Serde<Key>, Serde<Value>) -> StoreDefinition
    ) -> (definition: StoreDefinition, mistakes: [TopologyError]) {
        do {
            let (key, value) = try formats.resolved(for: name)
            return (make(key, value), [])
        } catch {
            // Never used: a topology with a mistake is not made.
            return (make(formats.key ?? .missing, formats.value ?? .missing), [error])
        }
    }
}

extension Serde {
    /// Stands where a serde is missing in a topology that is refused for it.
    static var missing: Serde<Value> {
        let error = SerdeError(.unencodable, serde: "missing", reason: "no serde was given")
        return Serde(description: "missing", encode: { _, _ in throw error }, decode: { _ in throw error })
    }
}
