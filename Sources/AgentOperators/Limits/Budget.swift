public import ChatModels
import StreamCore

/// How much somebody may spend.
public struct Budget: Sendable, Hashable {
    /// What is counted.
    public enum Limit: Sendable, Hashable {
        /// Tokens, read and written.
        case tokens(Int)
        /// Money, in the currency of the prices.
        case cost(Double)
    }

    /// How long it lasts.
    public enum Window: String, Sendable, Hashable, Codable {
        /// For ever.
        case total
        /// Each hour, by UTC.
        case hour
        /// Each day, by UTC.
        case day

        var length: Duration? {
            switch self {
            case .total: nil
            case .hour: .hours(1)
            case .day: .days(1)
            }
        }

        /// When the window around `now` began; the epoch for the one that never ends.
        func start(_ now: Timestamp) -> Timestamp {
            guard let length = length?.milliseconds else { return Timestamp(milliseconds: 0) }
            let begun = now.milliseconds >= 0 ? now.milliseconds / length : (now.milliseconds - length + 1) / length
            return Timestamp(milliseconds: begun * length)
        }
    }

    /// What happens when it is used up.
    public enum Exhaustion: String, Sendable, Hashable, Codable {
        /// Calls fail until the window ends.
        case stop
        /// Calls go to the fallback model, which is cheaper.
        case degrade
    }

    /// Its name: part of what is kept.
    public var name: String
    /// How much.
    public var limit: Limit
    /// How long it lasts.
    public var window: Window
    /// At what share of the limit a warning is given.
    public var warnAt: Double
    /// What happens when it is used up.
    public var onExhaustion: Exhaustion

    /// A budget.
    public init(
        _ name: String, _ limit: Limit, per window: Window, warnAt: Double = 0.8, onExhaustion: Exhaustion = .stop
    ) {
        self.name = name
        self.limit = limit
        self.window = window
        self.warnAt = warnAt
        self.onExhaustion = onExhaustion
    }

    /// The limit as it is counted: tokens, or millionths of the currency's unit.
    var units: Double {
        switch limit {
        case .tokens(let count): Double(count)
        case .cost(let cost): cost * 1_000_000
        }
    }

    func units(of spending: Spending) -> Double {
        switch limit {
        case .tokens: Double(spending.tokens)
        case .cost: Double(spending.cost)
        }
    }

    var countsCost: Bool {
        if case .cost = limit { return true }
        return false
    }
}

/// What was spent.
public struct Spending: Sendable, Hashable, Codable {
    /// Tokens, read and written.
    public var tokens: Int64
    /// Millionths of the currency's unit.
    public var cost: Int64

    /// A spending.
    public init(tokens: Int64 = 0, cost: Int64 = 0) {
        self.tokens = tokens
        self.cost = cost
    }

    /// The sum of two; stops at the largest number.
    public static func + (left: Spending, right: Spending) -> Spending {
        Spending(tokens: left.tokens.clampedSum(right.tokens), cost: left.cost.clampedSum(right.cost))
    }

    /// The difference of two.
    static func - (left: Spending, right: Spending) -> Spending {
        left + Spending(tokens: -right.tokens, cost: -right.cost)
    }
}

extension Int64 {
    fileprivate func clampedSum(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}

/// What a model's tokens cost, in the currency's unit for a million of them.
public struct ModelPrice: Sendable, Hashable {
    /// Read.
    public var input: Double
    /// Read from the provider's cache.
    public var cachedInput: Double
    /// Written.
    public var output: Double

    /// A price; what is read from the cache costs as much as what is not, unless said otherwise.
    public init(input: Double, cachedInput: Double? = nil, output: Double) {
        self.input = input
        self.cachedInput = cachedInput ?? input
        self.output = output
    }

    /// What `usage` costs, in millionths of the currency's unit, rounded up.
    public func cost(of usage: TokenUsage) -> Int64 {
        let cached = min(max(0, usage.cachedInput), usage.input)
        let sum = Double(usage.input - cached) * input + Double(cached) * cachedInput + Double(usage.output) * output
        // A price for a million, in units, is a price for one, in millionths.
        return sum.isFinite ? Int64(min(max(0, sum.rounded(.up)), 9e18)) : .max
    }
}
