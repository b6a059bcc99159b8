import AgentOperators
import StreamCore
import StreamDSL
import Topology

/// The nodes of a host.
struct HostParts {
    let system: AgentSystem
    let wire: AutoGenWire
    let name: String
    let options: AutoGenHostOptions
    let mistakes: [TopologyError]

    private var inbox: String { "\(name)-replies" }

    var nodes: [PlanNode] {
        var nodes = [requests, replies, arrivals]
        // In the plan so that the topics are there and their partitions known; the steps themselves write them.
        nodes += [
            sink(wire.registry, "announces", below: nodes[0]), sink(wire.subscriptions, "subscribes", below: nodes[0]),
            sink(wire.responses, "responses", below: nodes[1]),
        ]
        guard options.publishes != .nothing else { return nodes }
        let departures = departures
        return nodes + [departures, sink(wire.publishes, "publishes", below: departures)]
    }

    private func sink<Event: AutoGenEvent>(
        _ topic: Topic<Bytes?, Event>, _ what: String, below node: PlanNode
    ) -> PlanNode {
        PlanNode(
            "\(name)-\(what)", isNamedByUser: true,
            .sink(topic: topic.name, key: "bytes", value: topic.value.description), parents: [node]
        ) { _, _ in }
    }

    /// Lets requests in, and says who is here.
    private var requests: PlanNode {
        let source = wire.requests.stream()
        let (system, wire, inbox, options) = (system, wire, inbox, options)
        return PlanNode(
            "\(name)-requests", isNamedByUser: true, .operation("autogen-host"), parents: [source.node],
            globals: system.directoryTables, mistakes: mistakes
        ) { wiring, node in
            let step = wiring.label(of: node)
            let desk = try HostDesk(wiring, system, step: step, replies: inbox)
            source.receive(in: wiring) { try desk.take($0) }
            guard wiring.context.task.partition == 0 else { return }
            wiring.join(HostAnnouncer(wiring.context, system, wire, options, step: step), for: node)
        }
    }

    /// Brings replies of the agents and sends them to Python.
    private var replies: PlanNode {
        let (inbox, wire) = (inbox, wire)
        let role = PlanNode.Role.inbox(
            name: inbox, partitions: Int32(clamping: options.partitions), key: "bytes", value: "bytes")
        let source = PlanNode(inbox, isNamedByUser: true, role) { wiring, node in
            let forward = try wiring.downstream(of: node, carrying: Record<Bytes?, Bytes?>.self)
            wiring.enter(wiring.inbox(inbox)) { raw in
                try forward(Record(key: raw.key, value: raw.value, timestamp: raw.timestamp))
            }
        }
        return PlanNode(
            "\(name)-answers", isNamedByUser: true, .operation("autogen-answers"), parents: [source]
        ) { wiring, node in
            let sender = HostReplies(wiring.context, wire, step: wiring.label(of: node))
            wiring.attach(to: source) { (record: Record<Bytes?, Bytes?>) in
                try sender.send(MessageRecord(key: record.key, value: record.value, headers: wiring.context.headers))
            }
        }
    }

    /// Lets published messages in.
    private var arrivals: PlanNode {
        let source = wire.publishes.stream()
        let (system, takesDirectTopics) = (system, options.takesDirectTopics)
        return PlanNode(
            "\(name)-arrivals", isNamedByUser: true, .operation("autogen-arrivals"), parents: [source.node],
            globals: system.directoryTables
        ) { wiring, node in
            let desk = try ArrivalDesk(
                wiring, system, step: wiring.label(of: node), takesDirectTopics: takesDirectTopics)
            source.receive(in: wiring) { try desk.take($0) }
        }
    }

    /// Lets the agents' published messages out.
    private var departures: PlanNode {
        let publications = system.publications
        let (system, wire, publishes) = (system.name, wire, options.publishes)
        return PlanNode(
            "\(name)-departures", isNamedByUser: true, .operation("autogen-departures"), parents: [publications.node]
        ) { wiring, node in
            let desk = DepartureDesk(wiring.context, wire, system: system, step: wiring.label(of: node))
            publications.receive(in: wiring) { record in
                if publishes.includes(record.value.topic.type) { try desk.send(record.value) }
            }
        }
    }
}

extension AutoGenHostOptions.Publishes {
    func includes(_ type: String) -> Bool {
        switch self {
        case .nothing: false
        case .topics(let types): types.contains(type)
        case .everything: true
        }
    }
}
