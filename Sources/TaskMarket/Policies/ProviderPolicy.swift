/// How a provider answers requests and counter-offers.
public struct ProviderPolicy: Sendable {
    /// What it can do.
    public var capability: CapabilityPolicy
    /// What it says to the price of a request that it can do.
    public var whenCapable: CostPolicy
    /// What it says to the price of a request that it cannot do.
    public var otherwise: CostPolicy
    /// What it says to a counter-offer.
    public var onCounter: CostPolicy

    /// A policy; what the provider cannot do it refuses unless `otherwise` says something else.
    public init(
        capability: CapabilityPolicy, whenCapable: CostPolicy, onCounter: CostPolicy,
        otherwise: CostPolicy = .refuse("this is nothing we do")
    ) {
        self.capability = capability
        self.whenCapable = whenCapable
        self.otherwise = otherwise
        self.onCounter = onCounter
    }

    /// The original's numbers: what it can do it takes at any price, what it cannot do it haggles about below 150.
    ///
    /// For talking to the original's agents and tests written against them. It does not reproduce that a request without a
    /// price makes the provider fail (here such a request that it cannot do is refused), nor that negotiations are forgotten
    /// at a restart, nor that a message that comes twice is answered twice.
    public static let original = ProviderPolicy(
        capability: .substring("data_processing", "analysis", "reporting"), whenCapable: .acceptAny,
        onCounter: .accept(atLeast: 30, else: .refuse("Offer too low")),
        otherwise: .below(
            150, .counter(times: 1.2, atMost: 150, withoutPrice: 150), else: .refuse("Cost too high"),
            withoutPrice: .refuse("No cost was proposed")))

    /// What `request` is answered with.
    public func answer(_ request: TaskRequest) -> CostAnswer {
        let question = CostQuestion(price: request.proposedCost, request: request)
        return (capability.covers(request) ? whenCapable : otherwise).answer(question)
    }
}

/// How a requester answers offers.
public struct RequesterPolicy: Sendable {
    /// What it says to an offer.
    public var onOffer: CostPolicy
    /// Whether its messages always say round 1, as the original's do.
    public var isRoundAlwaysOne: Bool

    /// A policy.
    public init(onOffer: CostPolicy, isRoundAlwaysOne: Bool = false) {
        self.onOffer = onOffer
        self.isRoundAlwaysOne = isRoundAlwaysOne
    }

    /// The original's numbers: agrees up to 100, else names four fifths of the offer, or 50 where none (or zero) was named.
    ///
    /// It does not reproduce that an offer which comes twice is answered twice, nor that the talk never ends: the market's
    /// round limit ends it.
    public static let original = RequesterPolicy(
        onOffer: CostPolicy { question in
            guard let price = question.price, price != 0 else { return .counter(50) }
            return price <= 100 ? .accept(price) : .counter(price * 0.8)
        }, isRoundAlwaysOne: true)
}
