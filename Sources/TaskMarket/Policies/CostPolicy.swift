/// What is asked of a cost policy.
public struct CostQuestion: Sendable, Hashable {
    /// The price at hand, finite and not negative; nil when none was named.
    public let price: Double?
    /// How many offers the provider has made before.
    public let round: Int
    /// The request; nil when it is not known here.
    public let request: TaskRequest?

    /// A question.
    public init(price: Double?, round: Int = 0, request: TaskRequest? = nil) {
        self.price = price
        self.round = round
        self.request = request
    }
}

/// What a cost policy answers.
public enum CostAnswer: Sendable, Hashable {
    /// The price is agreed to; nil when there was none and none is wanted.
    case accept(Double?)
    /// Another price.
    case counter(Double)
    /// Nothing will come of it, and why.
    case refuse(String)
}

/// What a price is answered with: a value, made of others.
///
/// ```swift
/// .accept(upTo: 100, else: .counter(times: 0.8, withoutPrice: 50))
/// .accept(atLeast: 30, else: .refuse("too little"))
/// ```
public struct CostPolicy: Sendable {
    private let decide: @Sendable (CostQuestion) -> CostAnswer

    /// Whatever `decide` says; a price that it names and that is no finite number, or below zero, refuses.
    public init(_ decide: @escaping @Sendable (CostQuestion) -> CostAnswer) { self.decide = decide }

    /// Agrees to whatever is named, or to nothing being named.
    public static let acceptAny = CostPolicy { .accept($0.price) }

    /// Refuses whatever is named.
    public static func refuse(_ reason: String) -> CostPolicy { CostPolicy { _ in .refuse(reason) } }

    /// Agrees to prices up to `limit`, included; what is above, or no price, is for `other`.
    public static func accept(upTo limit: Double, else other: CostPolicy) -> CostPolicy {
        CostPolicy { question in
            guard let price = question.price, price <= limit else { return other.answer(question) }
            return .accept(price)
        }
    }

    /// Agrees to prices from `floor` on, included; what is below, or no price, is for `other`.
    public static func accept(atLeast floor: Double, else other: CostPolicy) -> CostPolicy {
        CostPolicy { question in
            guard let price = question.price, price >= floor else { return other.answer(question) }
            return .accept(price)
        }
    }

    /// Names the price times `factor`, between `least` and `most`; `withoutPrice` where none was named.
    public static func counter(
        times factor: Double, atLeast least: Double = 0, atMost most: Double = .greatestFiniteMagnitude,
        withoutPrice: Double
    ) -> CostPolicy {
        CostPolicy { question in
            .counter(question.price.map { max(least, min($0 * factor, most)) } ?? withoutPrice)
        }
    }

    /// Names `price`.
    public static func counter(_ price: Double) -> CostPolicy { CostPolicy { _ in .counter(price) } }

    /// `policy` for prices below `limit`, `other` for those from there on; a task without a price is for `withoutPrice`.
    public static func below(
        _ limit: Double, _ policy: CostPolicy, else other: CostPolicy, withoutPrice: CostPolicy
    ) -> CostPolicy {
        CostPolicy { question in
            guard let price = question.price else { return withoutPrice.answer(question) }
            return price < limit ? policy.answer(question) : other.answer(question)
        }
    }

    /// `policy` for the first `rounds` offers, then `other`.
    public static func rounds(_ rounds: Int, _ policy: CostPolicy, then other: CostPolicy) -> CostPolicy {
        CostPolicy { $0.round < rounds ? policy.answer($0) : other.answer($0) }
    }

    /// What `question` is answered with; never a price that is none.
    public func answer(_ question: CostQuestion) -> CostAnswer {
        if let price = question.price, !price.isFinite || price < 0 { return .refuse("\(price) is no price") }
        let answer = decide(question)
        switch answer {
        case .accept(let price?), .counter(let price):
            return price.isFinite && price >= 0 ? answer : .refuse("the policy named \(price), which is no price")
        case .accept(nil), .refuse: return answer
        }
    }
}
