import AgentOperators
import StateStores
import StreamCore
import StreamDSL
import Topology

/// What an executor remembers of a task that it has, or had.
struct ExecutorClaim: Sendable, Hashable, Codable {
    private(set) var format = 1
    /// The opening that it claimed last.
    var epoch: Int
    /// What it was granted and is at, oldest first: each ends with one outcome, in this order.
    var atWork: [WorkOrder] = []
    /// Whether the last of these is still its own.
    var isHeld = false
}

/// What an executor does about a notice.
enum ExecutorStep: Sendable {
    case ask(MarketCommand)
    case work(WorkOrder)

    var command: MarketCommand? {
        guard case .ask(let command) = self else { return nil }
        return command
    }

    var order: WorkOrder? {
        guard case .work(let order) = self else { return nil }
        return order
    }
}

/// An executor's claims in one task of the topology.
final class ExecutorDesk {
    private let id: String
    private let pause: Duration
    private let step: ProcessorContext<String, ExecutorStep>
    private let claims: KeyValueStore<String, ExecutorClaim>
    private var agenda = TaskAgenda()
    private var isLoaded = false

    init(
        _ id: String, lease: Duration, _ step: ProcessorContext<String, ExecutorStep>,
        _ claims: KeyValueStore<String, ExecutorClaim>
    ) {
        self.id = id
        self.step = step
        self.claims = claims
        pause = .milliseconds(max(1, lease.milliseconds / 3))
        step.schedule(every: .milliseconds(max(1, lease.milliseconds / 6)), .wallClock) { [weak self] now in
            try self?.renew(at: now)
        }
    }

    private var now: Timestamp { step.task.clock.now() }

    func take(_ record: Record<String, WorkNotice>) throws {
        try load()
        let order = record.value.order
        guard record.key == order.task else { return step.task.drop(at: step.step, reason: "wrong key") }
        var claim = try claims.get(record.key) ?? ExecutorClaim(epoch: 0)
        switch record.value.news {
        case .open:
            guard order.epoch > claim.epoch else { return step.task.count("market_duplicates", step: step.step) }
            claim.epoch = order.epoch
            claim.isHeld = false
            try claims.put(record.key, claim, at: record.timestamp)
            try ask(.claim, record.key, claim, at: record.timestamp)
        case .granted(let executor, _):
            guard executor == id, order.epoch == claim.epoch, claim.atWork.last?.epoch ?? 0 < order.epoch else {
                return
            }
            claim.isHeld = true
            claim.atWork.append(order)
            try claims.put(record.key, claim, at: record.timestamp)
            agenda.set(record.key, due: now + pause)
            try step.forward(record.with(value: .work(order)))
        case .closed:
            guard claim.isHeld, order.epoch >= claim.epoch else { return }
            claim.isHeld = false
            try claims.put(record.key, claim, at: record.timestamp)
        }
    }

    private func ask(
        _ action: MarketCommand.Action, _ task: String, _ claim: ExecutorClaim, at moment: Timestamp
    ) throws {
        let command = MarketCommand(action, task, by: id, epoch: claim.epoch, timestamp: now.milliseconds)
        try step.forward(Record(key: task, value: .ask(command), timestamp: moment))
    }

    private func renew(at moment: Timestamp) throws {
        try load()
        while let task = agenda.popDue(at: moment) {
            guard let claim = try claims.get(task), claim.isHeld else { continue }
            agenda.set(task, due: moment + pause)
            try ask(.renew, task, claim, at: moment)
        }
    }

    /// Finds, once, what was at work before a restart: it is said at once that it still is.
    private func load() throws {
        guard !isLoaded else { return }
        isLoaded = true
        try claims.scan { task, claim, _ in
            if claim.isHeld { agenda.set(task, due: now) }
            return true
        }
    }
}

/// What came of an executor's work in one task of the topology.
final class ResultDesk {
    private let id: String
    private let step: ProcessorContext<String, MarketCommand>
    private let claims: KeyValueStore<String, ExecutorClaim>

    init(
        _ id: String, _ step: ProcessorContext<String, MarketCommand>, _ claims: KeyValueStore<String, ExecutorClaim>
    ) {
        (self.id, self.step, self.claims) = (id, step, claims)
    }

    func report(_ record: Record<String, Result<String?, AgentFailure>>) throws {
        guard var claim = try claims.get(record.key), !claim.atWork.isEmpty else {
            return step.task.drop(at: step.step, reason: "forgotten")
        }
        // Outcomes of one key come in the order of their requests, so this is the oldest one's.
        let order = claim.atWork.removeFirst()
        if claim.atWork.isEmpty { claim.isHeld = false }
        try claims.put(record.key, claim, at: record.timestamp)
        let action: MarketCommand.Action =
            switch record.value {
            case .success(let result): .complete(result: result)
            case .failure(let failure):
                .fail(reason: failure.description, isRetryable: failure.isRetryable)
            }
        let now = step.task.clock.now()
        let command = MarketCommand(action, order.task, by: id, epoch: order.epoch, timestamp: now.milliseconds)
        try step.forward(record.with(value: command))
    }
}
