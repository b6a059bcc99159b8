import AgentOperators
public import EventLog
import Foundation
public import JSON
public import StreamCore

/// Speaks to an agent of A2A 0.3 over Kafka, a2a-python's pull request 434, from any process.
///
/// Listens before it sends, so that no answer is too early; has a deadline for everything, streams included; removes its
/// reply topic when it is closed. Any thread may call.
public final class A2ALegacyClient: Sendable {
    private let transport: RequestTransport
    private let clock: any WallClock
    private let topic: String
    private let codec: LegacyCodec

    /// A client of the agent that `card` is of.
    ///
    /// - Parameters:
    ///   - log: where the agent's topic is.
    ///   - card: the agent's card as 0.3 has it; it goes with every request.
    ///   - topic: the agent's topic of requests.
    ///   - replyTopic: where answers come; by default a topic of this client's own, named for the card as the original does.
    ///   - clock: the time of day, for deadlines.
    /// - Throws: ``EventLogError`` when the reply topic cannot be made or read.
    public init(
        on log: any EventLog, card: JSONValue, topic: String = "a2a-requests", replyTopic: String? = nil,
        clock: any WallClock = SystemWallClock()
    ) throws(EventLogError) {
        self.topic = topic
        self.clock = clock
        let name = card["name"]?.stringValue ?? ""
        codec = LegacyCodec(card: card, agent: name)
        let own = "a2a-reply-\(Self.sanitized(name))-\(UUID().uuidString.prefix(8).lowercased())"
        transport = try RequestTransport(on: log, inbox: .own(replyTopic ?? own), clock: clock)
    }

    deinit { transport.close() }

    /// Ends it: open calls fail with code `cancelled`, and its reply topic is deleted.
    public func close() { transport.close() }

    /// A card's name as the original puts it into names of topics.
    static func sanitized(_ name: String) -> String {
        guard !name.isEmpty else { return "unknown_agent" }
        let kept = name.unicodeScalars.prefix(200).map { scalar -> Character in
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            return isPlain || [".", "_", "-"].contains(scalar) ? Character(scalar) : "_"
        }
        return String(kept)
    }

    /// `message_send`: says something and waits for what comes of it.
    ///
    /// - Throws: ``A2AError``; ``AgentFailure`` with code `timedOut` or `undeliverable`; `CancellationError`.
    public func send(_ request: A2ASendMessage, timeout: Duration = .seconds(30)) async throws -> A2ASendReply {
        let data = try await call(.sendMessage, request.json, timeout)
        switch try A2ALegacy.item(data) {
        case .task(let task): return .task(task)
        case .message(let message): return .message(message)
        case .statusUpdate, .artifactUpdate:
            throw A2AError(.invalidAgentResponse, "the agent answered message_send with an update")
        }
    }

    /// `message_send` as a stream: says something and hears everything as it comes.
    ///
    /// - Throws: while iterating, as ``send(_:timeout:)``; an error of the agent ends it as such.
    public func stream(
        _ request: A2ASendMessage, timeout: Duration = .seconds(600)
    ) -> AsyncThrowingStream<A2AStreamResponse, any Error> { follow(.sendStreamingMessage, request.json, timeout) }

    /// `task_resubscribe`: hears everything of a task that is under way.
    ///
    /// - Throws: while iterating, as ``send(_:timeout:)``.
    public func subscribe(
        to id: String, timeout: Duration = .seconds(600)
    ) -> AsyncThrowingStream<A2AStreamResponse, any Error> {
        follow(.subscribeToTask, A2ATaskName(id: id).json, timeout)
    }

    /// `task_get`.
    ///
    /// - Throws: as ``send(_:timeout:)``.
    public func task(_ id: String, historyLength: Int? = nil, timeout: Duration = .seconds(30)) async throws -> A2ATask
    {
        let request = A2AGetTask(id: id, historyLength: historyLength)
        return try A2ALegacy.task(try await call(.getTask, request.json, timeout))
    }

    /// `task_cancel`.
    ///
    /// - Throws: as ``send(_:timeout:)``.
    public func cancel(_ id: String, timeout: Duration = .seconds(30)) async throws -> A2ATask {
        try A2ALegacy.task(try await call(.cancelTask, A2ATaskName(id: id).json, timeout))
    }

    /// `task_push_notification_config_set`.
    ///
    /// - Throws: as ``send(_:timeout:)``.
    public func addPush(_ config: A2APushConfig, timeout: Duration = .seconds(30)) async throws -> A2APushConfig {
        try A2ALegacy.named(try await call(.createPushConfig, config.json, timeout))
    }

    /// `task_push_notification_config_get`.
    ///
    /// - Throws: as ``send(_:timeout:)``.
    public func push(_ name: A2APushConfigName, timeout: Duration = .seconds(30)) async throws -> A2APushConfig {
        try A2ALegacy.named(try await call(.getPushConfig, name.json, timeout))
    }

    /// `task_push_notification_config_list`.
    ///
    /// - Throws: as ``send(_:timeout:)``.
    public func pushes(of task: String, timeout: Duration = .seconds(30)) async throws -> [A2APushConfig] {
        let data = try await call(.listPushConfigs, A2AListPushConfigs(taskID: task).json, timeout)
        var configs: [A2APushConfig] = []
        for value in data.elements ?? [] { configs.append(try A2ALegacy.named(value)) }
        return configs
    }

    /// `task_push_notification_config_delete`.
    ///
    /// - Throws: as ``send(_:timeout:)``.
    public func removePush(_ name: A2APushConfigName, timeout: Duration = .seconds(30)) async throws {
        _ = try await call(.deletePushConfig, name.json, timeout)
    }

    // MARK: How

    /// Asks and returns the answer's `data`.
    private func call(_ operation: A2AOperation, _ params: JSONValue, _ timeout: Duration) async throws -> JSONValue {
        for try await message in messages(operation, params, timeout) {
            if let error = message.error { throw Self.thrown(error, message.id) }
            return try JSONValue(parsing: message.payload ?? "null")
        }
        throw CancellationError()
    }

    private static func thrown(_ error: MessageError, _ id: String) -> any Error {
        A2AError(error) ?? A2AError(.internal, error.message)
    }

    private func messages(
        _ operation: A2AOperation, _ params: JSONValue, _ timeout: Duration
    ) -> AsyncThrowingStream<AgentMessage, any Error> {
        AsyncThrowingStream { continuation in
            var message = AgentMessage(.request, id: LegacyCodec.id(transport.newID(), operation))
            message.type = operation.rawValue
            message.payload = Bytes(params.text)
            message.deadline = clock.now() + timeout
            let id = message.id
            continuation.onTermination = { [transport, topic, codec] _ in
                transport.withdraw(id, AgentMessage(.cancel, id: id), to: topic, codec: codec)
            }
            do {
                try transport.exchange(message, to: topic, codec: codec, route: .asker) { continuation.take($0) }
            } catch { continuation.finish(throwing: error) }
        }
    }

    private func follow(
        _ operation: A2AOperation, _ params: JSONValue, _ timeout: Duration
    ) -> AsyncThrowingStream<A2AStreamResponse, any Error> {
        let messages = messages(operation, params, timeout)
        return AsyncThrowingStream { continuation in
            let work = Task {
                do {
                    for try await message in messages {
                        if let error = message.error { throw Self.thrown(error, message.id) }
                        guard message.kind == .partial else { break }
                        continuation.yield(try A2ALegacy.item(try JSONValue(parsing: message.payload ?? "null")))
                    }
                    continuation.finish()
                } catch { continuation.finish(throwing: error) }
            }
            continuation.onTermination = { _ in work.cancel() }
        }
    }
}

/// The 0.3 transport as a form of messages: requests are written, responses read.
struct LegacyCodec: MessageCodec {
    let card: JSONValue
    let agent: String

    /// The end of the ids of streams: their items are no ends.
    private static let stream = "/stream"

    static func id(_ id: String, _ operation: A2AOperation) -> String { operation.isStreaming ? id + stream : id }

    func write(_ message: AgentMessage) throws -> MessageRecord {
        guard message.kind == .request, let operation = message.type.flatMap({ A2AOperation(rawValue: $0) }),
            let address = message.replyTo
        else {
            throw MessageFormatError("A2A 0.3 over Kafka has no form for a message of kind '\(message.kind.rawValue)'")
        }
        let params = try JSONValue(parsing: message.payload ?? "{}")
        var headers = Headers()
        headers.append(LegacyHeader.correlation, message.id)
        headers.append(LegacyHeader.replyTopic, address.topic)
        headers.append(LegacyHeader.agent, agent)
        headers.entries += message.headers.entries
        return MessageRecord(
            key: nil, value: Bytes(try LegacyRequest.body(operation, params, card: card).text), headers: headers)
    }

    func read(_ record: MessageRecord, as expected: MessageKind) throws -> AgentMessage {
        guard let id = record.headers[LegacyHeader.correlation] else {
            throw MessageFormatError("a response of A2A 0.3 needs header 'correlation_id'")
        }
        let json = try JSONValue(parsing: record.value ?? "")
        guard let type = json["type"]?.stringValue, let data = json["data"] else {
            throw MessageFormatError("a response of A2A 0.3 must be {\"type\", \"data\"}")
        }
        var message = AgentMessage(.reply, id: id)
        message.payload = Bytes(data.text)
        switch type {
        case "error":
            message.kind = .error
            let text = data["error"]?.stringValue ?? data.text
            message.error = MessageError("failed", text)
            if let code = data["code"] {
                let error = A2AError(json: ["code": code, "message": .string(text), "data": data["data"] ?? []])
                message.error = error.messageError
            }
        case "stream_complete": break
        default: if id.hasSuffix(Self.stream) { message.kind = .partial }
        }
        return message
    }
}
