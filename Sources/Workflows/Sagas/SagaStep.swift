public import AgentOperators
public import StreamCore
import StreamDSL
import Topology

/// A step of a saga: who does it, how it is undone, how long it may take.
///
/// Made by `step` within a saga's block.
public struct SagaStep<State: Codable & Sendable>: Sendable {
    /// Emits a call below the saga's node; what it throws means that nothing was asked.
    typealias Emitter = (SagaCall<State>, Timestamp) throws -> Void

    /// The step's name.
    public let name: String
    let timeout: Duration
    let isPivot: Bool
    let hasCompensation: Bool
    /// The participant, below an output of the saga's node.
    let connect: @Sendable (SagaPort) -> KStream<String, SagaAnswer<State>>
    /// What writes to that output, in a task.
    let emitter: @Sendable (Wiring, SagaPort) throws -> Emitter

    /// The same step, after which the saga does not go back: what fails then is tried again and at last left to a person.
    public func pointOfNoReturn() -> SagaStep {
        SagaStep(
            name: name, timeout: timeout, isPivot: true, hasCompensation: hasCompensation, connect: connect,
            emitter: emitter)
    }

    var plan: SagaPlan.Step {
        SagaPlan.Step(name: name, isPivot: isPivot, hasCompensation: hasCompensation, timeout: timeout)
    }
}

/// An output of a saga's node, where a step's participant hangs.
struct SagaPort: Sendable {
    let saga: String
    let step: String
    let node: PlanNode
    let branch: Int

    var name: String { "\(saga)-\(step)" }
}

/// A step that a function of this process does, by `ask`: journalled, tried again, with a deadline.
///
/// It may run again after a crash, with the same ``SagaStepContext/idempotencyKey``. An error that says that it is not
/// retryable, such as an `AgentError`, means that nothing was done; any other leaves that open.
///
/// - Parameters:
///   - name: names the step in the saga's state, in keys, and with the saga's name its journal.
///   - timeout: how long it may take, tries included; the same for undoing it.
///   - options: everything else of its calls.
///   - perform: does it; what it changes of the state is kept with the outcome.
///   - compensate: undoes it, when it may have had an effect; nil when there is nothing to undo.
/// - Returns: the step.
public func step<State: Codable & Sendable>(
    _ name: String, timeout: Duration = .seconds(30), options: AskOptions = AskOptions(inFlight: 64),
    perform: @escaping @Sendable (inout State, SagaStepContext) async throws -> Void,
    compensate: (@Sendable (inout State, SagaStepContext) async throws -> Void)? = nil
) -> SagaStep<State> {
    SagaStep(
        name: name, timeout: timeout, isPivot: false, hasCompensation: compensate != nil,
        connect: { port in
            port.stream(SagaCall<State>.self, value: .json())
                .mapAsync(named: port.name, timeout: timeout, options: options) { call, context in
                    var state = call.state
                    let step = SagaStepContext(saga: call.context, durable: context)
                    switch call.context.purpose {
                    case .perform: try await perform(&state, step)
                    case .compensate: try await compensate?(&state, step)
                    }
                    return state
                }
                .mapValues(named: "\(port.name)-answer") { outcome in
                    outcome.map { new in { state, _ in state = new } }
                }
        },
        emitter: { wiring, port in
            let forward = try port.downstream(wiring, SagaCall<State>.self)
            return { call, time in try forward(Record(key: call.context.saga, value: call, timestamp: time)) }
        })
}

/// A step that a participant behind topics does: commands out, replies in, in the commits of the saga.
///
/// A command that is committed is sent once; replies that come twice, or late, count once or not at all.
///
/// - Parameters:
///   - name: names the step in the saga's state, in keys, and with the saga's name its journal and its inbox.
///   - participant: the participant's topic.
///   - timeout: how long it may take; the same for undoing it.
///   - options: everything else of its requests.
///   - recipient: makes the key that a command is sent with, of the saga's id and the command; nil takes the saga's id.
///   - command: makes the command; put ``SagaContext/idempotencyKey`` in where the participant knows keys.
///   - reply: takes a reply into the state; throws ``SagaRefusal`` when it says that nothing was done.
///   - compensate: makes the command that undoes it; nil when there is nothing to undo.
///   - compensated: takes the reply to that into the state; what it throws means that it is not undone.
/// - Returns: the step.
public func step<State: Codable & Sendable, Command: Sendable, Reply: Sendable>(
    _ name: String, via participant: RequestTopic<Command, Reply>, timeout: Duration = .seconds(30),
    options: RemoteAskOptions = RemoteAskOptions(), to recipient: (@Sendable (String, Command) throws -> Bytes?)? = nil,
    command: @escaping @Sendable (State, SagaContext) throws -> Command,
    reply: @escaping @Sendable (inout State, Reply) throws -> Void = { _, _ in },
    compensate: (@Sendable (State, SagaContext) throws -> Command)? = nil,
    compensated: @escaping @Sendable (inout State, Reply) throws -> Void = { _, _ in }
) -> SagaStep<State> {
    SagaStep(
        name: name, timeout: timeout, isPivot: false, hasCompensation: compensate != nil,
        connect: { port in
            port.stream(Command.self, value: participant.request)
                .ask(participant, named: port.name, timeout: timeout, options: options, to: recipient)
                .mapValues(named: "\(port.name)-answer") { outcome in
                    outcome.map { answer in
                        { state, purpose in
                            switch purpose {
                            case .perform: try reply(&state, answer)
                            case .compensate: try compensated(&state, answer)
                            }
                        }
                    }
                }
        },
        emitter: { wiring, port in
            let forward = try port.downstream(wiring, Command.self)
            return { call, time in
                let made: Command
                switch call.context.purpose {
                case .perform: made = try command(call.state, call.context)
                case .compensate:
                    guard let compensate else { return }
                    made = try compensate(call.state, call.context)
                }
                try forward(Record(key: call.context.saga, value: made, timestamp: time))
            }
        })
}

extension SagaPort {
    func stream<Value>(_: Value.Type, value: Serde<Value>) -> KStream<String, Value> {
        KStream(node: node, branch: branch, label: name, formats: Formats(key: .string, value: value))
    }

    func downstream<Value>(_ wiring: Wiring, _: Value.Type) throws -> Receiver<String, Value> {
        try wiring.downstream(of: node, branch: branch, carrying: Record<String, Value>.self)
    }
}

/// Lists the steps of a saga, in order.
@resultBuilder
public enum SagaBuilder<State: Codable & Sendable> {
    /// One step.
    public static func buildExpression(_ step: SagaStep<State>) -> [SagaStep<State>] { [step] }

    /// All steps of a block, in order.
    public static func buildBlock(_ parts: [SagaStep<State>]...) -> [SagaStep<State>] { parts.flatMap { $0 } }

    /// The steps under an `if` without an `else`.
    public static func buildOptional(_ part: [SagaStep<State>]?) -> [SagaStep<State>] { part ?? [] }

    /// The steps under an `if`.
    public static func buildEither(first part: [SagaStep<State>]) -> [SagaStep<State>] { part }

    /// The steps under an `else`.
    public static func buildEither(second part: [SagaStep<State>]) -> [SagaStep<State>] { part }

    /// The steps of all rounds of a loop, in order.
    public static func buildArray(_ parts: [[SagaStep<State>]]) -> [SagaStep<State>] { parts.flatMap { $0 } }
}
