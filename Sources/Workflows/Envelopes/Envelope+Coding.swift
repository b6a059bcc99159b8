public import JSON
public import StreamCore

extension Envelope {
    /// The message as Aika writes it: the members in Aika's order, then those that this version does not know.
    public func bytes(_ spelling: EnvelopeSpelling = .snakeCase) -> Bytes {
        json(spelling).pythonBytes
    }

    /// The message as a JSON value.
    public func json(_ spelling: EnvelopeSpelling = .snakeCase) -> JSONValue {
        func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
        func name(_ field: Field) -> String { field.name(spelling) }
        let belonging: [JSONMember] = [
            JSONMember(name(.conversation), text(metadata.conversation)),
            JSONMember(name(.session), text(metadata.session)), JSONMember(name(.trace), text(metadata.trace)),
        ]
        let members: [JSONMember] = [
            JSONMember(name(.id), .string(id)),
            JSONMember(name(.time), .string(spelling == .snakeCase ? time.naiveText : time.zonedText)),
            JSONMember(name(.source), .string(source)), JSONMember(name(.target), text(target)),
            JSONMember(name(.type), .string(type)), JSONMember("priority", .string(priority.rawValue)),
            JSONMember("payload", payload), JSONMember("metadata", .object(belonging + metadata.unknown)),
        ]
        return .object(members + unknown)
    }

    /// Reads a message in either spelling, even when it mixes them.
    ///
    /// Id, time, source and type must be there: a message without an id cannot be known again. What else is missing, or null, is
    /// as Aika's own defaults: for all, `NORMAL`, no payload, no metadata.
    ///
    /// - Throws: ``EnvelopeError`` that names the member; `JSONError` for what is no JSON.
    public init(parsing bytes: Bytes) throws {
        try self.init(JSONValue(parsing: bytes))
    }

    /// Reads a message from JSON; see ``init(parsing:)``.
    ///
    /// - Throws: ``EnvelopeError``.
    public init(_ json: JSONValue) throws(EnvelopeError) {
        guard let members = json.members else { throw EnvelopeError("an envelope must be a JSON object") }
        var fields = EnvelopeFields(members)
        let id = try fields.required(.id)
        let moment = try fields.required(.time)
        guard let time = EnvelopeTime(parsing: moment) else {
            throw EnvelopeError("'timestamp' must be an ISO 8601 time from 1970 on, not '\(moment.prefix(40))'")
        }
        let source = try fields.required(.source)
        let type = try fields.required(.type)
        let target = try fields.text(.target)
        let payload = fields.take(.payload) ?? .object([])
        var priority = EnvelopePriority.normal
        if let text = try fields.text(.priority) {
            guard let known = EnvelopePriority(rawValue: text.uppercased()) else {
                throw EnvelopeError("'priority' must be HIGH, NORMAL or LOW, not '\(text.prefix(40))'")
            }
            priority = known
        }
        var metadata = EnvelopeMetadata()
        if let value = fields.take(.metadata), value != .null {
            guard let members = value.members else { throw EnvelopeError("'metadata' must be an object") }
            var inner = EnvelopeFields(members)
            metadata.conversation = try inner.text(.conversation)
            metadata.session = try inner.text(.session)
            metadata.trace = try inner.text(.trace)
            metadata.unknown = inner.rest
        }
        self.init(
            id: id, time: time, source: source, target: target, type: type, priority: priority,
            payload: payload == .null ? .object([]) : payload, metadata: metadata, unknown: fields.rest)
    }

    /// The members that Aika's messages have.
    enum Field: String, CaseIterable {
        case id = "message_id"
        case time = "timestamp"
        case source = "source_agent_id"
        case target = "target_agent_id"
        case type = "message_type"
        case priority
        case payload
        case metadata
        case conversation = "conversation_id"
        case session = "session_id"
        case trace = "trace_id"

        func name(_ spelling: EnvelopeSpelling) -> String {
            guard spelling == .camelCase else { return rawValue }
            let words = rawValue.split(separator: "_")
            return words.dropFirst().reduce(String(words[0])) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
        }
    }
}

/// Takes known members out of an object; what is left is unknown.
private struct EnvelopeFields {
    private(set) var rest: [JSONMember]

    init(_ members: [JSONMember]) { rest = members }

    /// Takes a member under either name; of several the last counts, as in Python.
    mutating func take(_ field: Envelope.Field) -> JSONValue? {
        let names = [field.name(.snakeCase), field.name(.camelCase)]
        guard rest.contains(where: { names.contains($0.name) }) else { return nil }
        let value = rest.last { names.contains($0.name) }?.value
        rest.removeAll { names.contains($0.name) }
        return value
    }

    mutating func text(_ field: Envelope.Field) throws(EnvelopeError) -> String? {
        switch take(field) {
        case nil, .null: return nil
        case .string(let text): return text
        default: throw EnvelopeError("'\(field.rawValue)' must be text")
        }
    }

    mutating func required(_ field: Envelope.Field) throws(EnvelopeError) -> String {
        guard let text = try text(field), !text.isEmpty else { throw EnvelopeError("'\(field.rawValue)' is missing") }
        return text
    }
}
