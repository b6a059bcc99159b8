import StreamCore
import StreamDSL
import Topology

/// The nodes that bring an asking step its replies.
struct ReplyInbox {
    /// The inbox's name in the plan: the topic is `<application>-<name>`.
    let name: String
    /// The source that reads it.
    let node: PlanNode

    /// The inbox of `step`; with a response topic, what comes there is routed into it.
    init(of step: String, responses: String?, codec: any MessageCodec) {
        let name = "\(step)-replies"
        self.name = name
        let router = responses.map { Self.router(of: step, from: $0, to: name, codec) }
        node = PlanNode(
            name, isNamedByUser: true, .inbox(name: name, partitions: nil, key: "bytes", value: "bytes"),
            feeder: router
        ) { wiring, node in
            let forward = try wiring.downstream(of: node, carrying: Record<Bytes?, LogRecord>.self)
            wiring.enter(wiring.inbox(name)) { raw in
                try forward(Record(key: raw.key, value: raw, timestamp: raw.timestamp))
            }
        }
    }

    /// Reads `topic`, where a service answers everybody, and hands each reply to the task that waits for it.
    ///
    /// Which that is, the id says: so whichever instance reads the reply, it gets to its owner, over restarts and
    /// rebalances of both.
    private static func router(
        of step: String, from topic: String, to inbox: String, _ codec: any MessageCodec
    ) -> PlanNode {
        let responses = Topic<Bytes?, Bytes?>(topic, key: .optional(.bytes), value: .optional(.bytes)).stream()
        return PlanNode(
            "\(step)-router", isNamedByUser: true, .operation("route"), parents: [responses.node]
        ) { wiring, node in
            let router = ReplyRouter(wiring, step: wiring.label(of: node), of: step, to: wiring.inbox(inbox), codec)
            responses.receive(in: wiring) { try router.route($0.timestamp) }
        }
    }
}
