public import AgentOperators
public import JSON
public import Schemas

/// That an agent type listens to topics, or no longer does, on `agent_subscriptions`; its record has no key.
public struct SubscriptionEvent: AutoGenEvent {
    /// What happened.
    public enum Operation: String, Sendable, Hashable, CaseIterable {
        /// It listens.
        case added
        /// It no longer listens.
        case removed
    }

    /// What it is about: AutoGen's three forms.
    public enum Subject: Sendable, Hashable {
        /// A subscription, by topic type or by prefix, with its id.
        case subscription(AgentSubscription, id: String)
        /// The id alone, as removals have it.
        case id(String)

        /// The subscription's id.
        public var id: String {
            switch self {
            case .subscription(_, let id), .id(let id): id
            }
        }
    }

    /// What it is about.
    public var subject: Subject
    /// What happened.
    public var operation: Operation

    /// An event.
    public init(_ operation: Operation, _ subject: Subject) {
        self.operation = operation
        self.subject = subject
    }

    /// The schema that Python registers for it.
    public static let schema = EventSchemaTexts.subscription

    /// The event that `json` says.
    ///
    /// - Throws: ``MessageFormatError`` when a member is missing or of another type.
    public init(_ json: JSONValue) throws(MessageFormatError) {
        let members = EventMembers(json, of: "SubscriptionEvent")
        let text = try members.required("operation")
        guard let operation = Operation(rawValue: text) else {
            throw members.wrong("operation", "is '\(text)', expected is 'added' or 'removed'")
        }
        self.operation = operation
        let form = try members.required("type")
        if form == "StringSubscription" {
            subject = .id(try members.required("subscription"))
            return
        }
        let inner = EventMembers(json["subscription"] ?? .null, of: "SubscriptionEvent.subscription")
        let match: AgentSubscription.Match
        switch form {
        case "TypeSubscription": match = .type(try inner.required("topic_type"))
        case "TypePrefixSubscription": match = .prefix(try inner.required("topic_type_prefix"))
        default: throw members.wrong("type", "is '\(form)', which is no form of a subscription")
        }
        let subscription = AgentSubscription(match, agentType: try inner.required("agent_type"))
        subject = .subscription(subscription, id: try inner.required("id"))
    }

    /// The event with its members in AutoGen's order.
    public var json: JSONValue {
        ["type": .string(form), "subscription": subjectJSON, "operation": .string(operation.rawValue)]
    }

    private var form: String {
        switch subject {
        case .id: "StringSubscription"
        case .subscription(let subscription, _):
            switch subscription.match {
            case .type: "TypeSubscription"
            case .prefix: "TypePrefixSubscription"
            }
        }
    }

    private var subjectJSON: JSONValue {
        switch subject {
        case .id(let id): return .string(id)
        case .subscription(let subscription, let id):
            let (name, text) =
                switch subscription.match {
                case .type(let type): ("topic_type", type)
                case .prefix(let prefix): ("topic_type_prefix", prefix)
                }
            return [name: .string(text), "agent_type": .string(subscription.agentType), "id": .string(id)]
        }
    }
}
