/// Looks at messages on their way and may change or drop them, as in AutoGen.
///
/// Called for every message that agents of this application send or publish and every reply they give, and for what comes from
/// outside on arrival; in order of declaration, each with what the one before made of the message. Must be quick and give the same
/// answer for the same message: a handler that is run again after a crash meets it again. Any thread calls it.
public protocol InterventionHandler: Sendable {
    /// A message goes to one agent.
    ///
    /// - Throws: what the sender gets as error.
    func onSend(_ message: AgentPayload, to recipient: AgentID, from sender: AgentID?) throws -> Intervention

    /// A message is published.
    ///
    /// - Throws: what is reported; nobody gets the message then.
    func onPublish(_ message: AgentPayload, to topic: TopicID, from sender: AgentID?) throws -> Intervention

    /// A handler has replied.
    ///
    /// - Throws: what the asker gets as error.
    func onReply(_ message: AgentPayload, from sender: AgentID, to recipient: AgentID?) throws -> Intervention
}

extension InterventionHandler {
    /// Lets it pass.
    public func onSend(_ message: AgentPayload, to recipient: AgentID, from sender: AgentID?) throws -> Intervention {
        .pass
    }

    /// Lets it pass.
    public func onPublish(_ message: AgentPayload, to topic: TopicID, from sender: AgentID?) throws -> Intervention {
        .pass
    }

    /// Lets it pass.
    public func onReply(_ message: AgentPayload, from sender: AgentID, to recipient: AgentID?) throws -> Intervention {
        .pass
    }
}

/// What becomes of a message.
public enum Intervention: Sendable, Hashable {
    /// It goes on as it is.
    case pass
    /// This goes on in its place.
    case replace(AgentPayload)
    /// It goes no further: who sent or asked gets the error `dropped`; nobody misses what was published.
    case drop
}

/// All intervention handlers of an agents block.
struct Interventions: Sendable {
    let handlers: [any InterventionHandler]

    /// The message as it goes on; nil when it was dropped.
    func pass(
        _ message: AgentPayload, _ look: (any InterventionHandler, AgentPayload) throws -> Intervention
    ) rethrows -> AgentPayload? {
        var message = message
        for handler in handlers {
            switch try look(handler, message) {
            case .pass: break
            case .replace(let other): message = other
            case .drop: return nil
            }
        }
        return message
    }

    func send(_ message: AgentPayload, to recipient: AgentID, from sender: AgentID?) throws -> AgentPayload {
        guard let passed = try pass(message, { try $0.onSend($1, to: recipient, from: sender) }) else {
            throw AgentError("dropped", "an intervention handler dropped the message to '\(recipient)'")
        }
        return passed
    }

    func publish(_ message: AgentPayload, to topic: TopicID, from sender: AgentID?) throws -> AgentPayload? {
        try pass(message) { try $0.onPublish($1, to: topic, from: sender) }
    }

    func reply(_ message: AgentPayload?, from sender: AgentID, to recipient: AgentID?) throws -> AgentPayload? {
        guard let message else { return nil }
        guard let passed = try pass(message, { try $0.onReply($1, from: sender, to: recipient) }) else {
            throw AgentError("dropped", "an intervention handler dropped the reply of '\(sender)'")
        }
        return passed
    }
}
