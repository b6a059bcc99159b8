public import StreamCore

/// A message as it travels: a type's name, bytes, and how to read them.
public struct AgentPayload: Sendable, Hashable {
    /// The type's name, by which handlers are found.
    public var type: String
    /// How the bytes are to be read.
    public var contentType: String
    /// The message.
    public var bytes: Bytes

    /// JSON, the format of messages where nothing else is said.
    public static let json = "application/json"

    /// A message of bytes.
    public init(type: String, contentType: String = AgentPayload.json, bytes: Bytes) {
        self.type = type
        self.contentType = contentType
        self.bytes = bytes
    }

    /// `message` as JSON.
    ///
    /// - Throws: ``SerdeError`` when it cannot be written.
    public init<Message: Codable & Sendable>(_ message: Message) throws {
        self.init(type: Self.name(of: Message.self), bytes: try Serde<Message>.json().encode(message) ?? .empty)
    }

    /// The message as `Message`.
    ///
    /// - Throws: ``SerdeError`` when it is of another format, or its bytes do not fit.
    public func decode<Message: Codable & Sendable>(_: Message.Type = Message.self) throws -> Message {
        guard contentType == Self.json else {
            throw SerdeError(.malformed, serde: "json", reason: "the payload is \(contentType), not \(Self.json)")
        }
        return try Serde<Message>.json().decode(bytes)
    }

    /// The name under which values of `type` travel: a ``NamedMessage``'s own, else the type's without its module.
    public static func name<Message>(of type: Message.Type) -> String {
        (type as? any NamedMessage.Type)?.messageType ?? "\(type)"
    }
}

extension AgentPayload {
    /// What `message` says; nil when it says nothing, as a void reply does.
    init?(of message: AgentMessage) {
        guard let bytes = message.payload else { return nil }
        self.init(type: message.type ?? "", contentType: message.contentType ?? Self.json, bytes: bytes)
    }
}

extension AgentMessage {
    /// Says `payload`; nil says nothing.
    mutating func say(_ payload: AgentPayload?) {
        self.payload = payload?.bytes
        type = payload?.type
        contentType = payload.flatMap { $0.contentType == AgentPayload.json ? nil : $0.contentType }
    }
}

/// A message type with a name of its own on the wire, so that renaming the Swift type changes nothing.
public protocol NamedMessage {
    /// The name.
    static var messageType: String { get }
}
