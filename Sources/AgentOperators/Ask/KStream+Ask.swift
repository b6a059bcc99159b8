import Operations
import StateStores
import StreamCore
import Topology

extension KStream {
    /// Asks an agent about every record and goes on with its answers: durably, exactly one outcome for each record.
    ///
    /// A request is journalled in the task's state and called after the commit that holds it; after a crash it is called
    /// again with the same idempotency key. Requests of one key are called one after the other, those of different keys at
    /// once; outcomes of one key come out in order. An outcome has its record's key, timestamp and headers.
    ///
    /// ```swift
    /// reviews.stream().ask(SentimentAgent.self, named: "score", timeout: .seconds(30), inFlight: 64)
    /// ```
    ///
    /// - Parameters:
    ///   - agent: the agent's type; one is made for the process.
    ///   - name: names the step, the journal's store and changelog, and every idempotency key.
    ///   - timeout: how long a request may take, tries included.
    ///   - inFlight: how many calls run at once, for each task.
    ///   - options: everything else; `timeout` and `inFlight` go before what it says.
    /// - Returns: one outcome for each record: the agent's reply, or the failure that stands for it.
    public func ask<Target: DefaultAgent>(
        _ agent: Target.Type, named name: String, timeout: Duration? = nil, inFlight: Int? = nil,
        options: AskOptions = AskOptions()
    ) -> KStream<Key, Result<Target.Reply, AgentFailure>> where Target.Request == Value {
        asking(name, options.with(timeout, inFlight)) {
            let agent = try Target()
            return asTask { try await agent.handle($0, $1) }
        }
    }

    /// Asks `agent` about every record: see ``ask(_:named:timeout:inFlight:options:)``.
    public func ask<Target: Agent>(
        _ agent: Target, named name: String, timeout: Duration? = nil, inFlight: Int? = nil,
        options: AskOptions = AskOptions()
    ) -> KStream<Key, Result<Target.Reply, AgentFailure>> where Target.Request == Value {
        asking(name, options.with(timeout, inFlight)) { asTask { try await agent.handle($0, $1) } }
    }

    /// Calls an asynchronous function with every value: `ask` without a type for the agent.
    ///
    /// - Parameters:
    ///   - name: names the step, the journal's store and changelog, and every idempotency key.
    ///   - timeout: how long a call may take, tries included.
    ///   - inFlight: how many calls run at once, for each task.
    ///   - options: everything else; `timeout` and `inFlight` go before what it says.
    ///   - transform: the function; it may be called again after a crash, with the same idempotency key.
    /// - Returns: one outcome for each record: what the function returned, or the failure that stands for it.
    public func mapAsync<Reply>(
        named name: String, timeout: Duration? = nil, inFlight: Int? = nil, options: AskOptions = AskOptions(),
        _ transform: @escaping @Sendable (Value, AskContext) async throws -> Reply
    ) -> KStream<Key, Result<Reply, AgentFailure>> {
        asking(name, options.with(timeout, inFlight)) { asTask(transform) }
    }

    /// Makes calls by `starter`, which decides when an answer comes: for simulations.
    package func ask<Reply: Sendable>(
        named name: String, options: AskOptions, starting starter: @escaping AskStarter<Value, Reply>
    ) -> KStream<Key, Result<Reply, AgentFailure>> {
        asking(name, options) { starter }
    }

    private func asking<Reply>(
        _ name: String, _ options: AskOptions,
        _ make: @escaping @Sendable () throws -> AskStarter<Value, Reply>
    ) -> KStream<Key, Result<Reply, AgentFailure>> {
        let target = AskTarget(options, make: make)
        let journal = StoreDefinition<Int64, AskEntry>.askJournal("\(name)-journal")
        let steps = StoreDefinition<StepKey, StepEntry>.stepJournal("\(name)-steps")
        let control = options.takesApprovals ? PlanNode.control("\(name)-control") : nil
        let (codec, mistakes) = askFormats(name, options)
        let followsAsk = node.isOrFollowsAsk
        let node = PlanNode(
            name, isNamedByUser: true, .operation("ask"), parents: [node], controls: control.map { [$0] } ?? [],
            stores: [StoreDeclaration(journal), StoreDeclaration(steps)],
            publishes: control == nil ? [] : [ApprovalRecord.topicName], mistakes: mistakes
        ) { wiring, node in
            guard let codec else { return }
            let (step, starter) = (wiring.label(of: node), try target.starter())
            let desk = control.map { ApprovalDesk(wiring, step: step, control: $0.name) }
            let forward = try wiring.downstream(of: node, carrying: Record<Key, Result<Reply, AgentFailure>>.self)
            let parts = AskParts<Key, Value, Reply>(
                step: step, options: options, limits: target.limits, key: codec.key, request: codec.value,
                journal: try wiring.keyValueStore(journal), steps: try wiring.keyValueStore(steps),
                followsAsk: followsAsk, start: { _, request, context, finish in starter(request, context, finish) },
                forward: { end in
                    try forward(Record(key: end.key, value: end.outcome, timestamp: end.entry.timestamp))
                }, delegate: desk)
            let asking = AskOperator(wiring, parts)
            wiring.join(asking, for: node)
            receive(in: wiring) { try asking.take($0) }
            if let control, let desk {
                wiring.attach(to: control) { (record: Record<Bytes?, LogRecord>) in
                    try desk.decide(record.value.headers, record.value.value) { try asking.resolve($0, $1) }
                }
            }
        }
        return KStream<Key, Result<Reply, AgentFailure>>(
            node: node, formats: Formats(key: formats.key), partitioning: partitioning)
    }

    private func askFormats(
        _ name: String, _ options: AskOptions
    ) -> (codec: (key: Serde<Key>, value: Serde<Value>)?, mistakes: [TopologyError]) {
        do {
            if let mistake = options.mistake { throw TopologyError(.invalidSetting, "ask '\(name)': \(mistake)") }
            return (try formats.resolved(for: name), [])
        } catch {
            return (nil, [error as? TopologyError].compactMap { $0 })
        }
    }
}

extension KStream {
    /// Goes on with the answers; a failure is dealt with by the policy's stage `ask`, by default as a dead letter.
    ///
    /// - Parameter name: names the step; derived when nil.
    /// - Returns: the replies, with the keys and timestamps of their outcomes.
    public func answers<Reply>(named name: String? = nil) -> KStream<Key, Reply>
    where Value == Result<Reply, AgentFailure> {
        wired("answers", named: name, formats: Formats<Key, Reply>(key: formats.key)) { context, step, forward in
            { record in
                switch record.value {
                case .success(let reply): try forward(record.with(value: reply))
                case .failure(let failure): try context.fail(failure, at: step, .ask)
                }
            }
        }
    }
}

extension PlanNode {
    /// The steps that pass records on later than they came, in any order: what follows them tells requests apart by chance.
    private static let delaying: Set<Role> = [
        .operation("ask"), .operation("saga"), .operation("priority-lanes"),
    ]

    /// Whether what leaves this node can be the outcome of an `ask`, or wait like one, in the same task.
    var isOrFollowsAsk: Bool {
        var seen: Set<ObjectIdentifier> = []
        var open = [self]
        while let node = open.popLast() {
            guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
            if Self.delaying.contains(node.role) { return true }
            open += node.parents
        }
        return false
    }
}

extension PlanNode {
    /// The source of a step's control topic: replies and decisions, as they come.
    static func control(_ name: String) -> PlanNode {
        PlanNode(name, isNamedByUser: true, .inbox(name: name, partitions: nil, key: "bytes", value: "bytes")) {
            wiring, node in
            let forward = try wiring.downstream(of: node, carrying: Record<Bytes?, LogRecord>.self)
            wiring.enter(wiring.inbox(name)) { record in
                try forward(Record(key: record.key, value: record, timestamp: record.timestamp))
            }
        }
    }
}

extension AskOptions {
    fileprivate func with(_ timeout: Duration?, _ inFlight: Int?) -> AskOptions {
        var options = self
        options.timeout = timeout ?? self.timeout
        options.inFlight = inFlight ?? self.inFlight
        options.capacity = max(options.capacity, options.inFlight)
        return options
    }
}

extension StoreDefinition where Key == Int64, Value == AskEntry {
    /// The journal of an `ask`: requests by their number, oldest first.
    static func askJournal(_ name: String) -> StoreDefinition {
        .journal(name, key: .int64, value: AskEntry.serde)
    }
}

extension StoreDefinition {
    /// A store of an operator's own records: logged, on disk, without timestamps, read by nobody else.
    static func journal(_ name: String, key: Serde<Key>, value: Serde<Value>) -> StoreDefinition {
        StoreDefinition(
            specification: StoreSpecification(
                name: name, kind: .keyValue, keySerde: key.description, valueSerde: value.description,
                isPersistent: true, isLogged: true),
            key: key, value: value)
    }
}
