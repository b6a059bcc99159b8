import StateStores
package import StreamCore
package import Topology

/// The stores and settings of a ``HandlerEngine``, as the plan knows them.
package struct HandlerPlan: Sendable {
    /// How handlers run: how many, how long, how often.
    package let options: AskOptions
    let journal: StoreDefinition<Int64, AskEntry>
    let steps: StoreDefinition<StepKey, StepEntry>
    let limits: AskLimits

    /// A plan whose stores are `<name>-journal` and `<name>-steps`.
    package init(named name: String, options: AskOptions) {
        self.options = options
        journal = .askJournal("\(name)-journal")
        steps = .stepJournal("\(name)-steps")
        limits = AskLimits(options)
    }

    /// The stores, for the plan's node.
    package var stores: [StoreDeclaration] { [StoreDeclaration(journal), StoreDeclaration(steps)] }

    /// What is wrong with the options, in words; nil when nothing is.
    package var mistake: String? { options.mistake }
}

/// Something that a handler said in passing: it happened once, in the commit at hand.
package struct HandlerNote: Sendable {
    /// The id of the request whose handler said it.
    package let request: String
    /// Names it for ever.
    package let id: String
    /// Which kind, as the handler's context says.
    package let kind: String
    /// What it said.
    package let payload: Bytes
}

/// How a handler's request ended, in the commit at hand.
package struct HandlerEnd<Reply: Sendable>: Sendable {
    /// The request's id.
    package let request: String
    /// What the request was.
    package let payload: Bytes?
    /// What came of it.
    package let outcome: Result<Reply, AgentFailure>
}

/// Runs handlers durably for packs that have a protocol of their own around them: what `ask` is made of, by ids.
///
/// A request is journalled when it is taken; its handler runs after that commit, and again after a crash. What handlers say
/// by ``AskContext/say(kind:name:payload:)`` happens once however often they run. Belongs to the task's thread.
package final class HandlerEngine<Reply: Sendable> {
    /// Answers a request.
    package typealias Handler = @Sendable (Bytes?, AskContext) async throws -> Reply

    private let asking: AskOperator<Bytes?, Bytes?, Reply>
    private let context: TaskContext
    /// The largest request that the journal takes, in bytes.
    package let limit: Int

    private static var overhead: Int { 2_048 }

    /// The engine of a task.
    ///
    /// - Parameters:
    ///   - wiring: the task being wired.
    ///   - node: the plan's node, which declares the plan's stores.
    ///   - plan: stores and settings.
    ///   - prepare: makes the handler's input when a run begins, on the task's thread; what it throws ends the request.
    ///   - handler: the handler.
    ///   - note: takes what handlers say.
    ///   - end: takes how requests end.
    /// - Throws: what making the stores throws.
    package init<Input: Sendable>(
        _ wiring: Wiring, _ node: PlanNode, _ plan: HandlerPlan,
        prepare: @escaping (String, Bytes?) throws -> Input,
        handler: @escaping @Sendable (Input, AskContext) async throws -> Reply,
        note: @escaping (HandlerNote) throws -> Void, end: @escaping (HandlerEnd<Reply>) throws -> Void
    ) throws {
        let journal = try wiring.keyValueStore(plan.journal)
        let topic = wiring.changelogTopic(of: plan.journal.specification.name)
        limit = (wiring.context.maxRecordBytes(of: topic) ?? .max) - Self.overhead
        context = wiring.context
        let starter = asTask(handler)
        let parts = AskParts<Bytes?, Bytes?, Reply>(
            step: wiring.label(of: node), options: plan.options, limits: plan.limits, key: .optional(.bytes),
            request: .optional(.bytes), journal: journal, steps: try wiring.keyValueStore(plan.steps),
            start: { _, payload, ask, finish in
                starter(try prepare(ask.idempotencyKey, payload), ask, finish)
            },
            forward: { conclusion in
                try end(
                    HandlerEnd(
                        request: conclusion.entry.idempotencyKey, payload: conclusion.entry.request,
                        outcome: conclusion.outcome))
            }, delegate: HandlerDelegate(note: note), isConcluded: { _ in false })
        asking = AskOperator(wiring, parts)
        wiring.join(asking, for: node)
    }

    /// Journals a request; its handler runs after the commit.
    ///
    /// - Parameters:
    ///   - id: names it for ever; one that is at work is not taken again.
    ///   - line: requests of one line run one after the other.
    ///   - payload: what the handler gets.
    ///   - deadline: when it is given up.
    ///   - timestamp: when it was asked.
    /// - Returns: whether it is new.
    /// - Throws: what the store throws.
    @discardableResult
    package func take(
        _ id: String, line: Bytes?, payload: Bytes?, deadline: Timestamp, at timestamp: Timestamp
    ) throws -> Bool {
        // The journal keeps the record behind a request: here the request itself, not a second copy.
        let record = LogRecord(
            offset: context.current?.offset ?? -1, timestamp: timestamp, key: line, value: payload,
            headers: context.headers)
        return try context.resume(record, from: context.source) {
            try asking.take(
                Record(key: line, value: payload, timestamp: timestamp), as: RequestIdentity(id: id, deadline: deadline)
            )
        }
    }

    /// Takes a request back: its run is cancelled, it ends as `cancelled` at once; returns whether it was at work.
    ///
    /// - Throws: what the end's receiver throws.
    package func cancel(_ id: String, _ words: String) throws -> Bool { try asking.cancel(id, words) }
}

/// Passes notes on; questions to the outside have nobody here.
private final class HandlerDelegate: StepDelegate {
    private let noteTaken: (HandlerNote) throws -> Void

    init(note: @escaping (HandlerNote) throws -> Void) { noteTaken = note }

    func send(_ operation: StepOperation, for request: AskEntry) throws -> Result<Bytes, AgentFailure>? {
        .failure(
            AgentFailure(
                .undeliverable, "'\(operation.kind)' has nobody to answer it in this step", attempts: 0,
                idempotencyKey: operation.id))
    }

    func note(_ operation: StepOperation, for request: AskEntry) throws {
        try noteTaken(
            HandlerNote(
                request: request.idempotencyKey, id: operation.id, kind: operation.kind, payload: operation.payload))
    }

    func ended(_ operation: StepOperation, _ answer: StepAnswer, for request: AskEntry) throws {}
}

extension AskContext {
    /// Says something once, however often the handler runs; returns when the task has taken it, before the commit.
    ///
    /// - Throws: ``StepFailure`` when there is no journal or it does not take it; `CancellationError`.
    package func say(kind: String, name: String, payload: Bytes) async throws {
        guard let channel, channel.isConnected else {
            throw StepFailure(.unkept, step: name, "this context keeps no journal")
        }
        guard payload.count <= channel.limit else {
            throw StepFailure(.unkept, step: name, "\(payload.count) bytes, at most \(channel.limit) can be said")
        }
        _ = try await channel.ask(.note(kind: kind, name: name, payload: payload))
    }
}
