public import StreamCore
public import StreamDSL
public import Topology

/// The agents of an application: operators of its topology, spread over tasks by their keys.
///
/// A statement of a topology. Applications that use the same name see each other's agents.
///
/// ```swift
/// try StreamTopology("support") {
///     let team = agents(named: "team") {
///         AgentType("assistant", initial: { _ in Chat() }) { on(Question.self) { question, chat, context in … } }
///     }
///     questions.stream().tell(team, "assistant")
///     team
///     team.publications.published(as: Answer.self).to(answers)
/// }
/// ```
public struct AgentSystem: TopologyStatement {
    /// The system's name.
    public let name: String
    let node: PlanNode
    let types: [String: AgentType]
    let partitions: Int32
    let options: AgentOptions

    /// What the agents of this block publish, as a stream keyed by the topics' source.
    public var publications: KStream<String, AgentPublication> {
        KStream(node: node, formats: Formats(key: .string))
    }

    /// The block's node.
    public var terminals: [Terminal] { [Terminal(node)] }
}

/// How the agents of a block run.
public struct AgentOptions: Sendable {
    /// How messages are handled: how long, how many at once, how often; the same as for `ask`.
    public var handling: AskOptions
    /// How long the application counts as host of its types without renewing that.
    public var lease: Duration
    /// How long, in stream time, an agent that gets no message keeps its state; nil keeps it for ever.
    public var forgetAfter: Duration?
    /// How long, in stream time, the id of a handled message is known, so that one that comes again is answered as before.
    public var answersKept: Duration

    /// Options.
    public init(
        handling: AskOptions = AskOptions(inFlight: 64), lease: Duration = .seconds(30), forgetAfter: Duration? = nil,
        answersKept: Duration = .minutes(10)
    ) {
        self.handling = handling
        self.lease = lease
        self.forgetAfter = forgetAfter
        self.answersKept = answersKept
    }

    var mistake: String? {
        if lease.milliseconds < 1_000 { return "'lease' must be at least a second" }
        if let forgetAfter, forgetAfter.milliseconds < 1 { return "'forgetAfter' must be at least a millisecond" }
        if answersKept.milliseconds < 1 { return "'answersKept' must be at least a millisecond" }
        return handling.mistake
    }
}

/// Agents as a part of the topology.
///
/// - Parameters:
///   - name: names the system: the registry's topic `<name>-registry`, the inboxes `<application>-<name>-inbox` and `-control`, and the
///     stores `<name>-journal`, `-steps`, `-state` and `-answered`.
///   - partitions: over how many tasks the agents are spread; it stays as it is once the inbox exists.
///   - options: how messages are handled.
///   - interventions: what looks at messages on their way.
///   - memory: what handlers reach as ``AgentContext/memory``, a session for each agent key; its topic of commands, if it takes any, has as
///     many partitions as the agents.
///   - types: the agent types.
/// - Returns: a statement of the topology; bind it with `let` to send it messages from streams.
public func agents(
    named name: String, partitions: Int = 4, options: AgentOptions = AgentOptions(),
    interventions: [any InterventionHandler] = [], memory: Memory? = nil, @AgentTypeBuilder _ types: () -> [AgentType]
) -> AgentSystem {
    AgentsNode(name, Int32(clamping: partitions), options, interventions, memory, types()).system
}

/// Lists the agent types of a block.
@resultBuilder
public enum AgentTypeBuilder {
    /// One type.
    public static func buildExpression(_ type: AgentType) -> [AgentType] { [type] }

    /// Types that are at hand as a list.
    public static func buildExpression(_ types: [AgentType]) -> [AgentType] { types }

    /// All types of a block.
    public static func buildBlock(_ parts: [AgentType]...) -> [AgentType] { parts.flatMap { $0 } }

    /// The types under an `if` without an `else`.
    public static func buildOptional(_ part: [AgentType]?) -> [AgentType] { part ?? [] }

    /// The types under an `if`.
    public static func buildEither(first part: [AgentType]) -> [AgentType] { part }

    /// The types under an `else`.
    public static func buildEither(second part: [AgentType]) -> [AgentType] { part }

    /// The types of all rounds of a loop.
    public static func buildArray(_ parts: [[AgentType]]) -> [AgentType] { parts.flatMap { $0 } }
}
