import Workflows

/// An insurance policy: an aggregate, of which events are the truth.
struct Policy: Codable, Sendable {
    enum Command: Codable, Sendable {
        case open(limit: Int)
        /// Counts a claim against the limit.
        case draw(amount: Int)
        /// Takes back what was counted under a key; nothing, if nothing was.
        case restore(key: String)
    }

    enum Event: Codable, Sendable {
        case opened(limit: Int)
        case drawn(amount: Int, key: String)
        case restored(amount: Int, key: String)
    }

    enum Refusal: String, Codable, Sendable {
        case unknown = "there is no such policy"
        case exhausted = "the claim exceeds what is left of the policy's limit"
        case withdrawn = "the claim was withdrawn before it came"
    }

    /// A command for a policy, under the key of the saga's step.
    struct Order: Codable, Sendable {
        let policy: String
        let key: String
        let command: Command
    }

    var limit: Int?
    var drawn: [String: Int] = [:]
    var withdrawn: Set<String> = []

    private var left: Int { (limit ?? 0) - drawn.values.reduce(0, +) }

    static let orders = RequestTopic<CommandMessage<Order>, CommandOutcome<Refusal>>("policy-commands")

    static let rules = AggregateRules<Policy, Order, Event, Refusal>(
        initial: Policy(),
        decide: { policy, order in
            switch order.command {
            case .open(let limit): return .accept(policy.limit == limit ? [] : [.opened(limit: limit)])
            case .draw(let amount):
                guard policy.limit != nil else { return .reject(.unknown) }
                if policy.withdrawn.contains(order.key) { return .reject(.withdrawn) }
                return policy.left < amount ? .reject(.exhausted) : .accept([.drawn(amount: amount, key: order.key)])
            case .restore(let key): return .accept([.restored(amount: policy.drawn[key] ?? 0, key: key)])
            }
        },
        evolve: { policy, event in
            switch event {
            case .opened(let limit): policy.limit = limit
            case .drawn(let amount, let key): policy.drawn[key] = amount
            case .restored(_, let key):
                policy.drawn[key] = nil
                policy.withdrawn.insert(key)
            }
        })
}
