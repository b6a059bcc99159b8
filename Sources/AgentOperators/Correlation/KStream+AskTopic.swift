import StateStores
public import StreamCore
public import StreamDSL
import Topology

extension KStream {
    /// Asks an agent behind topics about every record and goes on with its answers: durably, exactly one outcome for each.
    ///
    /// A request is journalled and sent in one transaction; a restart or a rebalance does not send it again. Its reply comes
    /// to the inbox `<application>-<name>-replies`, in the partition of the task that waits, whatever instance runs that;
    /// where a service answers on a topic of its own, the application reads that topic and routes. Replies that are late,
    /// doubled or unknown are dropped and counted. Requests of one key follow each other; so do their outcomes, which have
    /// their records' keys, timestamps and headers.
    ///
    /// - Parameters:
    ///   - remote: the agent's topic and how messages look there; created with as many partitions as the widest input
    ///     when it does not exist.
    ///   - name: names the step, its journal, its inbox, and every id.
    ///   - timeout: how long a request may take, tries included.
    ///   - inFlight: how many requests are under way at once, for each task.
    ///   - options: everything else; `timeout` and `inFlight` go before what it says.
    ///   - recipient: makes the key that a request is sent with, which decides its partition; nil takes the record's.
    /// - Returns: one outcome for each record: the agent's reply, or the failure that stands for it.
    public func ask<Reply: Sendable>(
        _ remote: RequestTopic<Value, Reply>, named name: String, timeout: Duration? = nil, inFlight: Int? = nil,
        options: RemoteAskOptions = RemoteAskOptions(), to recipient: (@Sendable (Key, Value) throws -> Bytes?)? = nil
    ) -> KStream<Key, Result<Reply, AgentFailure>> {
        let read = Self.reading(remote)
        let shape = TopicAskOperator<Key, Value, Result<Reply, AgentFailure>>.Shape(outcome: read, part: nil)
        return asking(remote.erased, name, options.with(timeout, inFlight), shape, recipient)
    }

    /// Asks an agent whose replies come in parts: goes on with each part in order, then with the outcome.
    ///
    /// As ``ask(_:named:timeout:inFlight:options:to:)``, and: parts that come before their turn wait, doubled ones are
    /// dropped, and when some are missing at the end the outcome is ``AgentFailure/Code/incomplete``. A server that begins
    /// again after a crash sends a new attempt: its parts count from 0 again and replace those before.
    ///
    /// - Parameters:
    ///   - remote: the agent's topic and how messages look there.
    ///   - name: names the step, its journal, its inbox, and every id.
    ///   - part: how parts are written.
    ///   - timeout: how long a request may take, tries included.
    ///   - inFlight: how many requests are under way at once, for each task.
    ///   - options: everything else; `timeout` and `inFlight` go before what it says.
    ///   - recipient: makes the key that a request is sent with; nil takes the record's.
    /// - Returns: for each record any number of parts, then one outcome.
    public func askStreaming<Part: Sendable, Reply: Sendable>(
        _ remote: RequestTopic<Value, Reply>, named name: String, part: Serde<Part>, timeout: Duration? = nil,
        inFlight: Int? = nil, options: RemoteAskOptions = RemoteAskOptions(),
        to recipient: (@Sendable (Key, Value) throws -> Bytes?)? = nil
    ) -> KStream<Key, StreamedReply<Part, Reply>> {
        let read = Self.reading(remote)
        let shape = TopicAskOperator<Key, Value, StreamedReply<Part, Reply>>.Shape(
            outcome: { .outcome(read($0, $1)) },
            part: { .part(try part.decode($0.payload), index: $1, attempt: $2) })
        return asking(remote.erased, name, options.with(timeout, inFlight), shape, recipient)
    }

    /// Makes an outcome of a message; a payload that cannot be read is a failure.
    private static func reading<Reply: Sendable>(
        _ remote: RequestTopic<Value, Reply>
    ) -> @Sendable (Result<AgentMessage, AgentFailure>, Int) -> Result<Reply, AgentFailure> {
        { result, attempts in
            switch result {
            case .failure(let failure): return .failure(failure)
            case .success(let message):
                do { return .success(try remote.reply.decode(message.payload)) } catch {
                    return .failure(
                        AgentFailure(
                            .refused, "the reply cannot be read: \(error)", attempts: attempts,
                            idempotencyKey: message.id, remoteCode: "unreadable"))
                }
            }
        }
    }

    private func asking<Output: Sendable>(
        _ remote: RequestTopic<Value, Bytes?>, _ name: String, _ options: RemoteAskOptions,
        _ shape: TopicAskOperator<Key, Value, Output>.Shape, _ recipient: (@Sendable (Key, Value) throws -> Bytes?)?
    ) -> KStream<Key, Output> {
        let journal = StoreDefinition<Int64, AskEntry>.askJournal("\(name)-journal")
        let progress = shape.part == nil ? nil : StoreDefinition<Int64, PartProgress>.partProgress("\(name)-parts")
        let stores = [StoreDeclaration(journal)] + (progress.map { [StoreDeclaration($0)] } ?? [])
        let (key, mistakes) = remoteFormats(name, options)
        let limits = AskLimits(options.ask)
        let followsAsk = node.isOrFollowsAsk
        var responses: String?
        if case .topic(let topic) = remote.replies { responses = topic }
        let inbox = ReplyInbox(of: name, responses: responses, codec: remote.codec)
        // In the plan so that the topic is there and its partitions are known; the step itself writes it.
        let requests = PlanNode(
            "\(name)-requests", isNamedByUser: true,
            .sink(topic: remote.name, key: "bytes", value: remote.request.description), parents: [node]
        ) { _, _ in }
        let node = PlanNode(
            name, isNamedByUser: true, .operation("ask"), parents: [node], controls: [inbox.node], feeder: requests,
            stores: stores, mistakes: mistakes
        ) { wiring, node in
            guard let key else { return }
            let plan = TopicAskOperator<Key, Value, Output>.Plan(
                remote: remote, options: options, limits: limits, shape: shape, key: key, recipient: recipient,
                followsAsk: followsAsk, inbox: inbox.name)
            let asking = TopicAskOperator(
                wiring, step: wiring.label(of: node), plan, journal: try wiring.keyValueStore(journal),
                parts: try progress.map { try wiring.keyValueStore($0) },
                forward: try wiring.downstream(of: node, carrying: Record<Key, Output>.self))
            wiring.join(asking, for: node)
            receive(in: wiring) { try asking.take($0) }
            wiring.attach(to: inbox.node) { (reply: Record<Bytes?, LogRecord>) in try asking.receive(reply.value) }
        }
        return KStream<Key, Output>(
            node: node, formats: Formats(key: formats.key), partitioning: partitioning)
    }

    private func remoteFormats(
        _ name: String, _ options: RemoteAskOptions
    ) -> (key: Serde<Key>?, mistakes: [TopologyError]) {
        do {
            if let mistake = options.mistake { throw TopologyError(.invalidSetting, "ask '\(name)': \(mistake)") }
            guard let key = formats.key ?? .standard else {
                throw TopologyError(
                    .invalidSetting,
                    "ask '\(name)' must write keys of type \(Key.self), which has no standard serde: make it Codable")
            }
            return (key, [])
        } catch {
            return (nil, [error as? TopologyError].compactMap { $0 })
        }
    }
}

/// What comes of a request whose reply comes in parts.
public enum StreamedReply<Part: Sendable, Reply: Sendable>: Sendable {
    /// A part: its number from 0, and the run of the server that made it, from 1. Another attempt than before begins anew:
    /// what came of the one before counts for nothing.
    case part(Part, index: Int, attempt: Int)
    /// The end, always the last.
    case outcome(Result<Reply, AgentFailure>)
}

extension RequestTopic {
    /// The same topic for whoever does not look into replies.
    var erased: RequestTopic<Request, Bytes?> {
        RequestTopic<Request, Bytes?>(
            name, request: request, reply: .optional(.bytes), codec: codec,
            replies: replies, agent: agent, requestType: requestType, replyType: replyType)
    }
}

extension StoreDefinition where Key == Int64, Value == PartProgress {
    /// How far partial replies have come, by the request's number.
    static func partProgress(_ name: String) -> StoreDefinition {
        .journal(name, key: .int64, value: PartProgress.serde)
    }
}
