import StreamCore

/// A message to an agent, or its reply, with its names read.
struct AgentEnvelope: Sendable, Hashable {
    var kind: MessageKind
    /// The request's or message's id.
    var id: String
    var recipient: AgentID
    var sender: AgentID?
    var topic: TopicID?
    var replyTo: MessageAddress?
    /// When nobody waits any more; nil when that was not said.
    var deadline: Timestamp?
    /// The agents that wait for this one, outermost first.
    var chain: [AgentID] = []
    var payload: AgentPayload
    /// What else travels along: trace context, and what users add.
    var headers: Headers = .none

    init(
        _ kind: MessageKind, id: String, to recipient: AgentID, from sender: AgentID?,
        payload: AgentPayload = AgentPayload(type: "", bytes: .empty)
    ) {
        self.kind = kind
        self.id = id
        self.recipient = recipient
        self.sender = sender
        self.payload = payload
    }

    /// The envelope that `record` of an inbox is.
    ///
    /// - Throws: ``MessageFormatError`` when it is none.
    init(_ record: MessageRecord) throws(MessageFormatError) {
        let message: AgentMessage
        do {
            message = try NativeMessageCodec().read(record, as: .request)
        } catch {
            throw (error as? MessageFormatError) ?? MessageFormatError("\(error)")
        }
        guard !message.id.isEmpty else { throw MessageFormatError("header '\(MessageHeader.id)' is missing") }
        guard let type = message.agent else { throw MessageFormatError("header '\(MessageHeader.agent)' is missing") }
        guard let key = (message.key ?? .empty).utf8 else { throw MessageFormatError("the key is not UTF-8") }
        kind = message.kind
        id = message.id
        recipient = AgentID(type, key)
        replyTo = message.replyTo
        deadline = message.deadline
        headers = message.headers
        payload = AgentPayload(
            type: message.type ?? "", contentType: message.contentType ?? AgentPayload.json,
            bytes: message.payload ?? .empty)
        do {
            try AgentNameError.check(agentType: type)
            sender = try message.sender.map { text throws(AgentNameError) in try AgentID(parsing: text) }
            topic = try message.topic.map { text throws(AgentNameError) in try TopicID(parsing: text) }
            chain = try message.chain.map { text throws(AgentNameError) in
                try AgentID(parsing: text.replacing("%20", with: " ").replacing("%25", with: "%"))
            }
        } catch {
            throw MessageFormatError(error.description)
        }
    }

    /// The message as it travels.
    var message: AgentMessage {
        var message = AgentMessage(kind, id: id)
        message.key = Bytes(recipient.key)
        message.say(payload)
        message.agent = recipient.type
        message.sender = sender?.description
        message.topic = topic?.description
        message.replyTo = replyTo
        message.deadline = deadline
        // A chain's parts are separated by spaces, which keys may hold.
        message.chain = chain.map { $0.description.replacing("%", with: "%25").replacing(" ", with: "%20") }
        message.headers = headers
        return message
    }

    /// What a request is known by when it comes again: ids are its sender's, so two recipients may meet the same one.
    var identity: String { "\(id)@\(recipient)" }
}
