public import AgentOperators
public import JSON
public import Schemas

/// That a runtime hosts an agent type, or no longer does, on `agent_registry`; its record's key is the type.
public struct RegistrationEvent: AutoGenEvent {
    /// What happened to the type.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Somebody hosts it.
        case register
        /// Nobody hosts it any more.
        case unregister
    }

    /// What happened.
    public var kind: Kind
    /// The agent type.
    public var agent: String
    /// The system of ours whose agents they are: our own member, which Python's readers pass over.
    ///
    /// Its other applications reach the type by the system's own way.
    public var system: String?

    /// An event.
    public init(_ kind: Kind, agent: String, system: String? = nil) {
        self.kind = kind
        self.agent = agent
        self.system = system
    }

    /// The schema that Python registers for it.
    public static let schema = EventSchemaTexts.registration

    /// The event that `json` says.
    ///
    /// - Throws: ``MessageFormatError`` when a member is missing or of another type.
    public init(_ json: JSONValue) throws(MessageFormatError) {
        let members = EventMembers(json, of: "RegistrationEvent")
        let text = try members.required("message_type")
        guard let kind = Kind(rawValue: text) else {
            throw members.wrong("message_type", "is '\(text)', expected is 'register' or 'unregister'")
        }
        self.kind = kind
        agent = try members.required("agent")
        system = try members.text("tributary_system")
    }

    /// The event with its members in AutoGen's order.
    public var json: JSONValue {
        var members = [JSONMember("message_type", .string(kind.rawValue)), JSONMember("agent", .string(agent))]
        if let system { members.append(JSONMember("tributary_system", .string(system))) }
        return .object(members)
    }
}
