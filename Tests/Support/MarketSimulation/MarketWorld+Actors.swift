import StreamCore
import TaskMarket

/// How everybody in the world behaves: mostly well.
extension MarketWorld {
    func react(to input: MarketInput) {
        switch input {
        case .request(let request): if requests[request.task] == request { bid(for: request) }
        case .negotiation(let message): hear(message)
        case .response, .command: break
        }
    }

    // MARK: Providers

    func bid(for request: TaskRequest) {
        if random.happens(30) { cancel(request) }
        for number in 0..<(1 + random.below(4)) {
            let provider = "analyst-\(number)"
            let delay = random.below(random.happens(50) ? 25_000 : 1_500)
            switch random.below(100) {
            case 0..<25: accept(request.task, provider, nil, after: delay)
            case 25..<65: offer(request, provider, round: 1, after: delay)
            case 65..<85:
                let no = TaskResponse(
                    request.task, responder: provider, .rejected, message: "no time", timestamp: now)
                send(.response(no), after: delay)
                // One that cannot make up its mind.
                if random.happens(100) { accept(request.task, provider, nil, after: delay + 500) }
            case 85..<90:
                // Answers twice, differently.
                accept(request.task, provider, nil, after: delay)
                accept(request.task, provider, cents(30_000), after: delay + random.below(500))
            case 90..<93: accept(request.task, provider, [Double.nan, -5, .infinity][random.below(3)], after: delay)
            case 93..<95:
                for status in [MarketStatus.running, .completed, .failed, .pending] {
                    send(
                        .response(TaskResponse(request.task, responder: provider, status, timestamp: now)), after: delay
                    )
                }
            default: break
            }
        }
    }

    private func accept(_ task: String, _ provider: String, _ price: Double?, after delay: Int) {
        let response = TaskResponse(
            task, responder: provider, .accepted, counterOffer: price, timestamp: now + Int64(delay))
        send(.response(response), after: delay)
    }

    private func offer(_ request: TaskRequest, _ provider: String, round: Int32, after delay: Int) {
        let price = cents(40_000)
        if round == 1 {
            let response = TaskResponse(
                request.task, responder: provider, .negotiating, counterOffer: price, timestamp: now)
            send(.response(response), after: delay)
        }
        let message = NegotiationMessage(
            request.task, from: provider, to: request.requester, round: round,
            offer: random.happens(20) ? .nan : price, message: "offer", timestamp: now + Int64(delay))
        send(.negotiation(message), after: delay)
    }

    private func cancel(_ request: TaskRequest) {
        let who = random.happens(700) ? request.requester : "stranger"
        send(
            .command(MarketCommand(.cancel, request.task, by: who, timestamp: now)), after: random.below(15_000))
    }

    // MARK: Talk

    private func hear(_ message: NegotiationMessage) {
        guard let request = requests[message.task] else { return }
        if message.receiver == request.requester {
            answer(message, request)
        } else if message.sender == request.requester {
            haggle(message, request)
        }
        if random.happens(10) {
            var stranger = message
            stranger.sender = "stranger"
            send(.negotiation(stranger), after: 10)
        }
    }

    /// The requester's part.
    private func answer(_ message: NegotiationMessage, _ request: TaskRequest) {
        guard let offer = message.offer else { return }
        var answer = NegotiationMessage(
            request.task, from: request.requester, to: message.sender, round: message.round, offer: offer,
            timestamp: now)
        switch random.below(100) {
        case 0..<45: answer.approved = true
        case 45..<85: answer.offer = offer.isFinite ? (offer * 80).rounded() / 100 : 50
        case 85..<92: answer.offer = nil
        case 92..<95:
            // Agrees to what nobody offered.
            answer.approved = true
            answer.offer = offer + 1
        default: return
        }
        send(.negotiation(answer), after: random.below(800))
    }

    /// The provider's part.
    private func haggle(_ message: NegotiationMessage, _ request: TaskRequest) {
        let provider = message.receiver
        if message.approved { return accept(request.task, provider, message.offer, after: random.below(800)) }
        guard let counter = message.offer else { return }
        switch random.below(100) {
        case 0..<35:
            let agreed = NegotiationMessage(
                request.task, from: provider, to: request.requester, round: message.round + 1, offer: counter,
                approved: true, timestamp: now)
            send(.negotiation(agreed), after: random.below(800))
        case 35..<75: offer(request, provider, round: message.round + 1, after: random.below(800))
        case 75..<85: accept(request.task, provider, counter, after: random.below(800))
        // Takes its own price, to which nobody agreed.
        case 85..<92: accept(request.task, provider, counter + 10, after: random.below(800))
        default:
            let enough = NegotiationMessage(
                request.task, from: provider, to: request.requester, round: message.round + 1, offer: nil,
                timestamp: now)
            send(.negotiation(enough), after: random.below(800))
        }
    }

    // MARK: Executors

    func react(to notice: WorkNotice) {
        let order = notice.order
        switch notice.news {
        case .open: for number in 0..<3 where random.happens(700) { claim(order, "worker-\(number)") }
        case .granted(let executor, _):
            // An original one knows no grants.
            if !executor.hasPrefix("python") { work(order, executor) }
        case .closed: break
        }
    }

    private func claim(_ order: WorkOrder, _ executor: String) {
        if random.happens(150) {
            let python = "python-\(executor)"
            let delay = random.below(500)
            let running = TaskResponse(order.task, responder: python, .running, timestamp: now)
            send(.response(running), after: delay)
            let end: MarketStatus = random.happens(850) ? .completed : .failed
            let done = TaskResponse(
                order.task, responder: python, end, message: "python says so", timestamp: now + 5_000)
            if random.happens(900) { send(.response(done), after: delay + 500 + random.below(9_000)) }
        } else {
            let epoch = random.happens(20) ? order.epoch + random.below(3) - 1 : order.epoch
            let command = MarketCommand(.claim, order.task, by: executor, epoch: epoch, timestamp: now)
            send(.command(command), after: random.below(500))
        }
    }

    private func work(_ order: WorkOrder, _ executor: String) {
        let duration = 200 + random.below(random.happens(100) ? 30_000 : 5_000)
        // Some fall silent in the midst of it, and a few of those come back much later.
        let isLost = random.happens(120)
        let silent = isLost ? random.below(duration) : duration
        for moment in stride(from: 1_000, to: silent, by: 1_000) where random.happens(900) {
            command(.renew, order, executor, after: moment)
        }
        if isLost, !random.happens(300) { return }
        let end = isLost ? duration + 10_000 : duration
        switch random.below(100) {
        case 0..<85: command(.complete(result: "done by \(executor)"), order, executor, after: end)
        case 85..<95: command(.fail(reason: "it broke", isRetryable: true), order, executor, after: end)
        default: command(.fail(reason: "it cannot be done", isRetryable: false), order, executor, after: end)
        }
    }

    private func command(_ action: MarketCommand.Action, _ order: WorkOrder, _ executor: String, after delay: Int) {
        let command = MarketCommand(
            action, order.task, by: executor, epoch: order.epoch, timestamp: now + Int64(delay))
        send(.command(command), after: delay)
    }
}
