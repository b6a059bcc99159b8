import Workflows

/// The money that claims of a kind are paid from: an aggregate.
struct Fund: Codable, Sendable {
    enum Command: Codable, Sendable {
        case reserve(amount: Int)
        case release(key: String)
    }

    enum Event: Codable, Sendable {
        case reserved(amount: Int, key: String)
        case released(amount: Int, key: String)
    }

    enum Refusal: String, Codable, Sendable {
        case empty = "the fund cannot cover the claim"
        case withdrawn = "the claim was withdrawn before it came"
    }

    /// A command for a fund, under the key of the saga's step.
    struct Order: Codable, Sendable {
        let fund: String
        let key: String
        let command: Command
    }

    var balance = 20_000
    var reserved: [String: Int] = [:]
    var withdrawn: Set<String> = []

    static let orders = RequestTopic<CommandMessage<Order>, CommandOutcome<Refusal>>("fund-commands")

    static let rules = AggregateRules<Fund, Order, Event, Refusal>(
        initial: Fund(),
        decide: { fund, order in
            switch order.command {
            case .reserve(let amount):
                if fund.withdrawn.contains(order.key) { return .reject(.withdrawn) }
                return fund.balance < amount ? .reject(.empty) : .accept([.reserved(amount: amount, key: order.key)])
            case .release(let key): return .accept([.released(amount: fund.reserved[key] ?? 0, key: key)])
            }
        },
        evolve: { fund, event in
            switch event {
            case .reserved(let amount, let key):
                fund.balance -= amount
                fund.reserved[key] = amount
            case .released(let amount, let key):
                fund.balance += amount
                fund.reserved[key] = nil
                fund.withdrawn.insert(key)
            }
        })
}

/// What the house wants to see of a fund: a row of the projection.
struct FundView: Codable, Sendable {
    var claims = 0
    var reserved = 0
    var released = 0

    mutating func show(_ event: Fund.Event) {
        switch event {
        case .reserved(let amount, _):
            claims += 1
            reserved += amount
        case .released(let amount, _): released += amount
        }
    }
}
