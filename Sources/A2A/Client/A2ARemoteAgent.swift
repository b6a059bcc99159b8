public import AgentOperators
public import StreamCore
public import StreamDSL

/// An A2A agent as a topology or a client asks it: one request topic for each operation.
///
/// ```swift
/// questions.stream().ask(A2ARemoteAgent(endpoint), named: "asked", timeout: .seconds(60))
/// ```
///
/// Start the agent before the application that asks it: its topics have as many partitions as it says.
public struct A2ARemoteAgent: Sendable {
    /// Where it is.
    public let endpoint: A2AEndpoint
    private let codec: A2ACodec

    /// The agent at `endpoint`; `extensions` are the URIs of those that the asker knows.
    public init(_ endpoint: A2AEndpoint, extensions: [String] = []) {
        self.endpoint = endpoint
        codec = A2ACodec(extensions: extensions)
    }

    /// Requests of `operation`.
    func topic<Request: A2AObject, Reply: A2AObject>(
        _ operation: A2AOperation, _: Request.Type = Request.self, _: Reply.Type = Reply.self
    ) -> RequestTopic<Request, Reply> {
        RequestTopic(
            endpoint.topic(of: operation), request: Request.serde, reply: Reply.serde, codec: codec,
            requestType: operation.rawValue)
    }

    /// `SendMessage`.
    public var sendMessage: RequestTopic<A2ASendMessage, A2ASendReply> { topic(.sendMessage) }
    /// `SendStreamingMessage`: parts are ``A2AStreamResponse``, the end says nothing.
    public var sendStreamingMessage: RequestTopic<A2ASendMessage, A2AEmpty> { topic(.sendStreamingMessage) }
    /// `GetTask`.
    public var getTask: RequestTopic<A2AGetTask, A2ATask> { topic(.getTask) }
    /// `ListTasks`.
    public var listTasks: RequestTopic<A2AListTasks, A2ATaskPage> { topic(.listTasks) }
    /// `CancelTask`.
    public var cancelTask: RequestTopic<A2ATaskName, A2ATask> { topic(.cancelTask) }
    /// `SubscribeToTask`: parts are ``A2AStreamResponse``, the end says nothing.
    public var subscribeToTask: RequestTopic<A2ATaskName, A2AEmpty> { topic(.subscribeToTask) }

    /// The key that decides where a message goes: its task, else its conversation, else itself.
    public static func key(of message: A2AMessage) -> Bytes {
        Bytes(
            message.taskID.isEmpty ? message.contextID.isEmpty ? message.messageID : message.contextID : message.taskID)
    }
}

/// The native form with the protocol's service parameters on every request.
struct A2ACodec: MessageCodec, Hashable {
    let extensions: [String]

    func write(_ message: AgentMessage) -> MessageRecord {
        var message = message
        if message.kind == .request { message.headers = Self.parameters(extensions, message.headers) }
        return NativeMessageCodec().write(message)
    }

    func read(_ record: MessageRecord, as expected: MessageKind) throws -> AgentMessage {
        try NativeMessageCodec().read(record, as: expected)
    }

    /// `headers` with the service parameters.
    static func parameters(_ extensions: [String], _ headers: Headers) -> Headers {
        var headers = headers
        headers.set(A2AHeader.version, A2AHeader.spoken)
        if !extensions.isEmpty { headers.set(A2AHeader.extensions, extensions.joined(separator: ",")) }
        return headers
    }
}

extension KStream where Value == A2ASendMessage {
    /// Sends every record to an A2A agent and goes on with what comes of it: durably, exactly one outcome for each.
    ///
    /// As `ask` of a ``RequestTopic``; messages of one task or conversation go to one partition of the agent. An outcome
    /// that is an error of the protocol is one for ``A2AError/init(_:)``.
    ///
    /// - Parameters:
    ///   - agent: the agent.
    ///   - name: names the step, its journal, its inbox, and every id.
    ///   - timeout: how long a request may take.
    ///   - options: everything else.
    /// - Returns: one outcome for each record.
    public func ask(
        _ agent: A2ARemoteAgent, named name: String, timeout: Duration? = nil,
        options: RemoteAskOptions = RemoteAskOptions()
    ) -> KStream<Key, Result<A2ASendReply, AgentFailure>> {
        ask(agent.sendMessage, named: name, timeout: timeout, options: options) { _, request in
            A2ARemoteAgent.key(of: request.message)
        }
    }

    /// Sends every record to an A2A agent and goes on with everything it says of it, in order, then with the end.
    ///
    /// As ``ask(_:named:timeout:options:)`` otherwise.
    public func askStreaming(
        _ agent: A2ARemoteAgent, named name: String, timeout: Duration? = nil,
        options: RemoteAskOptions = RemoteAskOptions()
    ) -> KStream<Key, StreamedReply<A2AStreamResponse, A2AEmpty>> {
        askStreaming(
            agent.sendStreamingMessage, named: name, part: A2AStreamResponse.serde, timeout: timeout, options: options
        ) { _, request in A2ARemoteAgent.key(of: request.message) }
    }
}
