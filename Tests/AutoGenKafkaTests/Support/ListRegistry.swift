import Schemas
import Synchronization

/// A registry that is a list: subjects, versions, ids, and what was asked of it.
final class ListRegistry: SchemaRegistry {
    private struct State {
        var schemas: [SchemaDefinition] = []
        var subjects: [String: [Int32]] = [:]
        var calls: [String] = []
        var isDown = false
    }

    private let state = Mutex(State())

    /// What was asked: the call and its subject.
    var calls: [String] { state.withLock { $0.calls } }

    /// Makes every further call fail.
    func shutDown() { state.withLock { $0.isDown = true } }

    func register(_ schema: SchemaDefinition, subject: String) throws(SchemaRegistryError) -> RegisteredSchema {
        let (id, version) = state.withLock { state -> (Int32, Int) in
            state.calls.append("register \(subject)")
            if !state.schemas.contains(schema) { state.schemas.append(schema) }
            let id = Int32((state.schemas.firstIndex(of: schema) ?? 0) + 1)
            state.subjects[subject, default: []].append(id)
            return (id, state.subjects[subject]?.count ?? 1)
        }
        return RegisteredSchema(subject: subject, version: version, id: id, definition: schema)
    }

    func find(_ schema: SchemaDefinition, subject: String) throws(SchemaRegistryError) -> RegisteredSchema {
        let found: Result<RegisteredSchema, SchemaRegistryError> = state.withLock { state in
            state.calls.append("find \(subject)")
            if state.isDown { return .failure(SchemaRegistryError(.unavailable, "down")) }
            guard let ids = state.subjects[subject] else {
                return .failure(SchemaRegistryError(.subjectNotFound, "no subject '\(subject)'"))
            }
            guard let index = ids.firstIndex(where: { state.schemas[Int($0) - 1] == schema }) else {
                return .failure(SchemaRegistryError(.schemaNotFound, "not in '\(subject)'"))
            }
            return .success(
                RegisteredSchema(subject: subject, version: index + 1, id: ids[index], definition: schema))
        }
        return try found.get()
    }

    func schema(id: Int32) throws(SchemaRegistryError) -> SchemaDefinition {
        let found = state.withLock { state in
            state.schemas.indices.contains(Int(id) - 1) ? state.schemas[Int(id) - 1] : nil
        }
        guard let found else { throw SchemaRegistryError(.schemaNotFound, "no schema \(id)") }
        return found
    }

    func version(_ version: Int?, of subject: String) throws(SchemaRegistryError) -> RegisteredSchema {
        let ids = state.withLock { $0.subjects[subject] } ?? []
        guard let id = version.map({ ids.indices.contains($0 - 1) ? ids[$0 - 1] : 0 }) ?? ids.last, id > 0 else {
            throw SchemaRegistryError(.subjectNotFound, "no subject '\(subject)'")
        }
        return RegisteredSchema(
            subject: subject, version: version ?? ids.count, id: id, definition: try schema(id: id))
    }
}
