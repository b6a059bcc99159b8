public import AgentOperators
public import JSON
public import Schemas
public import StreamCore

/// A record's value on one of AutoGen-Kafka's topics: JSON under a schema of its own.
///
/// Readers take missing and unknown members; writers write all members in AutoGen's order, nulls included.
public protocol AutoGenEvent: Sendable, Hashable {
    /// The schema that Python registers for it.
    static var schema: SchemaDefinition { get }

    /// The event that `json` says.
    ///
    /// - Throws: ``MessageFormatError`` when it lacks what the event cannot do without, or a member is of another type.
    init(_ json: JSONValue) throws(MessageFormatError)

    /// The event with its members in AutoGen's order.
    var json: JSONValue { get }
}

extension AutoGenEvent {
    /// The event's text, byte for byte as Python writes it, without a schema registry's frame.
    public var bytes: Bytes { json.pythonBytes }

    /// The event that `bytes` say, without a schema registry's frame.
    ///
    /// - Throws: ``MessageFormatError``.
    public init(parsing bytes: Bytes) throws(MessageFormatError) {
        let json: JSONValue
        do { json = try JSONValue(parsing: bytes) } catch {
            throw MessageFormatError("\(Self.self): no JSON: \(error)")
        }
        guard json.members != nil else { throw MessageFormatError("\(Self.self): no JSON object") }
        try self.init(json)
    }
}

/// Reads the members of an event and names them when they are wrong.
struct EventMembers {
    let json: JSONValue
    let event: String

    init(_ json: JSONValue, of event: String) {
        self.json = json
        self.event = event
    }

    /// The text of a member; nil when it is null or missing.
    func text(_ name: String) throws(MessageFormatError) -> String? {
        switch json[name] {
        case nil, .null: return nil
        case .string(let text): return text
        default: throw wrong(name, "must be text or null")
        }
    }

    /// The text of a member that must be there.
    func required(_ name: String) throws(MessageFormatError) -> String {
        guard let text = try text(name) else { throw wrong(name, "is missing") }
        return text
    }

    /// The agent that a member names; nil when it is null, missing or empty.
    func agent(_ name: String) throws(MessageFormatError) -> AgentID? {
        guard let text = try text(name), !text.isEmpty else { return nil }
        do { return try AgentID(parsing: text) } catch { throw wrong(name, error.description) }
    }

    /// The topic that a member names; nil when it is null, missing or empty.
    func topic(_ name: String) throws(MessageFormatError) -> TopicID? {
        guard let text = try text(name), !text.isEmpty else { return nil }
        do { return try TopicID(parsing: text) } catch { throw wrong(name, error.description) }
    }

    /// The bytes that a member has as base64; nil when it is null, missing or empty.
    func data(_ name: String) throws(MessageFormatError) -> Bytes? {
        guard let text = try text(name), !text.isEmpty else { return nil }
        guard let bytes = Base64.decode(text) else { throw wrong(name, "is no base64") }
        return bytes
    }

    /// The members of a member that is an object; none when it is null or missing.
    func object(_ name: String) throws(MessageFormatError) -> [JSONMember] {
        switch json[name] {
        case nil, .null: return []
        case .object(let members): return members
        default: throw wrong(name, "must be an object")
        }
    }

    func wrong(_ name: String, _ reason: String) -> MessageFormatError {
        MessageFormatError("\(event): member '\(name)' \(reason)")
    }
}

extension JSONValue {
    /// Text, or null for nil.
    init(_ text: String?) { self = text.map { .string($0) } ?? .null }

    /// Bytes as base64; null for nil and, as AutoGen does, for no bytes.
    init(base64 bytes: Bytes?) {
        guard let bytes, !bytes.isEmpty else {
            self = .null
            return
        }
        self = .string(Base64.encode(bytes))
    }
}
