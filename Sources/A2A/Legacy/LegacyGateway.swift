import AgentOperators
import JSON
import StateStores
import StreamCore
import Topology

/// A request of a 0.3 client that the agent works on.
struct LegacyCall: Sendable, Hashable, Codable {
    let replyTopic: String
    let correlation: String
    let operation: String
    /// No answer is sent before.
    var earliest: Int64
    let deadline: Int64

    static let serde = Serde<LegacyCall>.versionedJSON(
        "a2a.legacy-call", encode: { try Serde<LegacyCall>.json().encode($0) ?? .empty },
        decode: { try Serde<LegacyCall>.json().decode($0) })
}

/// A record that is written when its time has come.
struct LegacyOutput: Sendable, Hashable, Codable {
    let topic: String
    let correlation: String
    let body: String

    static let serde = Serde<LegacyOutput>.versionedJSON(
        "a2a.legacy-output", encode: { try Serde<LegacyOutput>.json().encode($0) ?? .empty },
        decode: { try Serde<LegacyOutput>.json().decode($0) })
}

/// A task's part of a 0.3 transport: translates between its clients and the agent, and waits where they need it.
///
/// Belongs to the task's thread.
final class LegacyGateway: TaskParticipant {
    private let context: TaskContext
    private let step: String
    private let options: A2ALegacyOptions
    private let inbox: String
    private let endpoint: A2AEndpoint
    private let calls: KeyValueStore<String, LegacyCall>
    private let outbox: KeyValueStore<String, LegacyOutput>
    private let writer: MessageWriter
    /// Outputs by their time, then by their order.
    private var due: [String] = []
    private var number: Int64 = 0

    init(
        _ wiring: Wiring, step: String, _ options: A2ALegacyOptions, inbox: String, endpoint: A2AEndpoint,
        calls: KeyValueStore<String, LegacyCall>, outbox: KeyValueStore<String, LegacyOutput>
    ) {
        context = wiring.context
        self.step = step
        self.options = options
        self.inbox = inbox
        self.endpoint = endpoint
        self.calls = calls
        self.outbox = outbox
        writer = MessageWriter(wiring.context, step: step)
        wiring.context.schedule(every: .seconds(10), .wallClock, step: step) { [weak self] now in
            try self?.forget(now)
        }
    }

    // MARK: Requests

    /// Takes a client's request.
    func take(_ record: MessageRecord) throws {
        let now = context.clock.now()
        guard let correlation = record.headers[LegacyHeader.correlation], !correlation.isEmpty,
            let topic = record.headers[LegacyHeader.replyTopic], !topic.isEmpty
        else {
            let error = MessageFormatError("a request of A2A 0.3 needs headers 'reply_topic' and 'correlation_id'")
            return try context.fail(error, at: step, .decode)
        }
        guard topic.hasPrefix(options.replyTopicPrefix) else {
            let words =
                "answers go to topics that begin with '\(options.replyTopicPrefix)', not to '\(topic.prefix(100))'"
            return try context.fail(MessageFormatError(words), at: step, .decode)
        }
        let id = "legacy/\(context.incarnation)/\(context.source)-\(context.current?.offset ?? -1)"
        var call = LegacyCall(
            replyTopic: topic, correlation: correlation, operation: "",
            earliest: (now + options.replyDelay).milliseconds, deadline: (now + options.timeout).milliseconds)
        let request: LegacyRequest
        do {
            request = try LegacyRequest(record.value)
        } catch {
            context.count("a2a_refused", step: step, reason: "no request")
            return try put(LegacyResponse.error("\(error)", nil), for: &call, at: now)
        }
        call = LegacyCall(
            replyTopic: topic, correlation: correlation, operation: request.operation.rawValue,
            earliest: call.earliest, deadline: call.deadline)
        try calls.put(id, call, at: now)
        var message = AgentMessage(.request, id: id)
        message.key = request.key.map { Bytes($0) }
        message.type = request.operation.rawValue
        message.payload = Bytes(request.params.text)
        message.replyTo = MessageAddress(topic: inbox, partition: context.task.partition)
        message.deadline = Timestamp(milliseconds: call.deadline)
        message.headers = record.headers
        message.headers.set(A2AHeader.version, A2AHeader.spoken)
        // Somebody waits: the request goes to the agent with an early commit.
        context.requestCommit()
        try writer.send(message, to: MessageAddress(topic: endpoint.topic(of: request.operation)), at: now)
    }

    // MARK: Answers

    /// Takes what the agent says.
    func hear(_ record: MessageRecord) throws {
        let now = context.clock.now()
        let message: AgentMessage
        do {
            message = try NativeMessageCodec().read(record, as: .reply)
        } catch {
            return try context.fail(error, at: step, .decode)
        }
        guard var call = try calls.get(message.id), let operation = A2AOperation(rawValue: call.operation) else {
            return context.drop(at: step, reason: "late, doubled or unknown")
        }
        do {
            try put(try response(message, operation), for: &call, at: now, isEnd: message.kind != .partial)
        } catch let error as A2AFormatError {
            try put(LegacyResponse.error(error.description, nil), for: &call, at: now, isEnd: true)
        }
        try calls.put(message.id, message.kind == .partial ? call : nil, at: now)
    }

    private func response(_ message: AgentMessage, _ operation: A2AOperation) throws -> JSONValue {
        if let error = message.error { return LegacyResponse.error(error.message, A2AError(error)) }
        let json: JSONValue
        do { json = try JSONValue(parsing: message.payload ?? "") } catch { throw A2AFormatError("\(error)") }
        guard message.kind == .partial else { return try LegacyResponse.json(operation, json) }
        return LegacyResponse.item(try A2AStreamResponse(json: json))
    }

    /// Puts a response where it waits for its time, after those before it of the same request.
    private func put(
        _ response: JSONValue, for call: inout LegacyCall, at now: Timestamp, isEnd: Bool = false
    ) throws {
        var moment = max(now.milliseconds, call.earliest)
        if response["type"] == "stream_complete" {
            // What came before was sent at `earliest`, or is still to be.
            moment = max(now.milliseconds, call.earliest) + options.completionDelay.milliseconds
        }
        call.earliest = moment
        number += 1
        let key = "\(Self.digits(moment))/\(Self.digits(number))"
        let output = LegacyOutput(topic: call.replyTopic, correlation: call.correlation, body: response.text)
        try outbox.put(key, output, at: now)
        let place = due.firstIndex { $0 > key } ?? due.endIndex
        due.insert(key, at: place)
        _ = try flush(now)
    }

    private func flush(_ now: Timestamp) throws -> Bool {
        var isBusy = false
        let limit = "\(Self.digits(now.milliseconds))0"
        while let key = due.first, key < limit {
            due.removeFirst()
            isBusy = true
            guard let output = try outbox.get(key) else { continue }
            try outbox.put(key, nil, at: now)
            var headers = Headers()
            headers.append(LegacyHeader.correlation, output.correlation)
            context.requestCommit()
            try writer.send(
                MessageRecord(key: nil, value: Bytes(output.body), headers: headers),
                to: MessageAddress(topic: output.topic), at: now)
        }
        return isBusy
    }

    private static func digits(_ number: Int64) -> String {
        let digits = String(max(0, number))
        return String(repeating: "0", count: max(0, 19 - digits.count)) + digits
    }

    private func forget(_ now: Timestamp) throws {
        var late: [String] = []
        try calls.scan { id, call, _ in
            if call.deadline < now.milliseconds { late.append(id) }
            return true
        }
        for id in late {
            guard var call = try calls.get(id) else { continue }
            try put(LegacyResponse.error("no answer within \(options.timeout)", nil), for: &call, at: now)
            try calls.put(id, nil, at: now)
            context.count("a2a_waits_expired", step: step)
        }
    }

    // MARK: The task's life

    func started() throws {
        try outbox.scan { key, _, _ in
            due.append(key)
            number = max(number, key.split(separator: "/").last.flatMap { Int64($0) } ?? 0)
            return true
        }
        due.sort()
    }

    func advance(now: Timestamp) throws -> Bool { try flush(now) }
    func committed(now: Timestamp) throws {}
    var isFull: Bool { false }
    var isWaiting: Bool { !due.isEmpty }
    var nextDue: Timestamp? {
        due.first.flatMap { Int64($0.prefix(19)) }.map { Timestamp(milliseconds: $0) }
    }
    func leaving() {}
    func ended() {}
}
