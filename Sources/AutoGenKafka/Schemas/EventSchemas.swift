public import Schemas
import Synchronization

/// The ids under which events are written: looked up once for each topic, then known.
///
/// A schema that a topic's subject has already is used, whatever its text: Python's readers fetch it by the id, and a changed one would
/// break their compatibility rule. Only a subject that does not exist gets ours, and only when that is allowed. Any thread may call;
/// the first call for a topic asks the registry and may block.
public final class EventSchemas: Sendable {
    private let registry: any SchemaRegistry
    private let registersMissing: Bool
    private let known = Mutex<[String: Int32]>([:])

    /// The schemas in `registry`.
    ///
    /// - Parameters:
    ///   - registry: where they are.
    ///   - registersMissing: whether subjects that do not exist are made.
    public init(_ registry: any SchemaRegistry, registersMissing: Bool = true) {
        self.registry = registry
        self.registersMissing = registersMissing
    }

    /// The id for values of `topic`, whose subject is `<topic>-value`.
    ///
    /// - Throws: ``SchemaRegistryError``: `.subjectNotFound` when there is none and none may be made; `.unavailable`.
    public func id(for topic: String, _ schema: SchemaDefinition) throws(SchemaRegistryError) -> Int32 {
        let subject = "\(topic)-value"
        if let id = known.withLock({ $0[subject] }) { return id }
        let id = try find(schema, subject)
        known.withLock { $0[subject] = id }
        return id
    }

    private func find(_ schema: SchemaDefinition, _ subject: String) throws(SchemaRegistryError) -> Int32 {
        do {
            return try registry.find(schema, subject: subject).id
        } catch {
            switch error.code {
            case .schemaNotFound: return try registry.version(nil, of: subject).id
            case .subjectNotFound:
                guard registersMissing else {
                    throw SchemaRegistryError(
                        .subjectNotFound,
                        "subject '\(subject)' has no schema: start the Python side first, register it, or allow 'registersMissing'"
                    )
                }
                return try registry.register(schema, subject: subject).id
            default: throw error
            }
        }
    }
}
