import StreamCore
public import StreamDSL
public import Topology

/// The market at work: a statement for a topology, with what comes out of it for whoever wants to go on with it.
public struct MarketMediator: TopologyStatement {
    /// Everything that happens, by task; also in the audit topic.
    public let events: KStream<String, MarketEvent>
    /// What was refused and why, by task; nowhere else than here and in the counters.
    public let refusals: KStream<String, MarketRefusal>
    /// What the market announces, executors' notices, and the audit.
    public let terminals: [Terminal]
}

extension Market {
    /// The market itself: keeps the state of every task, decides what counts, tells everybody.
    ///
    /// Reads requests, responses, negotiations and commands; writes announcements, notices for executors and the audit. State,
    /// messages and audit of a decision are one commit. Messages of one task are decided in the order in which they are read;
    /// duplicates, late and impossible ones change nothing and are counted (`market_duplicates`, `market_refused` by reason).
    /// Deadlines and leases end by the owner's clock, whether anything arrives or not.
    public func mediator() -> MarketMediator {
        let market = self
        let step = "\(name)-mediator"
        let inputs = requests.stream().mapValues(named: "\(name)-requests") { MarketInput.request($0) }
            .merge(responses.stream().mapValues(named: "\(name)-responses") { .response($0) })
            .merge(negotiations.stream().mapValues(named: "\(name)-negotiations") { .negotiation($0) })
            .merge(commands.stream().mapValues(named: "\(name)-asked") { .command($0) })
        let (tasks, early) = (taskStore, earlyStore)
        let node = PlanNode(
            step, isNamedByUser: true, .operation("market"), parents: [inputs.node],
            stores: [StoreDeclaration(tasks), StoreDeclaration(early)], mistakes: mistake.map { [$0] } ?? []
        ) { wiring, node in
            let desk = MarketDesk(
                market, wiring, step: wiring.label(of: node), tasks: try wiring.keyValueStore(tasks),
                early: try wiring.keyValueStore(early),
                outputs: MarketDesk.Outputs(
                    events: try wiring.downstream(of: node, branch: 0, carrying: Record<String, MarketEvent>.self),
                    announcements: try wiring.downstream(
                        of: node, branch: 1, carrying: Record<String, TaskResponse>.self),
                    notices: try wiring.downstream(of: node, branch: 2, carrying: Record<String, WorkNotice>.self),
                    refusals: try wiring.downstream(
                        of: node, branch: 3, carrying: Record<String, MarketRefusal>.self)))
            wiring.join(desk, for: node)
            inputs.receive(in: wiring) { record in try desk.take(record) }
        }
        let events = KStream<String, MarketEvent>(
            node: node, branch: 0, label: "\(name).events", formats: Formats(key: .string))
        let announcements = KStream<String, TaskResponse>(node: node, branch: 1, label: "\(name).announcements")
        let notices = KStream<String, WorkNotice>(node: node, branch: 2, label: "\(name).notices")
        return MarketMediator(
            events: events,
            refusals: KStream(node: node, branch: 3, label: "\(name).refusals", formats: Formats(key: .string)),
            terminals: [events.to(audit), announcements.to(self.announcements), notices.to(work)])
    }

    private var earlyStore: StoreDefinition<String, EarlyMessages> {
        .keyValue("\(name)-early", key: .string, value: EarlyMessages.serde(format))
    }
}
