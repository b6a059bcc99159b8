import JSON
public import StreamCore

/// What anybody may ask of a memory, through its command topic: keyed by session, as JSON, so that any language can.
///
/// ```json
/// {"v":1,"op":"add","id":"a1","mime":"text/plain","text":"likes tea","metadata":{"by":"anna"},"ttl":86400000}
/// {"v":1,"op":"delete","id":"a1"}
/// {"v":1,"op":"clear"}
/// ```
///
/// Bytes are in `data`, as base64; `content` stands for either, and for any JSON value where the type is JSON. `id` may be
/// missing; then the record's place in the topic is the identifier. `expiry` is a moment, `ttl` a time from the record's
/// timestamp, both in ms; `replace` is true or false. A null value is a clear.
public enum MemoryCommand: Sendable, Hashable {
    /// Adds an item; one without an identifier is named by the record that brings it.
    case add(MemoryDraft, ttl: Duration? = nil)
    /// Deletes the item with this identifier.
    case delete(id: String)
    /// Discards all items.
    case clear

    /// The newest version of the format.
    private static let version: Int64 = 1

    /// How commands are written.
    public static let serde = Serde<MemoryCommand>(
        description: "tributary.memory-command",
        writing: { command, writer in
            command.json.write(into: &writer)
            return true
        },
        reading: { bytes in
            guard let bytes else { return .clear }
            do {
                return try MemoryCommand(JSONValue(parsing: bytes))
            } catch {
                throw SerdeError(.malformed, serde: "tributary.memory-command", reason: "\(error)")
            }
        })

    private var json: JSONValue {
        var members = [JSONMember("v", .integer(Self.version))]
        switch self {
        case .add(let draft, let ttl):
            members.append(JSONMember("op", "add"))
            if !draft.id.isEmpty { members.append(JSONMember("id", .string(draft.id))) }
            members += MemoryJSON.members(of: draft.content)
            if !draft.metadata.isEmpty { members.append(JSONMember("metadata", MemoryJSON.object(draft.metadata))) }
            if let moment = draft.timestamp { members.append(JSONMember("timestamp", .integer(moment.milliseconds))) }
            if let moment = draft.expiry { members.append(JSONMember("expiry", .integer(moment.milliseconds))) }
            if let ttl { members.append(JSONMember("ttl", .integer(ttl.milliseconds))) }
            if draft.replaces { members.append(JSONMember("replace", true)) }
            if let embedding = draft.embedding {
                let numbers = JSONValue.array(embedding.vector.map { .double(Double($0)) })
                members.append(
                    JSONMember("embedding", ["source": .string(embedding.source), "vector": numbers]))
            }
        case .delete(let id):
            members += [JSONMember("op", "delete"), JSONMember("id", .string(id))]
        case .clear: members.append(JSONMember("op", "clear"))
        }
        return .object(members)
    }

    private init(_ json: JSONValue) throws {
        guard json.members != nil else { throw MemoryError(.invalidContent, "a command is a JSON object") }
        let version = json["v"]?.integerValue ?? Self.version
        guard version <= Self.version else {
            throw MemoryError(.invalidContent, "format version \(version), this program knows \(Self.version)")
        }
        switch json["op"]?.stringValue {
        case "add": self = .add(try Self.draft(json), ttl: try MemoryJSON.duration(json["ttl"]))
        case "delete":
            guard let id = json["id"]?.stringValue, !id.isEmpty else {
                throw MemoryError(.invalidName, "'delete' needs the 'id' of an item")
            }
            self = .delete(id: id)
        case "clear": self = .clear
        default: throw MemoryError(.invalidContent, "'op' must be 'add', 'delete' or 'clear'")
        }
    }

    private static func draft(_ json: JSONValue) throws -> MemoryDraft {
        guard let metadata = MemoryJSON.metadata(json["metadata"]) else {
            throw MemoryError(.invalidContent, "'metadata' must be an object")
        }
        return MemoryDraft(
            id: json["id"]?.stringValue ?? "", try MemoryJSON.content(of: json), metadata: metadata,
            timestamp: try MemoryJSON.moment(json["timestamp"], "timestamp"),
            expiry: try MemoryJSON.moment(json["expiry"], "expiry"), replaces: json["replace"] == .bool(true),
            embedding: try MemoryJSON.embedding(json["embedding"]))
    }
}

extension MemoryJSON {
    fileprivate static func duration(_ value: JSONValue?) throws -> Duration? {
        try moment(value, "ttl").map { .milliseconds($0.milliseconds) }
    }

    fileprivate static func embedding(_ value: JSONValue?) throws -> MemoryEmbedding? {
        guard let value, value != .null else { return nil }
        guard let source = value["source"]?.stringValue, let elements = value["vector"]?.elements else {
            throw MemoryError(.invalidContent, "'embedding' must say its 'source' and 'vector'")
        }
        let vector = elements.compactMap { element -> Float? in
            switch element {
            case .integer(let number): Float(number)
            case .double(let number): Float(number)
            default: nil
            }
        }
        guard vector.count == elements.count, vector.allSatisfy(\.isFinite) else {
            throw MemoryError(.invalidContent, "the 'vector' of 'embedding' must be numbers")
        }
        return MemoryEmbedding(source: source, vector: vector)
    }
}
