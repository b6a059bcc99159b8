import StreamCore

extension MarketDecision {
    mutating func take(_ request: TaskRequest) throws(MarketRefusal) {
        if let task {
            guard task.request == request else {
                throw refused(.conflictingRequest, "'\(request.requester)' sends another request under its name")
            }
            return noteDuplicate()
        }
        // The future is no time to count from; the past is: a request that waited has less time left.
        let start = min(Timestamp(milliseconds: max(0, request.timestamp)), now)
        let deadline = start + rules.lifetime
        try emit(.requested(request, biddingEnds: min(start + rules.bidding, deadline), deadline: deadline))
    }

    mutating func take(_ response: TaskResponse) throws(MarketRefusal) {
        guard let task else { throw MarketRefusal(.unknownTask, response.task, "no request for it has come") }
        switch response.status {
        case .running:
            try claim(task, by: response.responder, epoch: nil, lease: rules.wireLease)
        case .completed:
            try conclude(task, by: response.responder, epoch: nil, .complete(result: response.message))
        case .failed:
            let reason = response.message ?? "no reason given"
            try conclude(task, by: response.responder, epoch: nil, .fail(reason: reason, isRetryable: true))
        case .accepted, .negotiating, .rejected:
            guard try isBidding(task, response.responder, isAcceptance: response.status == .accepted) else { return }
            switch response.status {
            case .accepted: try accept(task, response)
            case .negotiating: try open(task, response)
            default: try decline(task, response.responder, response.message ?? "no reason given")
            }
        case .pending, .expired, .cancelled:
            throw refused(
                .notAllowed, "'\(response.responder)' says \(response.status.rawValue), which only the market may")
        }
    }

    mutating func take(_ message: NegotiationMessage) throws(MarketRefusal) {
        guard let task else { throw MarketRefusal(.unknownTask, message.task, "no request for it has come") }
        let requester = task.request.requester
        if message.sender == requester, message.receiver != requester {
            guard try isBidding(task, message.receiver, isAcceptance: false) else { return }
            try answer(task, message)
        } else if message.receiver == requester, message.sender != requester {
            guard try isBidding(task, message.sender, isAcceptance: false) else { return }
            guard let offer = message.offer else {
                return try decline(task, message.sender, message.message ?? "gave up")
            }
            try offered(task, message.sender, offer)
        } else {
            throw refused(.notAParty, "'\(message.sender)' speaks to '\(message.receiver)', neither is '\(requester)'")
        }
    }

    /// Whether the talk is still open; false for what says nothing new.
    private mutating func isBidding(
        _ task: MarketTask, _ provider: String, isAcceptance: Bool
    ) throws(MarketRefusal) -> Bool {
        if let award = task.award {
            if isAcceptance, award.provider == provider {
                noteDuplicate()
                return false
            }
            if task.status.isTerminal { throw refused(.taskIsOver, "it is \(task.status.rawValue)") }
            throw refused(.alreadyAwarded, "'\(award.provider)' has it, '\(provider)' comes too late")
        }
        guard task.status == .pending || task.status == .negotiating else {
            throw refused(.taskIsOver, "it is \(task.status.rawValue)")
        }
        return true
    }

    /// The provider's bid, if it has one that is open.
    private func openBid(_ task: MarketTask, _ provider: String) throws(MarketRefusal) -> MarketBid? {
        guard let bid = task.bid(of: provider) else {
            guard task.bids.count < rules.bids else {
                throw refused(.tooManyBids, "\(task.bids.count) providers talk about it already")
            }
            return nil
        }
        guard bid.stage != .declined else { throw refused(.bidClosed, "'\(provider)' is out of it") }
        return bid
    }

    // MARK: Providers

    private mutating func accept(_ task: MarketTask, _ response: TaskResponse) throws(MarketRefusal) {
        let provider = response.responder
        let bid = try openBid(task, provider)
        let price = response.counterOffer ?? bid?.price ?? task.request.proposedCost
        if let bid, bid.stage == .approved {
            guard price == bid.price else {
                throw refused(.priceMismatch, "'\(provider)' takes it at \(text(price)), agreed was \(text(bid.price))")
            }
            return try emit(.awarded(provider: provider, price: bid.price))
        }
        if isAgreeable(task, bid, price) { return try emit(.awarded(provider: provider, price: price)) }
        if let bid, bid.stage == .held, bid.price == price { return noteDuplicate() }
        // Its price is agreed to elsewhere, perhaps in a message that is still on its way.
        try emit(.held(provider: provider, price: price))
    }

    /// Whether nobody need agree: the provider takes what the requester proposed or named last, or less.
    private func isAgreeable(_ task: MarketTask, _ bid: MarketBid?, _ price: Double?) -> Bool {
        let named = bid?.stage == .countered ? bid?.price : task.request.proposedCost
        guard let price else { return bid?.price == nil }
        return named.map { price <= $0 } ?? false
    }

    private mutating func open(_ task: MarketTask, _ response: TaskResponse) throws(MarketRefusal) {
        guard let bid = try openBid(task, response.responder) else {
            return try emit(.offered(provider: response.responder, price: response.counterOffer, round: 0))
        }
        guard let price = response.counterOffer, price != bid.price else { return noteDuplicate() }
        try offered(task, response.responder, price)
    }

    private mutating func offered(_ task: MarketTask, _ provider: String, _ price: Double) throws(MarketRefusal) {
        let bid = try openBid(task, provider)
        let round = (bid?.rounds ?? 0) + 1
        guard round <= rules.rounds else {
            return try decline(task, provider, "more than \(rules.rounds) rounds")
        }
        if let bid, bid.stage == .held, bid.price == price { return noteDuplicate() }
        try emit(.offered(provider: provider, price: price, round: round))
    }

    private mutating func decline(_ task: MarketTask, _ provider: String, _ reason: String) throws(MarketRefusal) {
        if task.bid(of: provider)?.stage == .declined { return noteDuplicate() }
        _ = try openBid(task, provider)
        try emit(.declined(provider: provider, reason: reason))
        if self.task?.isDeclinedByAll(rules.providers) == true {
            try emit(.rejected(reason: "all providers declined: \(reason)"))
        }
    }

    // MARK: The requester

    private mutating func answer(_ task: MarketTask, _ message: NegotiationMessage) throws(MarketRefusal) {
        let provider = message.receiver
        guard let bid = task.bid(of: provider) else {
            throw refused(.noSuchOffer, "'\(provider)' has made no offer")
        }
        guard bid.stage != .declined else { throw refused(.bidClosed, "'\(provider)' is out of it") }
        guard message.approved else {
            guard let price = message.offer else {
                return try decline(task, provider, "the requester gave up")
            }
            if bid.stage == .countered, bid.price == price { return noteDuplicate() }
            guard bid.stage == .offered || bid.stage == .held else {
                throw refused(.noSuchOffer, "'\(provider)' has not answered the last one")
            }
            return try emit(.countered(provider: provider, price: price))
        }
        let price = message.offer ?? bid.price
        guard price == bid.price else {
            throw refused(.priceMismatch, "agreed to \(text(price)), on offer is \(text(bid.price))")
        }
        switch bid.stage {
        case .approved: noteDuplicate()
        case .countered: throw refused(.noSuchOffer, "'\(provider)' has not answered the last one")
        case .held:
            try emit(.approved(provider: provider, price: price))
            try emit(.awarded(provider: provider, price: price))
        default: try emit(.approved(provider: provider, price: price))
        }
    }

    private func text(_ price: Double?) -> String { price.map { "\($0)" } ?? "no price" }
}
