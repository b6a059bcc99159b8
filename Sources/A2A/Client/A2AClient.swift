public import AgentOperators
public import EventLog
import JSON
public import StreamCore

/// Speaks to an A2A agent over the log from any process, without a topology: a web server, a tool, a test.
///
/// ```swift
/// let client = try A2AClient(on: log, to: A2AEndpoint(application: "echo", agent: "echo"))
/// for try await event in client.stream(A2ASendMessage(message)) { … }
/// ```
///
/// Every call has a deadline. A stream that breaks off goes on where it was, by the number of its last event, until its
/// deadline; no event comes twice or out of order. Any thread may call; close it when done.
public final class A2AClient: Sendable {
    /// Where the agent is.
    public let endpoint: A2AEndpoint
    private let transport: RequestTransport
    private let clock: any WallClock
    private let extensions: [String]
    /// How long a stream waits at most before it asks again.
    private let leg: Duration

    /// A client of the agent at `endpoint`.
    ///
    /// - Parameters:
    ///   - log: where the agent's topics are.
    ///   - endpoint: the agent's topics.
    ///   - extensions: the URIs of the protocol's extensions that this client knows.
    ///   - inbox: where replies come; by default a topic that all clients share.
    ///   - leg: how long a stream is left alone before the client asks again for what it may have missed.
    ///   - clock: the time of day, for deadlines.
    /// - Throws: ``EventLogError`` when the inbox cannot be made or read.
    public init(
        on log: any EventLog, to endpoint: A2AEndpoint, extensions: [String] = [], inbox: ClientInbox = .shared(),
        leg: Duration = .seconds(60), clock: any WallClock = SystemWallClock()
    ) throws(EventLogError) {
        self.endpoint = endpoint
        self.extensions = extensions
        self.leg = leg
        self.clock = clock
        transport = try RequestTransport(on: log, inbox: inbox, clock: clock)
    }

    deinit { transport.close() }

    /// Ends it: open calls fail with code `cancelled`, and an inbox of its own is deleted.
    ///
    /// Blocks for up to 100 ms.
    public func close() { transport.close() }

    // MARK: Messages

    /// `SendMessage`: says something and waits for the task to end or to wait for the user, or for the message that answers.
    ///
    /// A message that is sent again, unchanged, is the same work: safe after a timeout.
    ///
    /// - Throws: ``A2AError``; ``AgentFailure`` with code `timedOut`, or `undeliverable` when there is no such agent;
    ///   `CancellationError`.
    public func send(
        _ request: A2ASendMessage, timeout: Duration = .seconds(60), headers: Headers = .none
    ) async throws -> A2ASendReply {
        let key = A2ARemoteAgent.key(of: request.message)
        return try await call(.sendMessage, request.json, key: key, timeout, headers)
    }

    /// `SendStreamingMessage`: says something and hears everything as it comes, until the task ends or wants input.
    ///
    /// - Throws: while iterating, as ``send(_:timeout:headers:)``.
    public func stream(
        _ request: A2ASendMessage, timeout: Duration = .seconds(600), headers: Headers = .none
    ) -> AsyncThrowingStream<A2AEvent, any Error> {
        let first = Leg(
            operation: .sendStreamingMessage, params: request.json, key: A2ARemoteAgent.key(of: request.message))
        return follow(first, A2AStreamProgress(endsOnInput: true), timeout, headers)
    }

    // MARK: Tasks

    /// `GetTask`.
    ///
    /// - Throws: as ``send(_:timeout:headers:)``.
    public func task(
        _ id: String, historyLength: Int? = nil, timeout: Duration = .seconds(30), headers: Headers = .none
    ) async throws -> A2ATask {
        let request = A2AGetTask(id: id, historyLength: historyLength)
        return try await call(.getTask, request.json, key: Bytes(id), timeout, headers)
    }

    /// `ListTasks`: what all instances have committed, which may be a moment old unless a conversation is named.
    ///
    /// - Throws: as ``send(_:timeout:headers:)``.
    public func tasks(
        _ request: A2AListTasks = A2AListTasks(), timeout: Duration = .seconds(30), headers: Headers = .none
    ) async throws -> A2ATaskPage {
        let key = request.contextID.isEmpty ? nil : Bytes(request.contextID)
        return try await call(.listTasks, request.json, key: key, timeout, headers)
    }

    /// `CancelTask`.
    ///
    /// - Throws: as ``send(_:timeout:headers:)``.
    @discardableResult public func cancel(
        _ id: String, timeout: Duration = .seconds(30), headers: Headers = .none
    ) async throws -> A2ATask {
        try await call(.cancelTask, A2ATaskName(id: id).json, key: Bytes(id), timeout, headers)
    }

    /// `SubscribeToTask`: the task as it is, then everything as it comes, until the task ends.
    ///
    /// - Parameters:
    ///   - id: the task.
    ///   - generation: the number of the last event that is known; then no task comes first but what came after that, also
    ///     of a task that has ended. The task comes where that is not kept any more.
    ///   - timeout: how long all of it may take.
    ///   - headers: further headers.
    /// - Returns: the events; iterating throws as ``send(_:timeout:headers:)``.
    public func subscribe(
        to id: String, after generation: Int? = nil, timeout: Duration = .seconds(600), headers: Headers = .none
    ) -> AsyncThrowingStream<A2AEvent, any Error> {
        let first = Leg(operation: .subscribeToTask, params: A2ATaskName(id: id).json, key: Bytes(id))
        var progress = A2AStreamProgress(endsOnInput: false)
        progress.taskID = id
        progress.generation = generation
        return follow(first, progress, timeout, headers)
    }

    // MARK: Push configurations

    /// `CreateTaskPushNotificationConfig`.
    ///
    /// - Throws: as ``send(_:timeout:headers:)``.
    public func addPush(_ config: A2APushConfig, timeout: Duration = .seconds(30)) async throws -> A2APushConfig {
        try await call(.createPushConfig, config.json, key: Bytes(config.taskID), timeout, .none)
    }

    /// `GetTaskPushNotificationConfig`.
    ///
    /// - Throws: as ``send(_:timeout:headers:)``.
    public func push(_ name: A2APushConfigName, timeout: Duration = .seconds(30)) async throws -> A2APushConfig {
        try await call(.getPushConfig, name.json, key: Bytes(name.taskID), timeout, .none)
    }

    /// `ListTaskPushNotificationConfigs`.
    ///
    /// - Throws: as ``send(_:timeout:headers:)``.
    public func pushes(
        _ request: A2AListPushConfigs, timeout: Duration = .seconds(30)
    ) async throws -> A2APushConfigPage {
        try await call(.listPushConfigs, request.json, key: Bytes(request.taskID), timeout, .none)
    }

    /// `DeleteTaskPushNotificationConfig`.
    ///
    /// - Throws: as ``send(_:timeout:headers:)``.
    public func removePush(_ name: A2APushConfigName, timeout: Duration = .seconds(30)) async throws {
        let _: A2AEmpty = try await call(.deletePushConfig, name.json, key: Bytes(name.taskID), timeout, .none)
    }

    // MARK: The agent

    /// `GetExtendedAgentCard`.
    ///
    /// - Throws: as ``send(_:timeout:headers:)``.
    public func extendedCard(timeout: Duration = .seconds(30), headers: Headers = .none) async throws -> A2AAgentCard {
        try await call(.getExtendedCard, .object([]), key: nil, timeout, headers)
    }

    // MARK: How

    private func call<Reply: A2AObject>(
        _ operation: A2AOperation, _ params: JSONValue, key: Bytes?, _ timeout: Duration, _ headers: Headers
    ) async throws -> Reply {
        let leg = Leg(operation: operation, params: params, key: key)
        for try await message in messages(of: leg, deadline: clock.now() + timeout, headers)
        where message.kind != .partial {
            if let error = message.error { throw Self.thrown(error, message.id) }
            return try Self.read(message.payload, message.id)
        }
        throw CancellationError()
    }

    static func read<Object: A2AObject>(_ payload: Bytes?, _ id: String) throws -> Object {
        do {
            return try Object(json: try JSONValue(parsing: payload ?? ""))
        } catch {
            throw A2AError(.invalidAgentResponse, "the answer to '\(id)' cannot be read: \(error)")
        }
    }

    private static func thrown(_ error: MessageError, _ id: String) -> any Error {
        A2AError(error)
            ?? AgentFailure(
                AgentFailure.Code(rawValue: error.code) ?? .refused, error.message, attempts: 1, idempotencyKey: id,
                remoteCode: error.code, isRetryable: error.isRetryable, details: error.details)
    }

    /// One request, and what comes of it.
    private struct Leg {
        var operation: A2AOperation
        var params: JSONValue
        var key: Bytes?
    }

    private func messages(
        of leg: Leg, deadline: Timestamp, _ headers: Headers
    ) -> AsyncThrowingStream<AgentMessage, any Error> {
        AsyncThrowingStream { continuation in
            var message = AgentMessage(.request, id: transport.newID())
            message.key = leg.key
            message.type = leg.operation.rawValue
            message.payload = Bytes(leg.params.text)
            message.deadline = deadline
            message.headers = headers
            let codec = A2ACodec(extensions: extensions)
            let topic = endpoint.topic(of: leg.operation)
            var cancel = AgentMessage(.cancel, id: message.id)
            cancel.key = leg.key
            continuation.onTermination = { [transport, cancel] _ in
                // Does nothing when the request has ended by itself.
                transport.withdraw(cancel.id, cancel, to: topic, codec: codec)
            }
            do {
                try transport.exchange(message, to: topic, codec: codec, route: .asker) { continuation.take($0) }
            } catch { continuation.finish(throwing: error) }
        }
    }

    /// Follows a task's events over as many requests as it takes.
    private func follow(
        _ first: Leg, _ progress: A2AStreamProgress, _ timeout: Duration, _ headers: Headers
    ) -> AsyncThrowingStream<A2AEvent, any Error> {
        AsyncThrowingStream { continuation in
            let deadline = clock.now() + timeout
            let work = Task {
                var (next, progress) = (first, progress)
                do {
                    while try await !hear(next, &progress, deadline, headers, continuation) {
                        try Task.checkCancellation()
                        // Without a task the same message is sent again: the agent knows it by its id.
                        guard let id = progress.taskID else { continue }
                        next = Leg(operation: .subscribeToTask, params: A2ATaskName(id: id).json, key: Bytes(id))
                    }
                    continuation.finish()
                } catch { continuation.finish(throwing: error) }
            }
            continuation.onTermination = { _ in work.cancel() }
        }
    }

    /// Hears one request's items; returns whether the stream is at its end.
    private func hear(
        _ leg: Leg, _ progress: inout A2AStreamProgress, _ deadline: Timestamp, _ headers: Headers,
        _ continuation: AsyncThrowingStream<A2AEvent, any Error>.Continuation
    ) async throws -> Bool {
        var headers = headers
        if leg.operation == .subscribeToTask, let generation = progress.generation {
            headers.set(A2AHeader.generation, String(generation))
        }
        progress.begin()
        let end = min(deadline, clock.now() + self.leg)
        do {
            for try await message in messages(of: leg, deadline: end, headers) {
                if let error = message.error { throw Self.thrown(error, message.id) }
                guard message.kind == .partial else { return progress.isComplete(message) }
                guard let event = try progress.take(message) else { continue }
                continuation.yield(event)
                // A subscription goes on while its task wants input; other streams say themselves that they end.
                if progress.isOver, leg.operation == .subscribeToTask { return true }
            }
        } catch let failure as AgentFailure {
            guard failure.code == .timedOut, end < deadline else { throw failure }
        }
        try Task.checkCancellation()
        return progress.isOver
    }
}

/// An item of a stream and its number among its task's events.
public struct A2AEvent: Sendable, Hashable {
    /// What it says.
    public let response: A2AStreamResponse
    /// The number of the task's last event when it was sent, from 1: what `subscribe(to:after:)` goes on from.
    public let generation: Int

    /// An event.
    public init(_ response: A2AStreamResponse, generation: Int) {
        self.response = response
        self.generation = generation
    }
}

/// How far a stream has come, over all its requests.
struct A2AStreamProgress: Sendable {
    let endsOnInput: Bool
    var taskID: String?
    /// The number of the last event.
    var generation: Int?
    /// Whether the last event was the stream's end.
    private(set) var isOver = false
    private var count = 0

    init(endsOnInput: Bool) { self.endsOnInput = endsOnInput }

    /// Another request begins.
    mutating func begin() { count = 0 }

    /// The event that `message` is; nil for one that is known.
    mutating func take(_ message: AgentMessage) throws -> A2AEvent? {
        count += 1
        let response: A2AStreamResponse = try A2AClient.read(message.payload, message.id)
        let number = message.headers.value(named: A2AHeader.generation).flatMap { Int($0) } ?? 1
        if let generation, number <= generation { return nil }
        taskID = response.taskID ?? taskID
        generation = number
        if let state = response.status?.state {
            isOver = state.isTerminal || (endsOnInput && state == .inputRequired)
        } else if case .message = response {
            isOver = true
        }
        return A2AEvent(response, generation: number)
    }

    /// Whether all items came that the end counts.
    func isComplete(_ end: AgentMessage) -> Bool { end.sequence.map { count >= $0 } ?? true }
}
