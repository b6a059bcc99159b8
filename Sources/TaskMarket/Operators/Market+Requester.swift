import StateStores
import StreamCore
public import StreamDSL
public import Topology

/// A requester at work: a statement for a topology, with what came of its tasks.
public struct MarketRequester: TopologyStatement {
    /// What became of its tasks, one record for each: completed, failed, rejected, and what the format can write of expired and
    /// cancelled.
    public let outcomes: KStream<String, TaskResponse>
    /// Its requests and its answers to offers.
    public let terminals: [Terminal]
}

/// What a requester remembers of a task.
struct RequesterTask: Sendable, Hashable, Codable {
    private(set) var format = 1
    /// Its request; nil when it has not come by yet.
    var request: TaskRequest?
    /// How many offers each provider has made.
    var rounds: [String: Int] = [:]
    /// The messages that it has answered.
    var seen: [String] = []
    /// Whether its outcome was told.
    var isOver = false
}

/// What a requester does.
enum RequesterWord: Sendable {
    case answer(NegotiationMessage)
    case outcome(TaskResponse)

    var answer: NegotiationMessage? {
        guard case .answer(let message) = self else { return nil }
        return message
    }

    var outcome: TaskResponse? {
        guard case .outcome(let response) = self else { return nil }
        return response
    }
}

extension Market {
    /// A requester called `id`: puts requests to the market, answers offers by `policy`, hears what comes of its tasks.
    ///
    /// - Parameters:
    ///   - id: who it is in messages; names its store.
    ///   - drafts: what it wants, whatever the keys; each is written as it is, under the name of its task. Give tasks names that a
    ///     repeated draft repeats: two requests of one name are one task. Nil where others write its requests.
    ///   - policy: what it pays.
    /// - Returns: a statement for the topology, and what comes of its tasks.
    public func requester(
        _ id: String, of drafts: KStream<String, TaskRequest>? = nil, policy: RequesterPolicy
    ) -> MarketRequester {
        let market = self
        let store = StoreDefinition<String, RequesterTask>.keyValue(
            "\(id)-tasks", key: .string, value: .json(), ttl: rules.retention)
        let heard = requests.stream().mapValues(named: "\(id)-requests") { MarketInput.request($0) }
            .merge(negotiations.stream().mapValues(named: "\(id)-talks") { .negotiation($0) })
            .merge(announcements.stream().mapValues(named: "\(id)-news") { .response($0) })
        let words = heard.processValues(named: "\(id)-answering", stores: [StoreDeclaration(store)]) {
            (step: ProcessorContext<String, RequesterWord>) in
            let desk = RequesterDesk(
                id, policy, market, try step.store(store), step.task, step.step
            ) { word, record in
                try step.forward(record.with(value: word))
            }
            return { record in try desk.take(record) }
        }
        var terminals = [words.compactMapValues(named: "\(id)-answers") { $0.answer }.to(negotiations)]
        if let drafts {
            let named = drafts.map(named: "\(id)-drafts") { record in
                var request = record.value
                request.requester = id
                return (request.task, request)
            }
            terminals.append(named.to(requests))
        }
        return MarketRequester(
            outcomes: words.compactMapValues(named: "\(id)-outcomes") { $0.outcome }, terminals: terminals)
    }
}

/// A requester in one task of the topology.
private final class RequesterDesk {
    private let id: String
    private let policy: RequesterPolicy
    private let market: Market
    private let tasks: KeyValueStore<String, RequesterTask>
    private let context: TaskContext
    private let step: String
    private let say: (RequesterWord, Record<String, MarketInput>) throws -> Void

    init(
        _ id: String, _ policy: RequesterPolicy, _ market: Market, _ tasks: KeyValueStore<String, RequesterTask>,
        _ context: TaskContext, _ step: String,
        say: @escaping (RequesterWord, Record<String, MarketInput>) throws -> Void
    ) {
        (self.id, self.policy, self.market, self.tasks) = (id, policy, market, tasks)
        (self.context, self.step, self.say) = (context, step, say)
    }

    func take(_ record: Record<String, MarketInput>) throws {
        guard record.key == record.value.task else { return context.drop(at: step, reason: "wrong key") }
        if let mistake = record.value.mistake { return context.drop(at: step, reason: mistake.code.rawValue) }
        switch record.value {
        case .request(let request) where request.requester == id:
            var task = try tasks.get(request.task) ?? RequesterTask()
            guard task.request == nil else { return context.count("market_duplicates", step: step) }
            task.request = request
            try tasks.put(request.task, task, at: record.timestamp)
        case .negotiation(let message) where message.receiver == id && message.sender != id:
            try answer(message, record)
        case .response(let response) where response.responder == market.name && response.status.isTerminal:
            guard var task = try tasks.get(response.task), task.request != nil, !task.isOver else { return }
            task.isOver = true
            try tasks.put(response.task, task, at: record.timestamp)
            try say(.outcome(response), record)
        default: break
        }
    }

    private func answer(_ message: NegotiationMessage, _ record: Record<String, MarketInput>) throws {
        var task = try tasks.get(message.task) ?? RequesterTask()
        let fingerprint = MarketInput.negotiation(message).fingerprint
        guard !task.isOver, !task.seen.contains(fingerprint) else {
            return context.count("market_duplicates", step: step)
        }
        task.seen.append(fingerprint)
        if task.seen.count > MarketTask.remembered { task.seen.removeFirst() }
        // A provider without an offer has given up: there is nothing to answer.
        if let offer = message.offer {
            let round = (task.rounds[message.sender] ?? 0) + 1
            task.rounds[message.sender] = round
            let question = CostQuestion(price: offer, round: round, request: task.request)
            let (price, isApproved, text) = words(for: policy.onOffer.answer(question), offer)
            let answer = NegotiationMessage(
                message.task, from: id, to: message.sender,
                round: policy.isRoundAlwaysOne ? 1 : Int32(clamping: round), offer: price, approved: isApproved,
                message: text, timestamp: context.clock.now().milliseconds)
            try say(.answer(answer), record)
        }
        try tasks.put(message.task, task, at: record.timestamp)
    }

    private func words(for answer: CostAnswer, _ offer: Double) -> (Double?, Bool, String?) {
        switch answer {
        case .accept(let price): (price ?? offer, true, nil)
        case .counter(let price): (price, false, nil)
        case .refuse(let reason): (nil, false, reason)
        }
    }
}
