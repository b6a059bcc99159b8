import AgentOperators
import StateStores
import StreamCore
import StreamDSL
public import Topology

/// How an agent serves clients of the 0.3 transport.
public struct A2ALegacyOptions: Sendable {
    /// How long after a request its first answer is sent at the earliest.
    ///
    /// The original's client begins to listen for the answer only after its send has returned, and drops what comes before.
    public var replyDelay: Duration
    /// How long after a stream's last item its end is sent at the earliest.
    ///
    /// The original's client forgets what it has not yet given out when it hears of the end.
    public var completionDelay: Duration
    /// How long a request may take.
    public var timeout: Duration
    /// What the names of topics must begin with that answers and pushes go to.
    public var replyTopicPrefix: String

    /// Options; the delays are for clients of the pull request as it is.
    public init(
        replyDelay: Duration = .milliseconds(50), completionDelay: Duration = .milliseconds(150),
        timeout: Duration = .seconds(600), replyTopicPrefix: String = "a2a-reply"
    ) {
        self.replyDelay = replyDelay
        self.completionDelay = completionDelay
        self.timeout = timeout
        self.replyTopicPrefix = replyTopicPrefix
    }
}

extension A2AAgent {
    /// Lets clients of A2A 0.3 over Kafka, a2a-python's pull request 434, speak to this agent, byte for byte as they are used to.
    ///
    /// An operator between two topics: it reads `topic`, gives the agent what it reads as 1.0, and writes what comes of it to
    /// the topic that each request names, in order, no earlier than the options allow. What it waits for is in its stores.
    ///
    /// - Parameters:
    ///   - topic: where those clients write; it must exist.
    ///   - options: delays and limits.
    /// - Returns: the statement that puts the transport into the topology, beside the agent's own.
    public func legacyTransport(
        on topic: String = "a2a-requests", options: A2ALegacyOptions = A2ALegacyOptions()
    ) -> Terminal {
        let step = "\(name)-legacy"
        let requests = Topic<Bytes?, Bytes?>(topic, key: .optional(.bytes), value: .optional(.bytes)).stream()
        let replies = "\(step)-replies"
        let inbox = PlanNode(
            replies, isNamedByUser: true, .inbox(name: replies, partitions: nil, key: "bytes", value: "bytes")
        ) { wiring, node in
            let forward = try wiring.downstream(of: node, carrying: Record<Bytes?, LogRecord>.self)
            wiring.enter(wiring.inbox(replies)) { raw in
                try forward(Record(key: raw.key, value: raw, timestamp: raw.timestamp))
            }
        }
        let calls = StoreDefinition<String, LegacyCall>.keyValue(
            "\(step)-open", key: .string, value: LegacyCall.serde)
        let outbox = StoreDefinition<String, LegacyOutput>.keyValue(
            "\(step)-outbox", key: .string, value: LegacyOutput.serde)
        let agent = name
        let node = PlanNode(
            step, isNamedByUser: true, .operation("a2aLegacy"), parents: [requests.node], controls: [inbox],
            stores: [StoreDeclaration(calls), StoreDeclaration(outbox)]
        ) { wiring, node in
            let gateway = LegacyGateway(
                wiring, step: wiring.label(of: node), options, inbox: wiring.inbox(replies),
                endpoint: A2AEndpoint(application: wiring.context.application, agent: agent),
                calls: try wiring.keyValueStore(calls), outbox: try wiring.keyValueStore(outbox))
            wiring.join(gateway, for: node)
            requests.receive(in: wiring) { record in
                try gateway.take(MessageRecord(key: record.key, value: record.value, headers: wiring.context.headers))
            }
            wiring.attach(to: inbox) { (record: Record<Bytes?, LogRecord>) in
                try gateway.hear(MessageRecord(record.value))
            }
        }
        return Terminal(node)
    }
}
