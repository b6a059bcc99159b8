import StreamCore
public import StreamDSL

/// What agents of this application published, as a record of a stream.
public struct AgentPublication: Sendable, Hashable {
    /// Where it was published.
    public let topic: TopicID
    /// Who published it.
    public let sender: AgentID?
    /// The publication's id, the same after a crash.
    public let id: String
    /// The message.
    public let payload: AgentPayload

    /// A publication.
    public init(topic: TopicID, sender: AgentID?, id: String, payload: AgentPayload) {
        self.topic = topic
        self.sender = sender
        self.id = id
        self.payload = payload
    }
}

extension KStream where Key == String, Value == AgentPublication {
    /// The messages of one type that were published to topics of one type; what cannot be read is a dead letter.
    ///
    /// - Parameters:
    ///   - type: the topics' type.
    ///   - message: the messages' type.
    ///   - name: names the step; derived when nil.
    /// - Returns: the messages, keyed by the topics' source: the session.
    public func published<Message: Codable & Sendable>(
        to type: String = TopicID.defaultType, as message: Message.Type, named name: String? = nil
    ) -> KStream<String, Message> {
        let wanted = AgentPayload.name(of: message)
        return operation("published", named: name, formats: Formats(key: .string)) { record, forward in
            guard record.value.topic.type == type, record.value.payload.type == wanted else { return }
            try forward(record.with(value: try record.value.payload.decode(Message.self)))
        }
    }
}
