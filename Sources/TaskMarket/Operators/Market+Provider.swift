import StateStores
import StreamCore
import StreamDSL
public import Topology

/// What a provider remembers of its part in a task's talk.
struct ProviderBid: Sendable, Hashable, Codable {
    private(set) var format = 1
    /// How many offers it has made.
    var rounds: Int
    /// Whether it still talks.
    var isOpen: Bool
    /// The messages that it has answered.
    var seen: [String] = []
}

/// What a provider says.
enum ProviderWord: Sendable {
    case response(TaskResponse)
    case negotiation(NegotiationMessage)

    var response: TaskResponse? {
        guard case .response(let response) = self else { return nil }
        return response
    }

    var negotiation: NegotiationMessage? {
        guard case .negotiation(let message) = self else { return nil }
        return message
    }
}

extension Market {
    /// A provider called `id`: bids for requests and answers counter-offers by `policy`, each message once.
    ///
    /// It reads all requests, so providers that compete run in applications of their own; instances of one application share
    /// its partitions and are one provider. What it has said it remembers as long as the rules say.
    ///
    /// - Parameters:
    ///   - id: who it is in messages; names its store.
    ///   - policy: what it takes, and at what price.
    /// - Returns: the statement that puts it into a topology.
    public func provider(_ id: String, policy: ProviderPolicy) -> [Terminal] {
        let market = self
        let bids = StoreDefinition<String, ProviderBid>.keyValue(
            "\(id)-bids", key: .string, value: .json(), ttl: rules.retention)
        let heard = requests.stream().mapValues(named: "\(id)-requests") { MarketInput.request($0) }
            .merge(negotiations.stream().mapValues(named: "\(id)-talks") { .negotiation($0) })
        let words = heard.processValues(named: "\(id)-bidding", stores: [StoreDeclaration(bids)]) {
            (step: ProcessorContext<String, ProviderWord>) in
            let desk = ProviderDesk(
                id, policy, market, try step.store(bids), step.task, step.step
            ) { word, record in
                try step.forward(record.with(value: word))
            }
            return { record in try desk.take(record) }
        }
        return [
            words.compactMapValues(named: "\(id)-responds") { $0.response }.to(responses),
            words.compactMapValues(named: "\(id)-offers") { $0.negotiation }.to(negotiations),
        ]
    }
}

/// A provider in one task of the topology.
private final class ProviderDesk {
    private let id: String
    private let policy: ProviderPolicy
    private let market: Market
    private let bids: KeyValueStore<String, ProviderBid>
    private let context: TaskContext
    private let step: String
    private let say: (ProviderWord, Record<String, MarketInput>) throws -> Void

    init(
        _ id: String, _ policy: ProviderPolicy, _ market: Market, _ bids: KeyValueStore<String, ProviderBid>,
        _ context: TaskContext, _ step: String,
        say: @escaping (ProviderWord, Record<String, MarketInput>) throws -> Void
    ) {
        (self.id, self.policy, self.market, self.bids) = (id, policy, market, bids)
        (self.context, self.step, self.say) = (context, step, say)
    }

    private var now: Int64 { context.clock.now().milliseconds }

    func take(_ record: Record<String, MarketInput>) throws {
        guard record.key == record.value.task else { return context.drop(at: step, reason: "wrong key") }
        if let mistake = record.value.mistake { return context.drop(at: step, reason: mistake.code.rawValue) }
        switch record.value {
        case .request(let request): try bid(request, record)
        case .negotiation(let message) where message.receiver == id && message.sender != id:
            try answer(message, record)
        default: break
        }
    }

    private func bid(_ request: TaskRequest, _ record: Record<String, MarketInput>) throws {
        guard try bids.get(request.task) == nil else { return context.count("market_duplicates", step: step) }
        guard now < request.timestamp + market.rules.lifetime.milliseconds || request.timestamp > now else {
            return context.drop(at: step, reason: "too late")
        }
        var bid = ProviderBid(rounds: 0, isOpen: true)
        switch policy.answer(request) {
        case .accept(let price):
            bid.isOpen = false
            try respond(request.task, .accepted, price, price.map { "Task accepted at $\($0)" }, record)
        case .counter(let price):
            bid.rounds = 1
            try respond(request.task, .negotiating, price, nil, record)
            try offer(request.task, request.requester, 1, price, "Starting negotiation", record)
        case .refuse(let reason):
            bid.isOpen = false
            try respond(request.task, .rejected, nil, reason, record)
        }
        try bids.put(request.task, bid, at: record.timestamp)
    }

    private func answer(_ message: NegotiationMessage, _ record: Record<String, MarketInput>) throws {
        guard var bid = try bids.get(message.task) else { return context.drop(at: step, reason: "unknown task") }
        let fingerprint = MarketInput.negotiation(message).fingerprint
        guard bid.isOpen, !bid.seen.contains(fingerprint) else {
            return context.count("market_duplicates", step: step)
        }
        bid.seen.append(fingerprint)
        if message.approved {
            bid.isOpen = false
            let price = message.offer
            try respond(message.task, .accepted, price, price.map { "Task accepted at $\($0)" }, record)
        } else {
            try haggle(message, &bid, record)
        }
        try bids.put(message.task, bid, at: record.timestamp)
    }

    private func haggle(
        _ message: NegotiationMessage, _ bid: inout ProviderBid, _ record: Record<String, MarketInput>
    ) throws {
        let (task, requester, round) = (message.task, message.sender, Int32(clamping: bid.rounds + 1))
        let question = CostQuestion(price: message.offer, round: bid.rounds)
        let answer = bid.rounds < market.rules.rounds ? policy.onCounter.answer(question) : .refuse("too many rounds")
        switch answer {
        case .accept(let price):
            bid.rounds += 1
            try offer(task, requester, round, price ?? message.offer, "Offer accepted", record, approved: true)
        case .counter(let price):
            bid.rounds += 1
            try offer(task, requester, round, price, nil, record)
        case .refuse(let reason):
            bid.isOpen = false
            try offer(task, requester, round, nil, reason, record)
        }
    }

    private func respond(
        _ task: String, _ status: MarketStatus, _ price: Double?, _ text: String?, _ record: Record<String, MarketInput>
    ) throws {
        let response = TaskResponse(
            task, responder: id, status, counterOffer: price, message: text, timestamp: now)
        try say(.response(response), record)
    }

    private func offer(
        _ task: String, _ requester: String, _ round: Int32, _ price: Double?, _ text: String?,
        _ record: Record<String, MarketInput>, approved: Bool = false
    ) throws {
        let message = NegotiationMessage(
            task, from: id, to: requester, round: round, offer: price, approved: approved, message: text,
            timestamp: now)
        try say(.negotiation(message), record)
    }
}
