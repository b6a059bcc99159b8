import JSON
public import Schemas
import StreamCore
import Synchronization

/// A registry that is reached over HTTP: Confluent's, one that speaks as it does, or another process's embedded one.
///
/// Calls block until the registry answers. What cannot change, the schema of an id and the place of what was registered, is asked for once.
public final class HTTPSchemaRegistry: SchemaRegistryAdministration {
    private struct Placing: Hashable {
        let schema: SchemaDefinition
        let subject: String
    }

    private struct Known {
        var schemas: [Int32: SchemaDefinition] = [:]
        var unknown: [Int32: ContinuousClock.Instant] = [:]
        var places: [Placing: RegisteredSchema] = [:]
    }

    /// How it is reached.
    public let connection: RegistryConnection
    private let transport: RegistryTransport
    private let known = Mutex(Known())

    /// A client; nothing is asked before the first call.
    public init(_ connection: RegistryConnection) {
        self.connection = connection
        transport = RegistryTransport(connection)
    }

    private func malformed(_ what: String) -> SchemaRegistryError {
        SchemaRegistryError(.notUnderstood, "the registry at \(connection.addresses[0]) answered no \(what)")
    }

    private func place(_ json: JSONValue, _ definition: SchemaDefinition? = nil) throws(SchemaRegistryError)
        -> RegisteredSchema
    {
        guard let subject = json["subject"]?.stringValue, let version = json["version"]?.integerValue,
            let id = json["id"]?.integerValue.flatMap(Int32.init(exactly:)),
            let definition = SchemaDefinition(json) ?? definition
        else { throw malformed("version of a schema") }
        return RegisteredSchema(subject: subject, version: Int(version), id: id, definition: definition)
    }

    private func versionStep(_ version: Int?) -> String { version.map(String.init) ?? "latest" }

    private func subjectPath(_ subject: String) -> String { "/subjects/\(RegistryAddress.step(subject))" }

    /// Registers `schema` under `subject`, or finds it there.
    public func register(_ schema: SchemaDefinition, subject: String) throws(SchemaRegistryError) -> RegisteredSchema {
        let placing = Placing(schema: schema, subject: subject)
        if let found = known.withLock({ $0.places[placing] }) { return found }
        _ = try transport.ask("POST", subjectPath(subject) + "/versions", .object(schema.members))
        // Registering answers an id only.
        return try find(schema, subject: subject)
    }

    /// The version of `subject` that is `schema`.
    public func find(_ schema: SchemaDefinition, subject: String) throws(SchemaRegistryError) -> RegisteredSchema {
        let placing = Placing(schema: schema, subject: subject)
        if let found = known.withLock({ $0.places[placing] }) { return found }
        let found = try place(try transport.ask("POST", subjectPath(subject), .object(schema.members)), schema)
        known.withLock { $0.places[placing] = found }
        return found
    }

    /// The schema called `id`.
    public func schema(id: Int32) throws(SchemaRegistryError) -> SchemaDefinition {
        let now = ContinuousClock.now
        let (found, until) = known.withLock { ($0.schemas[id], $0.unknown[id]) }
        if let found { return found }
        if let until, until > now {
            throw SchemaRegistryError(.schemaNotFound, "Schema \(id) not found (asked a moment ago)")
        }
        let answer = Result { () throws(SchemaRegistryError) in try transport.ask("GET", "/schemas/ids/\(id)") }
        if case .failure(let error) = answer, error.code == .schemaNotFound {
            known.withLock { known in
                // Garbage names many ids: what is remembered of them is bounded.
                if known.unknown.count > 10_000 { known.unknown.removeAll() }
                known.unknown[id] = now + connection.unknownFor
            }
        }
        guard let schema = SchemaDefinition(try answer.get()) else { throw malformed("schema") }
        known.withLock { known in
            known.schemas[id] = schema
            known.unknown[id] = nil
        }
        return schema
    }

    /// A version of `subject`; the latest when `version` is nil.
    public func version(_ version: Int?, of subject: String) throws(SchemaRegistryError) -> RegisteredSchema {
        try place(try transport.ask("GET", "\(subjectPath(subject))/versions/\(versionStep(version))"))
    }
}

extension HTTPSchemaRegistry {
    private func texts(_ json: JSONValue) throws(SchemaRegistryError) -> [String] {
        guard let elements = json.elements else { throw malformed("list of names") }
        return elements.compactMap(\.stringValue)
    }

    private func numbers(_ json: JSONValue) throws(SchemaRegistryError) -> [Int] {
        guard let elements = json.elements else { throw malformed("list of numbers") }
        return elements.compactMap { $0.integerValue.map(Int.init) }
    }

    /// All subjects by name.
    public func subjects(includingDeleted: Bool) throws(SchemaRegistryError) -> [String] {
        try texts(try transport.ask("GET", "/subjects" + (includingDeleted ? "?deleted=true" : ""))).sorted()
    }

    /// The versions of `subject` in order.
    public func versions(of subject: String, includingDeleted: Bool) throws(SchemaRegistryError) -> [Int] {
        let path = "\(subjectPath(subject))/versions" + (includingDeleted ? "?deleted=true" : "")
        return try numbers(try transport.ask("GET", path))
    }

    /// Where the schema called `id` is registered.
    public func places(ofID id: Int32) throws(SchemaRegistryError) -> [RegisteredSchema] {
        let definition = try schema(id: id)
        var found: [RegisteredSchema] = []
        for place in try transport.ask("GET", "/schemas/ids/\(id)/versions").elements ?? [] {
            guard let subject = place["subject"]?.stringValue, let version = place["version"]?.integerValue else {
                throw malformed("list of versions")
            }
            found.append(RegisteredSchema(subject: subject, version: Int(version), id: id, definition: definition))
        }
        return found
    }

    /// The ids of schemas that name a version of `subject`.
    public func referrers(to version: Int?, of subject: String) throws(SchemaRegistryError) -> [Int32] {
        let path = "\(subjectPath(subject))/versions/\(versionStep(version))/referencedby"
        return try numbers(try transport.ask("GET", path)).map { Int32(clamping: $0) }
    }

    /// What speaks against registering `schema` under `subject`; nothing when it may be.
    public func check(
        _ schema: SchemaDefinition, subject: String, against version: Int?
    ) throws(SchemaRegistryError) -> [SchemaIncompatibility] {
        let path = "/compatibility\(subjectPath(subject))/versions" + (version.map { "/\($0)" } ?? "") + "?verbose=true"
        let json = try transport.ask("POST", path, .object(schema.members))
        guard case .bool(let isCompatible)? = json["is_compatible"] else { throw malformed("verdict") }
        if isCompatible { return [] }
        let messages = json["messages"]?.elements?.compactMap(\.stringValue) ?? []
        return (messages.isEmpty ? ["the registry does not say why"] : messages).map { .remote($0) }
    }

    /// Deletes a version: softly, or `permanently` after that.
    @discardableResult
    public func deleteVersion(
        _ version: Int?, of subject: String, permanently: Bool
    ) throws(SchemaRegistryError) -> Int {
        let path = "\(subjectPath(subject))/versions/\(versionStep(version))" + (permanently ? "?permanent=true" : "")
        defer { forget() }
        guard let number = try transport.ask("DELETE", path).integerValue else { throw malformed("version") }
        return Int(number)
    }

    /// Deletes all versions of a subject: softly, or `permanently` after that.
    @discardableResult
    public func deleteSubject(_ subject: String, permanently: Bool) throws(SchemaRegistryError) -> [Int] {
        defer { forget() }
        return try numbers(
            try transport.ask("DELETE", subjectPath(subject) + (permanently ? "?permanent=true" : "")))
    }

    private func forget() { known.withLock { $0 = Known() } }

    private func setting(_ name: String, _ subject: String?) -> String {
        "/\(name)" + (subject.map { "/\(RegistryAddress.step($0))" } ?? "")
    }

    /// The compatibility level of `subject`, its own or the registry's.
    public func level(of subject: String?, orDefault: Bool) throws(SchemaRegistryError) -> CompatibilityLevel {
        let path = setting("config", subject) + (orDefault && subject != nil ? "?defaultToGlobal=true" : "")
        let json = try transport.ask("GET", path)
        guard let level = json["compatibilityLevel"]?.stringValue.flatMap({ CompatibilityLevel(rawValue: $0) }) else {
            throw malformed("compatibility level")
        }
        return level
    }

    /// Sets the level of a subject, or of all that have none.
    public func setLevel(_ level: CompatibilityLevel?, of subject: String?) throws(SchemaRegistryError) {
        let path = setting("config", subject)
        if let level {
            _ = try transport.ask("PUT", path, ["compatibility": .string(level.rawValue)])
        } else {
            _ = try transport.ask("DELETE", path)
        }
    }

    /// The mode of `subject`, its own or the registry's.
    public func mode(of subject: String?, orDefault: Bool) throws(SchemaRegistryError) -> RegistryMode {
        let path = setting("mode", subject) + (orDefault && subject != nil ? "?defaultToGlobal=true" : "")
        let json = try transport.ask("GET", path)
        guard let mode = json["mode"]?.stringValue.flatMap({ RegistryMode(rawValue: $0) }) else {
            throw malformed("mode")
        }
        return mode
    }

    /// Sets the mode of a subject, or of all that have none.
    public func setMode(_ mode: RegistryMode?, of subject: String?) throws(SchemaRegistryError) {
        let path = setting("mode", subject)
        if let mode {
            _ = try transport.ask("PUT", path, ["mode": .string(mode.rawValue)])
        } else {
            _ = try transport.ask("DELETE", path)
        }
    }
}
