import StateStores
public import StreamCore
import StreamDSL
public import Topology

/// How requests are answered.
public struct ReplyOptions: Sendable {
    /// How handlers run: timeout, how many at once, tries, limits; as for `ask`.
    ///
    /// A request's own deadline goes before the timeout when it is earlier.
    public var ask: AskOptions
    /// How long, in stream time, a request's id and answer are remembered: it is not done twice when it comes twice.
    ///
    /// At least twice the timeout.
    public var remember: Duration

    /// Options.
    public init(ask: AskOptions = AskOptions(), remember: Duration = .minutes(10)) {
        self.ask = ask
        self.remember = remember
    }
}

extension RequestTopic {
    /// Answers the requests of this topic, each once, wherever they come from.
    ///
    /// A request is journalled and its handler runs after the commit that holds it, by the rules of `ask`: again after a
    /// crash, with the same idempotency key, which is the request's id; requests of one key one after the other. The reply
    /// is written to where the asker waits, in the commit that ends the request. A request that comes twice is done once and
    /// answered twice; one whose deadline is over is not begun; one that says not where its reply goes becomes a dead letter.
    /// What the handler throws goes to the asker: as it is when it is an ``AgentError``.
    ///
    /// - Parameters:
    ///   - name: names the step, its journal and its memory.
    ///   - timeout: how long a handler may take, tries included.
    ///   - inFlight: how many run at once, for each task.
    ///   - options: everything else; `timeout` and `inFlight` go before what it says.
    ///   - handler: answers a request.
    /// - Returns: the statement that puts the server into a topology.
    public func reply(
        named name: String, timeout: Duration? = nil, inFlight: Int? = nil, options: ReplyOptions = ReplyOptions(),
        _ handler: @escaping @Sendable (Request, AskContext) async throws -> Reply
    ) -> Terminal {
        serving(name, timeout, inFlight, options, isStreaming: false) { request, context, _ in
            try await handler(request, context)
        }
    }

    /// Answers the requests of this topic by `agent`: see ``reply(named:timeout:inFlight:options:_:)``.
    public func reply<Target: Agent>(
        by agent: Target, named name: String, timeout: Duration? = nil, inFlight: Int? = nil,
        options: ReplyOptions = ReplyOptions()
    ) -> Terminal where Target.Request == Request, Target.Reply == Reply {
        reply(named: name, timeout: timeout, inFlight: inFlight, options: options) { try await agent.handle($0, $1) }
    }

    /// Answers the requests of this topic in parts, then as a whole: see ``reply(named:timeout:inFlight:options:_:)``.
    ///
    /// - Parameters:
    ///   - name: names the step, its journal and its memory.
    ///   - part: how parts are written.
    ///   - timeout: how long a handler may take, tries included.
    ///   - inFlight: how many run at once, for each task.
    ///   - options: everything else; `timeout` and `inFlight` go before what it says.
    ///   - handler: sends parts and returns the reply.
    /// - Returns: the statement that puts the server into a topology.
    public func replyStreaming<Part: Sendable>(
        named name: String, part: Serde<Part>, timeout: Duration? = nil, inFlight: Int? = nil,
        options: ReplyOptions = ReplyOptions(),
        _ handler: @escaping @Sendable (Request, AskContext, PartWriter<Part>) async throws -> Reply
    ) -> Terminal {
        serving(name, timeout, inFlight, options, isStreaming: true) { request, context, send in
            try await handler(request, context, PartWriter(part, send: send))
        }
    }

    private func serving(
        _ name: String, _ timeout: Duration?, _ inFlight: Int?, _ options: ReplyOptions, isStreaming: Bool,
        _ handler:
            @escaping @Sendable (Request, AskContext, @escaping @Sendable (Bytes?) async throws -> Void) async throws
            -> Reply
    ) -> Terminal {
        let ask = RemoteAskOptions(ask: options.ask).with(timeout, inFlight).ask
        let journal = StoreDefinition<Int64, AskEntry>.askJournal("\(name)-journal")
        let memory = StoreDefinition<String, ServedRequest>.served(
            "\(name)-served", ttl: max(options.remember, ask.timeout + ask.timeout))
        let plan = ReplyDesk.Plan(
            codec: codec, replies: replies, agent: agent, requestType: requestType, replyType: replyType,
            isStreaming: isStreaming, timeout: ask.timeout
        ) { [request, reply] payload, context, send in
            let decoded: Request
            do { decoded = try request.decode(payload) } catch {
                throw AgentError("unreadable", "the request cannot be read: \(error)")
            }
            let answer = try await handler(decoded, context, send)
            do { return try reply.encode(answer) } catch {
                throw AgentError("unwritable", "the reply cannot be written: \(error)")
            }
        }
        let mistakes = ask.mistake.map { [TopologyError(.invalidSetting, "reply '\(name)': \($0)")] } ?? []
        let limits = AskLimits(ask)
        let steps = StoreDefinition<StepKey, StepEntry>.stepJournal("\(name)-steps")
        let requests = Topic<Bytes?, Bytes?>(self.name, key: .optional(.bytes), value: .optional(.bytes)).stream()
        let node = PlanNode(
            name, isNamedByUser: true, .operation("reply"), parents: [requests.node],
            feeder: responses(of: name, below: requests.node),
            stores: [StoreDeclaration(journal), StoreDeclaration(steps), StoreDeclaration(memory)],
            mistakes: mistakes
        ) { wiring, node in
            let step = wiring.label(of: node)
            let desk = ReplyDesk(
                wiring, step: step, plan, served: try wiring.keyValueStore(memory),
                journal: journal.specification.name)
            var parts = AskParts<Bytes?, Bytes?, Bytes?>(
                step: step, options: ask, limits: limits, key: .optional(.bytes), request: .optional(.bytes),
                journal: try wiring.keyValueStore(journal), steps: try wiring.keyValueStore(steps),
                start: { _, payload, context, finish in desk.begin(payload, context, finish) },
                forward: { try desk.conclude($0.outcome, of: $0.entry) })
            // What was answered the desk knows; what is at work the operator does.
            parts.isConcluded = { _ in false }
            let asking = AskOperator(wiring, parts)
            // Parts go before the reply that ends them.
            wiring.join(desk, for: node)
            wiring.join(asking, for: node)
            requests.receive(in: wiring) { _ in try desk.take { try asking.take($0, as: $1) } }
        }
        return Terminal(node)
    }

    /// Where all replies go, in the plan so that the topic is there; nil where the asker says it.
    private func responses(of step: String, below node: PlanNode) -> PlanNode? {
        guard case .topic(let topic) = replies else { return nil }
        return PlanNode(
            "\(step)-responses", isNamedByUser: true,
            .sink(topic: topic, key: "bytes", value: reply.description), parents: [node]
        ) { _, _ in }
    }
}

extension RequestTopic where Reply == EmptyReply {
    /// Answers the requests of this topic by nothing but that they are done.
    ///
    /// As ``reply(named:timeout:inFlight:options:_:)``; the reply on the wire has a null value.
    public func reply(
        named name: String, timeout: Duration? = nil, inFlight: Int? = nil, options: ReplyOptions = ReplyOptions(),
        _ handler: @escaping @Sendable (Request, AskContext) async throws -> Void
    ) -> Terminal {
        reply(named: name, timeout: timeout, inFlight: inFlight, options: options) { request, context in
            try await handler(request, context)
            return EmptyReply()
        }
    }
}
