public import AgentOperators
public import JSON
public import Schemas
public import StreamCore

/// A published message, on `agent_publishes`: CloudEvents 1.0 in its JSON format; its record's key is the topic, `type/source`.
///
/// Not CloudEvents' own binding to Kafka: everything is in the value.
public struct CloudEvent: AutoGenEvent {
    /// What the event says.
    public enum Data: Sendable, Hashable {
        /// Bytes, which travel as base64: what AutoGen writes.
        case bytes(Bytes)
        /// JSON, as others may write.
        case json(JSONValue)
    }

    /// The topic's type.
    public var type: String
    /// The topic's source.
    public var source: String
    /// The message's id.
    public var id: String
    /// When it was published, RFC 3339.
    public var time: String?
    /// How the data is to be read.
    public var dataContentType: String?
    /// The message's type name; no URI, whatever the standard says.
    public var dataSchema: String?
    /// The topic's source once more.
    public var subject: String?
    /// The message.
    public var data: Data?
    /// Further attributes in order: names of lower-case letters and digits, values that are text, numbers, truth values or null.
    public var extensions: [JSONMember]

    /// An event.
    public init(
        type: String, source: String, id: String, time: String? = nil, dataContentType: String? = nil,
        dataSchema: String? = nil, subject: String? = nil, data: Data? = nil, extensions: [JSONMember] = []
    ) {
        self.type = type
        self.source = source
        self.id = id
        self.time = time
        self.dataContentType = dataContentType
        self.dataSchema = dataSchema
        self.subject = subject
        self.data = data
        self.extensions = extensions
    }

    /// The attributes that AutoGen adds.
    public enum Attribute {
        /// The sender's type; null when no agent published.
        public static let senderType = "agagentsendertype"
        /// The sender's key; null when no agent published.
        public static let senderKey = "agagentsenderkey"
        /// What the event is: `publish`, `rpc_request`, `rpc_response` or `error`.
        public static let kind = "agmsgkind"
    }

    /// The schema that Python registers for it.
    public static let schema = EventSchemaTexts.cloudEvent

    private static let standard: Set<String> = [
        "specversion", "type", "source", "id", "time", "datacontenttype", "dataschema", "subject", "data",
        "data_base64",
    ]

    /// The event that `json` says.
    ///
    /// - Throws: ``MessageFormatError`` when a member is missing or of another type.
    public init(_ json: JSONValue) throws(MessageFormatError) {
        let members = EventMembers(json, of: "CloudEvent")
        if let version = try members.text("specversion"), !version.hasPrefix("1.") {
            throw members.wrong("specversion", "is '\(version)', expected is '1.0'")
        }
        type = try members.required("type")
        source = try members.required("source")
        id = try members.required("id")
        time = try members.text("time")
        dataContentType = try members.text("datacontenttype")
        dataSchema = try members.text("dataschema")
        subject = try members.text("subject")
        if let bytes = try members.data("data_base64") {
            data = .bytes(bytes)
        } else if let value = json["data"], value != .null {
            data = .json(value)
        }
        extensions = (json.members ?? []).filter { !Self.standard.contains($0.name) }
    }

    /// The event with its members in AutoGen's order.
    public var json: JSONValue {
        var members = [
            JSONMember("specversion", "1.0"), JSONMember("type", .string(type)), JSONMember("source", .string(source)),
            JSONMember("id", .string(id)),
        ]
        let optional = [
            ("time", time), ("datacontenttype", dataContentType), ("dataschema", dataSchema), ("subject", subject),
        ]
        for (name, text) in optional {
            if let text { members.append(JSONMember(name, .string(text))) }
        }
        switch data {
        case .bytes(let bytes): members.append(JSONMember("data_base64", .string(Base64.encode(bytes))))
        case .json(let value): members.append(JSONMember("data", value))
        case nil: break
        }
        // Whatever else stops Python's reader for good.
        return .object(members + extensions.filter(Self.isValid))
    }

    /// Whether Python's reader takes this attribute.
    static func isValid(_ attribute: JSONMember) -> Bool {
        switch attribute.value {
        case .array, .object: return false
        case .verbatim(let text) where text.isContainer: return false
        default: break
        }
        return !attribute.name.isEmpty && !standard.contains(attribute.name)
            && attribute.name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) }
    }

    /// The value of the attribute `name`, as text; nil when it is null, missing or no text.
    public func attribute(_ name: String) -> String? { extensions.last { $0.name == name }?.value.stringValue }
}
