public import AgentOperators
public import StreamCore
public import StreamDSL

/// An agent type of a Python runtime, as streams and clients ask it.
///
/// ```swift
/// let writer = PythonAgent<Brief, Draft>("writer", on: wire)
/// briefs.stream().ask(writer, named: "write") { key, brief in key }   // in a topology
/// let draft = try await client.ask(writer, key: "anna", brief)        // from any process
/// ```
///
/// Python never answers a request for a type that nobody hosts: it ends as `timedOut`.
public struct PythonAgent<Request: Sendable, Reply: Sendable>: Sendable {
    /// The agent type.
    public let type: String
    /// How it is asked.
    public let topic: RequestTopic<Request, Reply>

    /// The agent type `type` on `wire`.
    ///
    /// - Parameters:
    ///   - type: the agent type.
    ///   - wire: the runtime's topics and schemas.
    ///   - request: how requests are written.
    ///   - reply: how replies are written.
    ///   - requestType: the name of the requests' Python class.
    ///   - replyType: the name of the replies' Python class; another one is a failure, nil takes all.
    public init(
        _ type: String, on wire: AutoGenWire, request: Serde<Request>, reply: Serde<Reply>, requestType: String,
        replyType: String? = nil
    ) {
        self.type = type
        topic = RequestTopic(
            wire.topics.requests, request: request, reply: reply, codec: AutoGenCodec(wire),
            replies: .topic(wire.topics.responses), requestType: requestType, replyType: replyType)
    }
}

extension PythonAgent where Request: Codable, Reply: Codable {
    /// The agent type `type` on `wire`; requests and replies are JSON, their Python classes have the names of the Swift types.
    public init(_ type: String, on wire: AutoGenWire) {
        self.init(
            type, on: wire, request: .json(), reply: .json(), requestType: AgentPayload.name(of: Request.self),
            replyType: AgentPayload.name(of: Reply.self))
    }
}

extension KStream {
    /// Asks a Python agent about every record: see ``KStream/ask(_:named:timeout:inFlight:options:to:)``.
    ///
    /// - Parameters:
    ///   - agent: the agent's type.
    ///   - name: names the step, its journal, its inbox, and every id.
    ///   - timeout: how long a request may take, tries included.
    ///   - inFlight: how many requests are under way at once, for each task.
    ///   - options: everything else; `timeout` and `inFlight` go before what it says.
    ///   - key: which agent of the type is asked.
    /// - Returns: one outcome for each record.
    public func ask<Reply: Sendable>(
        _ agent: PythonAgent<Value, Reply>, named name: String, timeout: Duration? = nil, inFlight: Int? = nil,
        options: RemoteAskOptions = RemoteAskOptions(), of key: @escaping @Sendable (Key, Value) throws -> String
    ) -> KStream<Key, Result<Reply, AgentFailure>> {
        ask(agent.topic, named: name, timeout: timeout, inFlight: inFlight, options: options) { [type = agent.type] in
            Bytes("\(type)/\(try key($0, $1))")
        }
    }
}

extension RequestClient {
    /// Asks a Python agent and waits for its reply: see ``RequestClient/ask(_:key:_:timeout:headers:)``.
    ///
    /// - Parameters:
    ///   - agent: the agent's type.
    ///   - key: which agent of the type.
    ///   - request: what.
    ///   - timeout: how long.
    ///   - headers: further headers; a trace among them goes on in Python.
    /// - Returns: the reply.
    /// - Throws: ``AgentFailure``, `timedOut` when nobody hosts the type.
    public func ask<Request, Reply>(
        _ agent: PythonAgent<Request, Reply>, key: String = "default", _ request: Request,
        timeout: Duration = .seconds(30), headers: Headers = .none
    ) async throws -> Reply {
        try await ask(
            agent.topic, key: Bytes("\(agent.type)/\(key)"), request, timeout: timeout, headers: headers)
    }
}
