import AgentOperators
import EventLog
import Operations
import StreamCore
import StreamDSL
import StreamTesting
import Topology

/// Handlers with steps, sleeps and approvals: each effect under one key, with one content, none lost, outcomes once.
final class SteppingWorkload: Workload {
    let name = "stepping"
    let topics: [(name: String, partitions: Int32)] = [("jobs", 2), ("ends", 2)]
    private static let jobs = Topic("jobs", key: .string, value: .int)
    private static let ends = Topic("ends", key: .string, value: .int)
    private let world: SteppedWorld
    private var fed: [String: [Int]] = [:]
    private var next = 0
    private var rounds = 0
    private var isClosed = false
    private var answered: Set<String> = []

    init(_ cluster: SimulatedCluster, isHasty: Bool) { world = SteppedWorld(cluster, isHasty: isHasty) }

    func topology(_ connection: SimulatedConnection) throws -> StreamTopology {
        var options = AskOptions(timeout: .minutes(120), inFlight: 3, takesApprovals: true)
        options.retry.jitter = 0
        options.steps.parkedFor = .seconds(2)
        options.steps.changedCode = .fail
        return try StreamTopology(name) {
            Self.jobs.stream().ask(named: "work", options: options) { [world] job, context, finish in
                SteppedRun.start(job, context, connection, world, finish)
            }.mapValues { (outcome: Result<Int, AgentFailure>) -> Int in
                switch outcome {
                case .success(let reply): reply
                case .failure: -1
                }
            }.to(Self.ends)
        }
    }

    func feed(_ cluster: SimulatedCluster, isCalm: Bool) {
        world.answer()
        rounds += 1
        if rounds.isMultiple(of: 40) { decide(cluster) }
        let (happens, key) = cluster.random { ($0.happens(12), $0.below(4)) }
        if isCalm {
            if !isClosed { for key in 0..<4 { add(cluster, "worker-\(key)") } }
            isClosed = true
        } else if happens {
            add(cluster, "worker-\(key)")
        }
    }

    private func add(_ cluster: SimulatedCluster, _ key: String) {
        next += 1
        fed[key, default: []].append(next)
        append(cluster, Self.jobs, key, next)
    }

    /// Approves what is asked, now and then twice.
    private func decide(_ cluster: SimulatedCluster) {
        for record in cluster.committed("stepping-approvals").values.joined() {
            guard let question = try? ApprovalRecord.serde.decode(record.value), question.status == .pending,
                !answered.contains(question.id)
            else { continue }
            let (isNow, isTwice) = cluster.random { ($0.happens(200), $0.happens(100)) }
            guard isNow else { continue }
            if !isTwice { answered.insert(question.id) }
            let vote = ApprovalVote(verdict: "approved", by: "somebody", reason: nil, edited: nil)
            cluster.append(
                TopicPartition(question.answerTopic, question.answerPartition), key: nil,
                value: try? ApprovalVote.serde.encode(vote), at: cluster.clock.now(),
                headers: ApprovalVote.headers(question.operation))
        }
    }

    func mistake(in cluster: SimulatedCluster) throws -> String? {
        if let mistake = world.mistake { return mistake }
        let ends = try values(of: Self.ends, in: cluster)
        for (key, values) in ends.sorted(by: { $0.key < $1.key }) {
            let jobs = fed[key] ?? []
            guard values.count <= jobs.count else { return "more outcomes than jobs of '\(key)': \(values)" }
            for (value, job) in zip(values, jobs) {
                let isInterrupted = value == job + SteppedWorld.interrupted
                guard value == job + SteppedWorld.reply || isInterrupted && SteppedRun.policy(job) == .atMostOnce else {
                    return "committed outcomes of '\(key)' are \(values), its jobs \(jobs)"
                }
                if let lost = world.lost(of: job, isInterrupted: isInterrupted) { return lost }
            }
        }
        return nil
    }

    func isComplete(in cluster: SimulatedCluster) throws -> Bool {
        guard isClosed, isConsumed("jobs", in: cluster) else { return false }
        let ends = try values(of: Self.ends, in: cluster)
        return fed.allSatisfy { ends[$0.key]?.count == $0.value.count }
    }
}
