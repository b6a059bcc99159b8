public import StreamCore

/// The native form: the value is the payload, everything else is in headers, see ``MessageHeader``.
public struct NativeMessageCodec: MessageCodec, Hashable {
    /// The codec.
    public init() {}

    /// Writes the message's fields as headers after its own; the record's key and value are the message's key and payload.
    public func write(_ message: AgentMessage) -> MessageRecord {
        var headers = message.headers
        headers.append(MessageHeader.kind, message.kind.rawValue)
        if !message.id.isEmpty { headers.append(MessageHeader.id, message.id) }
        headers.append(MessageHeader.agent, ifAny: message.agent)
        headers.append(MessageHeader.sender, ifAny: message.sender)
        headers.append(MessageHeader.topic, ifAny: message.topic)
        headers.append(MessageHeader.type, ifAny: message.type)
        headers.append(MessageHeader.contentType, ifAny: message.contentType)
        headers.append(MessageHeader.replyTopic, ifAny: message.replyTo?.topic)
        headers.append(MessageHeader.replyPartition, ifAny: message.replyTo?.partition.map { String($0) })
        headers.append(MessageHeader.deadline, ifAny: message.deadline.map { String($0.milliseconds) })
        headers.append(MessageHeader.sequence, ifAny: message.sequence.map { String($0) })
        headers.append(MessageHeader.attempt, ifAny: message.attempt.map { String($0) })
        if !message.chain.isEmpty {
            headers.append(MessageHeader.chain, message.chain.joined(separator: " "))
        }
        if let error = message.error { headers.append(error) }
        return MessageRecord(key: message.key, value: message.payload, headers: headers)
    }

    /// Reads headers; those that are not the protocol's go into the message's own.
    ///
    /// - Throws: ``MessageFormatError`` when a header holds no number where one must be, or a kind that is none.
    public func read(_ record: MessageRecord, as expected: MessageKind) throws -> AgentMessage {
        var message = AgentMessage(expected, id: "")
        message.key = record.key
        message.payload = record.value
        var parts = HeaderParts()
        for entry in record.headers.entries {
            guard entry.name.hasPrefix(MessageHeader.prefix), let text = entry.value?.utf8 else {
                message.headers.append(entry.name, entry.value)
                continue
            }
            if try message.take(entry.name, text), !parts.take(entry.name, text) {
                message.headers.append(entry.name, entry.value)
            }
        }
        if let topic = parts.replyTopic {
            message.replyTo = MessageAddress(topic: topic, partition: try parts.replyPartition())
        }
        message.error = parts.error
        if parts.error != nil, !parts.hasKind(in: record.headers) { message.kind = .error }
        if message.kind == .error, message.error == nil {
            message.error = MessageError("failed", "the remote agent gave no reason")
        }
        return message
    }
}

extension AgentMessage {
    /// Takes a header that is a field by itself; returns whether it is something else.
    fileprivate mutating func take(_ name: String, _ text: String) throws -> Bool {
        switch name {
        case MessageHeader.kind:
            guard let kind = MessageKind(rawValue: text) else {
                throw MessageFormatError("header '\(name)' says '\(text)', which is no kind of message")
            }
            self.kind = kind
        case MessageHeader.id: id = text
        case MessageHeader.agent: agent = text
        case MessageHeader.sender: sender = text
        case MessageHeader.topic: topic = text
        case MessageHeader.type: type = text
        case MessageHeader.contentType: contentType = text
        case MessageHeader.deadline: deadline = Timestamp(milliseconds: try Self.number(name, text))
        case MessageHeader.sequence: sequence = try Self.number(name, text)
        case MessageHeader.attempt: attempt = try Self.number(name, text)
        case MessageHeader.chain: chain = text.split(separator: " ").map { String($0) }
        default: return true
        }
        return false
    }

    fileprivate static func number<Number: FixedWidthInteger>(_ name: String, _ text: String) throws -> Number {
        guard let number = Number(text), number >= 0 else {
            throw MessageFormatError("header '\(name)' must be a number from 0 up to \(Number.max), not '\(text)'")
        }
        return number
    }
}

/// Headers that make one field together.
private struct HeaderParts {
    var replyTopic: String?
    private var partition: String?
    private var code: String?
    private var text = ""
    private var isRetryable = false
    private var details: String?

    mutating func take(_ name: String, _ value: String) -> Bool {
        switch name {
        case MessageHeader.replyTopic: replyTopic = value
        case MessageHeader.replyPartition: partition = value
        case MessageHeader.errorCode: code = value
        case MessageHeader.errorMessage: text = value
        case MessageHeader.errorRetryable: isRetryable = value == "true"
        case MessageHeader.errorDetails: details = value
        default: return false
        }
        return true
    }

    func replyPartition() throws -> Int32? {
        try partition.map { try AgentMessage.number(MessageHeader.replyPartition, $0) }
    }

    var error: MessageError? {
        code.map { MessageError($0, text, isRetryable: isRetryable, details: details) }
    }

    func hasKind(in headers: Headers) -> Bool { headers[MessageHeader.kind] != nil }
}

extension Headers {
    mutating func append(_ name: String, ifAny value: String?) {
        if let value { append(name, value) }
    }

    /// Appends the headers of an error.
    mutating func append(_ error: MessageError) {
        append(MessageHeader.errorCode, error.code)
        append(MessageHeader.errorMessage, error.message)
        append(MessageHeader.errorRetryable, error.isRetryable ? "true" : "false")
        append(MessageHeader.errorDetails, ifAny: error.details)
    }

    /// The headers that are not the protocol's: those of the user and of traces.
    public var withoutMessageFields: Headers {
        guard entries.contains(where: { $0.name.hasPrefix(MessageHeader.prefix) }) else { return self }
        return Headers(entries.filter { !$0.name.hasPrefix(MessageHeader.prefix) })
    }
}
