import AgentOperators
import EventLog
import StreamCore
import StreamTesting
import Synchronization

/// A run of a handler without a thread: asks its channel, and goes on when it is answered.
///
/// Reserves, takes the time, sleeps, charges by a policy, asks for approval now and then, writes a receipt.
final class SteppedRun: Sendable {
    private let job: Int
    private let context: AskContext
    private let channel: StepChannel
    private let connection: SimulatedConnection
    private let world: SteppedWorld
    private let finish: @Sendable (Result<Int, any Error>) -> Void
    private let state = Mutex((isCancelled: false, time: Bytes.empty, reply: SteppedWorld.reply))

    static func start(
        _ job: Int, _ context: AskContext, _ connection: SimulatedConnection, _ world: SteppedWorld,
        _ finish: @escaping @Sendable (Result<Int, any Error>) -> Void
    ) -> AskCall {
        guard !connection.isDead, let channel = context.channel else { return AskCall {} }
        let run = SteppedRun(job, context, channel, connection, world, finish)
        world.cluster.note("\(connection.name) runs \(job)")
        run.step("reserve", .idempotent) { run.look() }
        return AskCall { run.state.withLock { $0.isCancelled = true } }
    }

    private init(
        _ job: Int, _ context: AskContext, _ channel: StepChannel, _ connection: SimulatedConnection,
        _ world: SteppedWorld, _ finish: @escaping @Sendable (Result<Int, any Error>) -> Void
    ) {
        self.job = job
        self.context = context
        self.channel = channel
        self.connection = connection
        self.world = world
        self.finish = finish
    }

    /// How the charge of `job` is made.
    static func policy(_ job: Int) -> StepPolicyKind { [.idempotent, .reconcile, .atMostOnce][job % 3] }

    private func look() {
        ask(.now) { reply in
            guard case .recorded(let time) = reply else { return self.fail("the time is \(reply)") }
            self.state.withLock { $0.time = time }
            guard self.job.isMultiple(of: 2) else { return self.charge() }
            self.ask(.sleep(.seconds(1 + self.job % 5))) { _ in self.charge() }
        }
    }

    private func charge() { step("charge", Self.policy(job)) { self.approve() } }

    private func approve() {
        guard job % 4 == 1 else { return receipt() }
        let payload = (try? Serde<ApprovalRequest>.json().encode(ApprovalRequest("job \(job)?"))) ?? .empty
        ask(.external(kind: "approval", name: "go", payload: payload, limit: .duration(.minutes(100)))) { reply in
            guard case .answered(.success) = reply else { return self.fail("the approval is \(reply)") }
            self.receipt()
        }
    }

    private func receipt() {
        step("receipt", .idempotent) {
            self.finish(.success(self.job + self.state.withLock { $0.reply }))
        }
    }

    /// One step; the bug "hasty" does not wait until it may begin.
    private func step(_ name: String, _ policy: StepPolicyKind, then next: @escaping @Sendable () -> Void) {
        let payload = state.withLock { $0.time }
        if world.isHasty {
            world.act(job, name, "\(context.idempotencyKey)/\(name)/0", payload, policy, connection) {}
        }
        ask(.begin(name, policy)) { reply in
            switch reply {
            case .recorded: next()
            case .go(let index, let step, let hasIntent):
                let isDone = hasIntent && policy == .reconcile && self.world.knows(step.idempotencyKey)
                let keep: @Sendable () -> Void = { self.ask(.finish(index, "1", waits: true)) { _ in next() } }
                if isDone { return keep() }
                if self.world.isHasty { return keep() }
                self.world.act(self.job, name, step.idempotencyKey, payload, policy, self.connection, keep)
            default: self.fail("a step is \(reply)")
            }
        } interrupted: {
            self.state.withLock { $0.reply = SteppedWorld.interrupted }
            next()
        }
    }

    private func ask(
        _ ask: StepAsk, then next: @escaping @Sendable (StepReply) -> Void,
        interrupted: (@Sendable () -> Void)? = nil
    ) {
        guard !state.withLock({ $0.isCancelled }), !connection.isDead else { return }
        channel.post(ask) { result in
            guard !self.state.withLock({ $0.isCancelled }), !self.connection.isDead else { return }
            switch result {
            case .success(let reply): next(reply)
            case .failure(let failure as StepFailure):
                if failure.code == .interrupted, let interrupted { return interrupted() }
                self.finish(.failure(failure))
            case .failure: break
            }
        }
    }

    private func fail(_ words: String) { world.complain("job \(job): \(words)") }
}

/// What handlers do things to: notes each effect, with its key and content, and answers when it likes.
final class SteppedWorld: Sendable {
    static let reply = 1_000_000
    static let interrupted = 2_000_000

    private struct State {
        var keys: [String: String] = [:]
        var contents: [String: Bytes] = [:]
        var done: Set<String> = []
        var open: [(due: Timestamp, finish: @Sendable () -> Void)] = []
        var mistake: String?
    }

    let cluster: SimulatedCluster
    let isHasty: Bool
    private let state = Mutex(State())

    init(_ cluster: SimulatedCluster, isHasty: Bool) {
        self.cluster = cluster
        self.isHasty = isHasty
    }

    var mistake: String? { state.withLock { $0.mistake } }
    func complain(_ words: String) { state.withLock { $0.mistake = $0.mistake ?? words } }
    func knows(_ key: String) -> Bool { state.withLock { $0.done.contains(key) } }

    /// Does step `name` of `job` at once, and calls `finish` later.
    func act(
        _ job: Int, _ name: String, _ key: String, _ content: Bytes, _ policy: StepPolicyKind,
        _ connection: SimulatedConnection, _ finish: @escaping @Sendable () -> Void
    ) {
        let delay = cluster.random { $0.happens(100) ? $0.milliseconds(2_000...20_000) : $0.milliseconds(0...800) }
        let partition = cluster.committed("jobs").first { _, records in
            records.contains { (try? Serde<Int>.int.decode($0.value)) == job }
        }?.key.partition
        let isOwner = partition.map { connection.owns(task: $0) } ?? false
        cluster.note("\(connection.name) does \(name) of \(job)\(isOwner ? "" : ", which it does not own")")
        state.withLock { state in
            let step = "\(job) \(name)"
            if let known = state.keys[step], known != key {
                state.mistake = "\(step) has the keys \(known) and \(key)"
            }
            if let known = state.contents[key], known != content {
                state.mistake = "\(step) was done with different contents under one key"
            }
            let isDone = state.done.contains(key)
            // Whoever does not own the task any more cannot be stopped, only told apart by its key.
            if isDone, isOwner, policy == .reconcile {
                state.mistake = "\(connection.name) does \(step) again, although its target said that it was done"
            }
            if isDone, policy == .atMostOnce { state.mistake = "\(connection.name) does \(step) a second time" }
            state.keys[step] = key
            state.contents[key] = content
            state.done.insert(key)
            state.open.append((cluster.clock.now() + delay, finish))
        }
    }

    /// What `job` has not done, although it is over.
    func lost(of job: Int, isInterrupted: Bool) -> String? {
        state.withLock { state in
            for name in ["reserve", "charge", "receipt"] where !(name == "charge" && isInterrupted) {
                if state.keys["\(job) \(name)"] == nil { return "job \(job) is over without its \(name)" }
            }
            return nil
        }
    }

    func answer() {
        let now = cluster.clock.now()
        let due = state.withLock { state in
            defer { state.open.removeAll { $0.due <= now } }
            return state.open.filter { $0.due <= now }
        }
        for call in due { call.finish() }
    }
}
