import AgentOperators
import JSON
import Operations
import StateStores
import StreamCore
public import StreamDSL
public import Topology

/// An agent of a topology that the world speaks to by A2A.
public struct A2AAgent: TopologyStatement {
    /// Its name.
    public let name: String
    /// What it says of itself.
    public let card: A2AAgentCard
    let plan: A2APlan
    let node: PlanNode

    /// What it ends in: its handlers, its events, and its pushes if it has any.
    public var terminals: [Terminal] {
        let events = PlanNode(
            "\(name)-events", isNamedByUser: true, .sink(topic: plan.eventsTopic, key: "string", value: "json"),
            parents: [node]
        ) { _, _ in }
        guard card.capabilities.pushNotifications else { return [Terminal(events)] }
        let deliveries = KStream<String, A2APushDelivery>(
            node: node, formats: Formats(key: .string, value: .json()))
        return [Terminal(events), deliveries.posted(named: "\(name)-push", plan.options.pushing)]
    }
}

/// An agent that the world speaks to by A2A: tasks, streams, push notifications over the log, exactly once.
///
/// Every message is journalled and its handler called after that commit; what the handler says of the task becomes events
/// with numbers, in the commit that journals it. Messages of one task are dealt with one after the other, tasks at once;
/// `CancelTask` and everything else that is no work comes by a lane of its own. The topics are `<application>-<name>-requests`
/// and `-control` for clients to write, `<name>-events` (by task) and `<name>-tasks` (compacted) for them to read.
///
/// ```swift
/// a2aAgent(named: "echo", card: card) { work, context in
///     try await context.working("thinking")
///     try await context.send(A2AArtifact("echo", parts: work.message.parts))
///     return .completed()
/// }
/// ```
///
/// - Parameters:
///   - name: names the agent, its topics and its stores.
///   - card: what it says of itself; capabilities that it does not declare are refused.
///   - options: everything else.
///   - handler: deals with a message; what it throws fails the task, after the tries that the options allow.
/// - Returns: the statement that puts the agent into a topology.
public func a2aAgent(
    named name: String, card: A2AAgentCard, options: A2AOptions = A2AOptions(),
    _ handler: @escaping @Sendable (A2AWork, A2AContext) async throws -> A2AOutcome
) -> A2AAgent {
    A2APlan(name: name, card: card, options: options) { .outcome(try await handler($0, $1)) }.agent
}

/// An agent whose answers are messages: see ``a2aAgent(named:card:options:_:)``.
///
/// - Parameters:
///   - name: names the agent, its topics and its stores.
///   - card: what it says of itself.
///   - options: everything else; its answers are messages whatever this says.
///   - handler: returns the parts of the answer; what it throws is the client's error, an ``A2AError`` as it is.
/// - Returns: the statement that puts the agent into a topology.
public func a2aResponder(
    named name: String, card: A2AAgentCard, options: A2AOptions = A2AOptions(),
    _ handler: @escaping @Sendable (A2AWork, A2AContext) async throws -> [A2APart]
) -> A2AAgent {
    var options = options
    options.answers = .messages
    return A2APlan(name: name, card: card, options: options) { .message(try await handler($0, $1)) }.agent
}

/// What the plan knows of an agent, the same for all its tasks.
struct A2APlan: Sendable {
    let name: String
    let card: A2AAgentCard
    let options: A2AOptions
    let handler: @Sendable (A2AWork, A2AContext) async throws -> A2AAnswer

    var eventsTopic: String { A2AEndpoint(application: "", agent: name).events }
    private var requests: String { "\(name)-requests" }
    private var control: String { "\(name)-control" }

    /// Every partition's tasks as every instance has them.
    private var listing: GlobalTableDeclaration {
        let topic = A2AEndpoint(application: "", agent: name).tasks
        return GlobalTableDeclaration(
            topic, topic: topic, key: Serde<String>.string, value: A2ATask.serde, isMadeHere: true)
    }

    var agent: A2AAgent {
        let stores = A2AStores(named: name, options)
        let handling = HandlerPlan(named: name, options: options.handling)
        let (work, lane) = (source(requests), source(control))
        let mistakes = [options.mistake, handling.mistake, options.pushing.mistake].compactMap { $0 }.map {
            TopologyError(.invalidSetting, "a2aAgent '\(name)': \($0)")
        }
        let node = PlanNode(
            name, isNamedByUser: true, .operation("a2aAgent"), parents: [work], controls: [lane],
            stores: stores.declarations + handling.stores, globals: [listing], mistakes: mistakes
        ) { wiring, node in
            let step = wiring.label(of: node)
            let book = try TaskBook(
                wiring, step: step, endpoint: A2AEndpoint(application: wiring.context.application, agent: name), stores,
                eventsKept: options.eventsKept,
                push: try wiring.downstream(of: node, carrying: Record<String, A2APushDelivery>.self))
            let desk = A2ADesk(
                wiring, step: step, self, book: book,
                listing: try wiring.globals.table(listing.name, String.self, A2ATask.self))
            wiring.join(desk, for: node)
            // The engine is the desk's; what it calls back with must not keep the desk alive in turn.
            desk.engine = try HandlerEngine<A2AAnswer>(
                wiring, node, handling, prepare: { [unowned desk] in try desk.prepare($0, $1) },
                handler: { [handler] input, ask in try await Self.run(input, ask, handler) },
                note: { [unowned desk] in try desk.heard($0) }, end: { [unowned desk] in try desk.conclude($0) })
            for lane in [work, lane] {
                wiring.attach(to: lane) { (record: Record<Bytes?, Bytes?>) in
                    try desk.take(
                        MessageRecord(key: record.key, value: record.value, headers: wiring.context.headers))
                }
            }
        }
        return A2AAgent(name: name, card: card, plan: self, node: node)
    }

    private static func run(
        _ input: A2AInput, _ ask: AskContext,
        _ handler: @Sendable (A2AWork, A2AContext) async throws -> A2AAnswer
    ) async throws -> A2AAnswer {
        let request = input.job.request
        let work = A2AWork(
            message: request.message, task: input.task, configuration: request.configuration,
            metadata: request.metadata, tenant: request.tenant)
        let context = A2AContext(ask: ask, taskID: input.job.taskID, contextID: input.job.contextID)
        do {
            return try await handler(work, context)
        } catch let error as A2AError {
            // As it travels: a failure keeps the code and the details of an agent's error.
            throw AgentError(error.code.reason, error.message, details: error.json.text)
        }
    }

    /// Reads a lane as bytes: what a record is, its headers say.
    private func source(_ lane: String) -> PlanNode {
        let role = PlanNode.Role.inbox(name: lane, partitions: options.partitions, key: "string", value: "auto")
        return PlanNode(lane, isNamedByUser: true, role) { wiring, node in
            let forward = try wiring.downstream(of: node, carrying: Record<Bytes?, Bytes?>.self)
            let context = wiring.context
            wiring.enter(wiring.inbox(lane)) { raw in
                if (0...Timestamp.latest.milliseconds).contains(raw.timestamp.milliseconds) {
                    context.observe(raw.timestamp)
                }
                try forward(Record(key: raw.key, value: raw.value, timestamp: raw.timestamp))
            }
        }
    }

    // MARK: Content

    /// Whether the agent takes a part: parts that name no type are taken.
    func takes(_ part: A2APart) -> Bool {
        part.mediaType.isEmpty || card.defaultInputModes.isEmpty
            || card.defaultInputModes.contains { Self.matches($0, part.mediaType) }
            || card.skills.contains { $0.inputModes.contains { Self.matches($0, part.mediaType) } }
    }

    /// Whether the agent makes any of what the client takes; who says nothing takes everything.
    func makes(anyOf accepted: [String]) -> Bool {
        let made = card.defaultOutputModes + card.skills.flatMap(\.outputModes)
        return accepted.isEmpty || made.isEmpty
            || accepted.contains { wanted in made.contains { Self.matches($0, wanted) } }
    }

    /// Whether two media types are one, or one is a range such as `image/*` that holds the other.
    private static func matches(_ left: String, _ right: String) -> Bool {
        let (left, right) = (kind(left), kind(right))
        if left == right || left == "*/*" || right == "*/*" { return true }
        if left.hasSuffix("/*") { return right.hasPrefix(left.dropLast()) }
        return right.hasSuffix("/*") && left.hasPrefix(right.dropLast())
    }

    /// A media type without its parameters.
    private static func kind(_ mode: String) -> String {
        (mode.split(separator: ";").first.map { String($0) } ?? mode).trimmedText.lowercased()
    }
}
