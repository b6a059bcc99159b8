import AgentOperators
import EventLog
import StreamCore
import StreamDSL
import StreamTesting
import Synchronization
import Topology

/// Asks about every record: one outcome each, its own answer, in the order of its key, one idempotency key per request.
final class AskingWorkload: Workload {
    let name = "asking"
    let topics: [(name: String, partitions: Int32)] = [("questions", 2), ("outcomes", 2)]
    private static let questions = Topic("questions", key: .string, value: .int)
    private static let outcomes = Topic("outcomes", key: .string, value: .int)
    private let desk: Desk
    private let delivery: AskOptions.Delivery
    private var fed: [String: [Int]] = [:]
    private var next = 0
    private var isClosed = false

    init(_ cluster: SimulatedCluster, delivery: AskOptions.Delivery) {
        desk = Desk(cluster)
        self.delivery = delivery
    }

    func topology(_ connection: SimulatedConnection) throws -> StreamTopology {
        var options = AskOptions(timeout: .minutes(120), inFlight: 3)
        options.delivery = delivery
        options.retry.jitter = 0
        return try StreamTopology(name) {
            Self.questions.stream().ask(named: "ask", options: options) { [desk] request, context, finish in
                desk.ask(request, context, connection, finish)
            }.mapValues { (outcome: Result<Int, AgentFailure>) -> Int in
                switch outcome {
                case .success(let reply): reply
                case .failure: -1
                }
            }.to(Self.outcomes)
        }
    }

    func feed(_ cluster: SimulatedCluster, isCalm: Bool) {
        desk.answer(isCalm: isCalm)
        let (happens, key) = cluster.random { ($0.happens(25), $0.below(4)) }
        if isCalm {
            if !isClosed { for key in 0..<4 { add(cluster, "asker-\(key)") } }
            isClosed = true
        } else if happens {
            add(cluster, "asker-\(key)")
        }
    }

    private func add(_ cluster: SimulatedCluster, _ key: String) {
        next += 1
        fed[key, default: []].append(next)
        append(cluster, Self.questions, key, next)
    }

    func mistake(in cluster: SimulatedCluster) throws -> String? {
        if let mistake = desk.mistake { return mistake }
        let outcomes = try values(of: Self.outcomes, in: cluster)
        for (key, values) in outcomes.sorted(by: { $0.key < $1.key }) {
            let expected = (fed[key] ?? []).prefix(values.count).map { $0 + Desk.reply }
            for (value, right) in zip(values, expected) where value != right {
                if delivery == .atMostOnce, value == -1 { continue }
                return "committed outcomes of '\(key)' are \(values), not \(expected)"
            }
            if values.count > expected.count { return "more outcomes than requests of '\(key)': \(values)" }
        }
        return nil
    }

    func isComplete(in cluster: SimulatedCluster) throws -> Bool {
        guard isClosed, isConsumed("questions", in: cluster) else { return false }
        let outcomes = try values(of: Self.outcomes, in: cluster)
        return fed.allSatisfy { outcomes[$0.key]?.count == $0.value.count }
    }
}

/// The agent of the whole simulated world: notes who asks what, and answers when it likes, zombies too.
final class Desk: Sendable {
    static let reply = 1_000_000

    private struct Call {
        let request: Int
        let due: Timestamp
        let finish: @Sendable (Result<Int, any Error>) -> Void
    }

    private struct State {
        var calls: [Call] = []
        var keys: [Int: String] = [:]
        var requests: [String: Int] = [:]
        var mistake: String?
    }

    private let cluster: SimulatedCluster
    private let state = Mutex(State())

    init(_ cluster: SimulatedCluster) { self.cluster = cluster }

    var mistake: String? { state.withLock { $0.mistake } }

    func ask(
        _ request: Int, _ context: AskContext, _ connection: SimulatedConnection,
        _ finish: @escaping @Sendable (Result<Int, any Error>) -> Void
    ) -> AskCall {
        guard !connection.isDead else { return AskCall {} }
        let delay = cluster.random { $0.happens(100) ? $0.milliseconds(3_000...40_000) : $0.milliseconds(0...2_000) }
        let isAnswered = cluster.committed("outcomes").values.joined().contains { record in
            (try? Serde<Int>.int.decode(record.value)) == request + Self.reply
        }
        cluster.note("\(connection.name) asks \(request)")
        let partition = cluster.committed("questions").first { _, records in
            records.contains { (try? Serde<Int>.int.decode($0.value)) == request }
        }?.key.partition
        state.withLock { state in
            if isAnswered, let partition, connection.owns(task: partition) {
                state.mistake = "\(connection.name) asks \(request) again after its outcome was committed, and owns it"
            }
            if let known = state.keys[request], known != context.idempotencyKey {
                state.mistake = "request \(request) has the keys \(known) and \(context.idempotencyKey)"
            }
            if let known = state.requests[context.idempotencyKey], known != request {
                state.mistake = "key \(context.idempotencyKey) stands for the requests \(known) and \(request)"
            }
            state.keys[request] = context.idempotencyKey
            state.requests[context.idempotencyKey] = request
            state.calls.append(Call(request: request, due: cluster.clock.now() + delay, finish: finish))
        }
        return AskCall {}
    }

    func answer(isCalm: Bool) {
        let now = cluster.clock.now()
        let due = state.withLock { state in
            defer { state.calls.removeAll { $0.due <= now } }
            return state.calls.filter { $0.due <= now }
        }
        for call in due { call.finish(.success(call.request + Self.reply)) }
    }
}
