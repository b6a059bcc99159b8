import AgentOperators
import StateStores
import StreamCore
import Topology

/// A task's part of a saga: keeps the state of each, asks participants, watches the time.
///
/// A transition, the call that follows from it and what is told of it are one commit.
final class SagaOperator<State: Codable & Sendable>: TaskParticipant {
    typealias Store = KeyValueStore<String, SagaRecord<State>>

    private let name: String
    private let step: String
    private let plan: SagaPlan
    private let options: SagaOptions<State>
    private let context: TaskContext
    private let store: Store
    private let emitters: [SagaStep<State>.Emitter]
    private let tell: (Record<String, SagaRecord<State>>) throws -> Void
    /// When sagas are due, or, ended, to be forgotten; entries that are out of date are found out when they come up.
    private var agenda = Heap<SagaDue>()
    private var open = 0

    init(
        _ context: TaskContext, name: String, step: String, plan: SagaPlan, options: SagaOptions<State>, store: Store,
        emitters: [SagaStep<State>.Emitter], tell: @escaping (Record<String, SagaRecord<State>>) throws -> Void
    ) {
        self.name = name
        self.step = step
        self.plan = plan
        self.options = options
        self.context = context
        self.store = store
        self.emitters = emitters
        self.tell = tell
    }

    // MARK: What happens

    /// Begins the saga of the record's key, unless there is one of that id.
    func begin(_ record: Record<String, State>) throws {
        if try store.get(record.key) != nil { return context.count("sagas_repeated", step: step) }
        let now = context.clock.now()
        let origin: String
        if let current = context.current {
            origin = "\(context.source)-\(current.offset)"
        } else {
            origin = "\(context.task)-\(now.milliseconds)"
        }
        let deadline = options.deadlineOf?(record.value) ?? now + options.deadline
        let saga = SagaRecord(
            SagaProgress(plan.steps, deadline: deadline), state: record.value, origin: origin, startedAt: now,
            timestamp: record.timestamp, trace: context.headers[TraceContext.header])
        context.count("sagas_begun", step: step)
        open += 1
        try apply(.begun, to: record.key, saga, now)
    }

    /// Takes the outcome of a call to the step at `index`.
    func take(_ record: Record<String, SagaAnswer<State>>, of index: Int) throws {
        guard var saga = try store.get(record.key) else {
            return context.count("sagas_dropped", step: step, reason: "unknown saga")
        }
        let event: SagaEvent
        switch record.value {
        case .success(let absorb): event = Self.event(of: absorb, index, &saga)
        case .failure(let failure): event = .failed(index, failure)
        }
        try apply(event, to: record.key, saga, context.clock.now())
    }

    private static func event(
        of absorb: (inout State, SagaContext.Purpose) throws -> Void, _ index: Int, _ saga: inout SagaRecord<State>
    ) -> SagaEvent {
        let isUndoing = saga.status == .compensating
        var state = saga.state
        do {
            try absorb(&state, isUndoing ? .compensate : .perform)
            saga.state = state
            return .succeeded(index)
        } catch {
            let code: AgentFailure.Code = error is SagaRefusal ? .refused : .failed
            return .failed(index, AgentFailure(code, "\(error)", attempts: 1, idempotencyKey: ""))
        }
    }

    /// Takes a person's decision.
    func resolve(_ record: Record<String, SagaResolution>) throws {
        guard let saga = try store.get(record.key) else {
            return context.count("sagas_dropped", step: step, reason: "unknown saga")
        }
        try apply(.resolved(record.value), to: record.key, saga, context.clock.now())
    }

    /// Moves the saga on, asks for what follows, and keeps and tells what it has come to.
    private func apply(_ event: SagaEvent, to id: String, _ saga: SagaRecord<State>, _ now: Timestamp) throws {
        var saga = saga
        guard var move = saga.progress.apply(event, plan, now: now) else {
            // A moment that has come may mean nothing: beyond the point of no return the deadline does.
            if case .time = event { return }
            return context.count("sagas_dropped", step: step, reason: "out of turn")
        }
        while let failure = try ask(move, id, saga) {
            guard let next = saga.progress.apply(failure, plan, now: now) else { break }
            move = next
        }
        try store.put(id, saga, at: saga.timestamp)
        for due in saga.progress.timers { agenda.insert(SagaDue(moment: due, id: id)) }
        if saga.status.isEnd {
            open -= 1
            agenda.insert(SagaDue(moment: now + options.keep, id: id))
            context.count("sagas_ended", step: step, reason: saga.status.rawValue)
        } else if saga.status == .stuck {
            context.count("sagas_stuck", step: step)
        }
        try tell(Record(key: id, value: saga, timestamp: saga.timestamp))
    }

    /// Calls the participant that `move` names; returns what has happened when that cannot be.
    private func ask(_ move: SagaMove, _ id: String, _ saga: SagaRecord<State>) throws -> SagaEvent? {
        let (index, purpose): (Int, SagaContext.Purpose)
        switch move {
        case .perform(let step): (index, purpose) = (step, .perform)
        case .compensate(let step): (index, purpose) = (step, .compensate)
        case .keep: return nil
        }
        let call = SagaCall(context: saga.context(name, id, index, purpose), state: saga.state)
        do {
            try emitters[index](call, saga.timestamp)
            return nil
        } catch let failure as TaskFailure {
            throw failure
        } catch let failure as StateStoreError {
            throw failure
        } catch {
            let refused = AgentFailure(
                .undeliverable, "the command cannot be made: \(error)", attempts: 1, idempotencyKey: "")
            return .failed(index, refused)
        }
    }

    // MARK: The task's life

    func started() throws {
        let keep = options.keep
        try store.scan { id, saga, _ in
            for due in saga.progress.timers { agenda.insert(SagaDue(moment: due, id: id)) }
            if let ended = saga.progress.endedAt { agenda.insert(SagaDue(moment: ended + keep, id: id)) }
            if !saga.status.isEnd { open += 1 }
            return true
        }
    }

    func advance(now: Timestamp) throws -> Bool {
        var isBusy = false
        while let due = agenda.first, due.moment <= now {
            _ = agenda.removeFirst()
            guard let saga = try store.get(due.id) else { continue }
            if let ended = saga.progress.endedAt {
                guard ended + options.keep <= now else { continue }
                try store.put(due.id, nil, at: saga.timestamp)
                isBusy = true
            } else if saga.progress.timers.contains(where: { $0 <= now }) {
                if let trace = saga.trace { context.headers.set(TraceContext.header, trace) }
                try apply(.time, to: due.id, saga, now)
                context.headers = .none
                isBusy = true
            }
        }
        return isBusy
    }

    func committed(now: Timestamp) {}

    var isFull: Bool { open >= options.capacity }

    /// A saga that is stuck waits for a person, not for anything that comes by itself.
    var isWaiting: Bool { false }

    var nextDue: Timestamp? { agenda.first?.moment }

    func leaving() {}

    func ended() {}
}

/// When a saga has something to do; the earlier comes first.
struct SagaDue: Comparable {
    let moment: Timestamp
    let id: String

    static func < (left: SagaDue, right: SagaDue) -> Bool { (left.moment, left.id) < (right.moment, right.id) }
}

/// Where the participants' answers find the saga's operator, which is made after them.
final class SagaLink<State: Codable & Sendable> {
    weak var saga: SagaOperator<State>?
}
