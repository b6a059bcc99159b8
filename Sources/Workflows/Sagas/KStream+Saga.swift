public import AgentOperators
import StateStores
public import StreamCore
public import StreamDSL
public import Topology

/// How the sagas of a block run.
public struct SagaOptions<State: Sendable>: Sendable {
    /// How long after its begin a saga goes on; then it undoes what it did.
    public var deadline: Duration
    /// The deadline that a saga's own first state names; nil where it names none.
    public var deadlineOf: (@Sendable (State) -> Timestamp?)?
    /// How steps are tried again that must end well: those that are undone, and those beyond the point of no return.
    ///
    /// Each try is a request of its own with all its tries. After the last the saga is ``SagaStatus/stuck``.
    public var retry: RetryPolicy
    /// How long a saga that has ended is known: so long its id begins none anew.
    public var keep: Duration
    /// How many sagas of a task may be open; then the inputs that feed it are not read.
    public var capacity: Int

    /// Options.
    public init(
        deadline: Duration = .minutes(10), deadlineOf: (@Sendable (State) -> Timestamp?)? = nil,
        retry: RetryPolicy = RetryPolicy(attempts: 5, first: .seconds(1), longest: .minutes(5)),
        keep: Duration = .days(7), capacity: Int = 100_000
    ) {
        self.deadline = deadline
        self.deadlineOf = deadlineOf
        self.retry = retry
        self.keep = keep
        self.capacity = capacity
    }

    var mistake: String? {
        if deadline.milliseconds < 1 { return "'deadline' must be at least a millisecond" }
        if retry.attempts < 1 { return "'retry.attempts' must be at least 1" }
        if keep < .zero { return "'keep' must not be negative" }
        if capacity < 1 { return "'capacity' must be at least 1" }
        return nil
    }
}

/// The sagas of a block, as a part of the topology.
public struct SagaFlow<State: Codable & Sendable>: TopologyStatement {
    let node: PlanNode
    let answers: PlanNode
    let branch: Int
    /// The store of ``SagaRecord``s by saga.
    public let store: String

    /// Every state that a saga comes to, under its id.
    public var changes: KStream<String, SagaRecord<State>> {
        KStream(
            node: node, branch: branch, label: "\(node.name).changes", formats: Formats(key: .string, value: .json()))
    }

    /// How sagas ended, and those that wait for a person.
    public var outcomes: KStream<String, SagaRecord<State>> {
        changes.filter(named: "\(node.name)-outcomes") { $0.value.status.isEnd || $0.value.status == .stuck }
    }

    /// The node where the participants' answers come in: all others lie above it.
    public var terminals: [Terminal] { [Terminal(answers)] }
}

extension KStream where Key == String, Value: Codable {
    /// Begins a saga with every record, its key being the saga's id and its value the saga's first state.
    ///
    /// A saga does its steps one after the other. When one fails, or the deadline passes, it undoes what was done, in reverse
    /// order. Its state is kept with every call to a participant in one commit, so that a crash repeats no step that is done
    /// and loses none. A record whose id has a saga already begins none.
    ///
    /// ```swift
    /// let intake = claims.stream().saga(named: "intake", options: SagaOptions(deadline: .minutes(5))) {
    ///     step("reserve", via: funds, command: { .reserve($0.amount, key: $1.idempotencyKey) },
    ///          compensate: { .release($0.amount, key: $1.idempotencyKey) })
    ///     step("notify") { claim, context in try await mail.send(claim, key: context.idempotencyKey) }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - name: names the step, the store of sagas and its changelog, and with each step's name that step's journal.
    ///   - options: deadline, tries, how long ended sagas are known.
    ///   - resolutions: what people decide about sagas that are stuck, by id.
    ///   - steps: the steps in order.
    /// - Returns: a statement of the topology.
    public func saga(
        named name: String, options: SagaOptions<Value> = SagaOptions(),
        resolutions: KStream<String, SagaResolution>? = nil, @SagaBuilder<Value> _ steps: () -> [SagaStep<Value>]
    ) -> SagaFlow<Value> {
        let steps = steps()
        let stream = partitionedByKey(named: name, for: name)
        let decisions = resolutions?.partitionedByKey(named: "\(name)-resolutions", for: name)
        let definition = StoreDefinition<String, SagaRecord<Value>>.keyValue(name, key: .string, value: .json())
        let plan = SagaPlan(steps: steps.map(\.plan), retry: options.retry)
        let node = PlanNode(
            name, isNamedByUser: true, .operation("saga"), parents: [stream.node],
            controls: [decisions?.node].compactMap(\.self), stores: [StoreDeclaration(definition)],
            mistakes: sagaMistakes(name, options, steps)
        ) { wiring, node in
            let emitters = try steps.enumerated().map { index, step in
                try step.emitter(wiring, SagaPort(saga: name, step: step.name, node: node, branch: index))
            }
            let saga = SagaOperator<Value>(
                wiring.context, name: name, step: wiring.label(of: node), plan: plan, options: options,
                store: try wiring.keyValueStore(definition), emitters: emitters,
                tell: try wiring.downstream(
                    of: node, branch: steps.count, carrying: Record<String, SagaRecord<Value>>.self))
            try wiring.shared("saga.\(name)") { SagaLink<Value>() }.saga = saga
            wiring.join(saga, for: node)
            stream.receive(in: wiring) { try saga.begin($0) }
            decisions?.receive(in: wiring) { try saga.resolve($0) }
        }
        let answers = steps.enumerated().map { index, step in
            step.connect(SagaPort(saga: name, step: step.name, node: node, branch: index))
        }
        let end = PlanNode(
            "\(name)-answers", isNamedByUser: true, .operation("saga-answers"), parents: answers.map(\.node)
        ) { wiring, _ in
            let link = try wiring.shared("saga.\(name)") { SagaLink<Value>() }
            for (index, answer) in answers.enumerated() {
                answer.receive(in: wiring) { record in try link.saga?.take(record, of: index) }
            }
        }
        return SagaFlow(node: node, answers: end, branch: steps.count, store: name)
    }

    private func sagaMistakes(
        _ name: String, _ options: SagaOptions<Value>, _ steps: [SagaStep<Value>]
    ) -> [TopologyError] {
        var found = [options.mistake].compactMap(\.self)
        if steps.isEmpty { found.append("it has no steps") }
        var seen: Set<String> = []
        for step in steps where !seen.insert(step.name).inserted {
            found.append("two steps are named '\(step.name)': rename one of them")
        }
        return found.map { TopologyError(.invalidSetting, "saga '\(name)': \($0)") }
    }
}
