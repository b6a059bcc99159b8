public import AgentOperators
public import JSON
public import Schemas

/// An item of a memory that several processes share, on `memory_<session>`; its record's key is the session.
public struct MemoryEvent: AutoGenEvent {
    /// Who wrote it: the id of one instance, which ignores its own.
    public var sender: String
    /// The content's MIME type.
    public var mimeType: String
    /// Text as it is; pictures and bytes as base64.
    public var content: String
    /// A JSON object as text; nil in events of Python without metadata.
    ///
    /// Always written, `{}` when there is nothing: null stops every Python reader for good.
    public var metadata: String?

    /// An event.
    public init(sender: String, mimeType: String, content: String, metadata: String? = nil) {
        self.sender = sender
        self.mimeType = mimeType
        self.content = content
        self.metadata = metadata
    }

    /// The schema that Python registers for it.
    public static let schema = EventSchemaTexts.memory

    /// The event that `json` says.
    ///
    /// - Throws: ``MessageFormatError`` when a member is missing or of another type.
    public init(_ json: JSONValue) throws(MessageFormatError) {
        let members = EventMembers(json, of: "MemoryEvent")
        sender = try members.required("sender")
        mimeType = try members.required("mime_type")
        content = try members.required("content")
        metadata = try members.text("metadata")
    }

    /// The event with its members in AutoGen's order.
    public var json: JSONValue {
        [
            "sender": .string(sender), "mime_type": .string(mimeType), "content": .string(content),
            "metadata": .string(metadata ?? "{}"),
        ]
    }
}
