import Console
import JSON
import Workflows

/// Customers submit claims as Aika's messages; a saga checks the policy, assesses the risk and reserves the money, or undoes it.
@main struct InsuranceIntake: StreamApplication {
    static let requests = Topic.envelopes("customer-requests")
    static let policyEvents = Topic("policy-events", key: .string, value: .json(EventMessage<Policy.Event>.self))
    static let fundEvents = Topic("fund-events", key: .string, value: .json(EventMessage<Fund.Event>.self))

    var summary: String { "takes insurance claims in: agents, aggregates, a projection and a saga" }

    var commands: [Command] { ClaimGenerator.commands }

    var topology: StreamTopology { get throws { try Self.topology() } }

    static func topology(assessor: RiskAssessor = RiskAssessor()) throws -> StreamTopology {
        try StreamTopology("insurance") {
            let desk = requests.stream().byConversation(named: "by-conversation").handle(named: "desk") { clerk }
            desk.audit.to(AikaTopics.audit)
            desk.sent.map(named: "by-sender") { ($0.value.source as String?, $0.value) }.to(AikaTopics.commands)

            let policies = Policy.orders.aggregate(named: "policies", store: "policies", Policy.rules)
            policies.events.to(policyEvents)

            let funds = Fund.orders.aggregate(named: "funds", store: "funds", Fund.rules)
            funds.events.to(fundEvents)
            funds.events.project(named: "fund-view", store: "fund-view", initial: FundView()) { view, event, _ in
                view.show(event.event)
            }.changes().forEach(named: "fund-view-end") { _ in }

            let intake = files(desk).saga(named: "intake", options: SagaOptions(deadline: .minutes(5))) {
                policyStep
                step("assess-risk", timeout: .seconds(10)) { claim, _ in claim.risk = try assessor.assess(claim.form) }
                fundStep
            }
            intake
            intake.outcomes.map(named: "notify") { (nil, notification($0)) }.to(AikaTopics.notifications)
        }
    }

    /// Looks at what customers write; large claims and those of injured people go first.
    private static var clerk: EnvelopeAgent {
        EnvelopeAgent("clerk") {
            on("CLAIM_SUBMITTED", as: ClaimForm.self) { form, context in
                guard form.amount > 0 else { throw AgentError("amount", "a claim must be about more than nothing") }
                let isUrgent = form.amount >= 5_000 || form.text.contains("injured")
                let claim = Claim(form: form, customer: context.envelope.source)
                try context.send("FILE_CLAIM", to: "intake", claim, priority: isUrgent ? .high : .normal)
            }
        }
    }

    /// The claims that the desk files, under their numbers.
    private static func files(_ desk: EnvelopeDesk) -> KStream<String, Claim> {
        desk.sent.map(named: "by-claim") { record in
            let claim = try record.value.payload(as: Claim.self)
            return (claim.form.claim, claim)
        }
    }

    private static var policyStep: SagaStep<Claim> {
        step(
            "check-policy", via: Policy.orders, timeout: .seconds(30), to: { Bytes($1.command.policy) },
            command: { claim, saga in order(claim, saga, .draw(amount: claim.form.amount)) },
            reply: { _, outcome in
                if let refusal = outcome.rejection { throw SagaRefusal(refusal.rawValue) }
            },
            compensate: { claim, saga in order(claim, saga, .restore(key: claim.form.claim)) })
    }

    private static var fundStep: SagaStep<Claim> {
        step(
            "reserve-funds", via: Fund.orders, timeout: .seconds(30), to: { Bytes($1.command.fund) },
            command: { claim, saga in order(claim, saga, .reserve(amount: claim.form.amount)) },
            reply: { claim, outcome in
                if let refusal = outcome.rejection { throw SagaRefusal(refusal.rawValue) }
                claim.reserved = claim.form.amount
            },
            compensate: { claim, saga in order(claim, saga, .release(key: claim.form.claim)) },
            compensated: { claim, _ in claim.reserved = 0 })
    }

    private static func order(
        _ claim: Claim, _ saga: SagaContext, _ command: Policy.Command
    ) -> CommandMessage<Policy.Order> {
        CommandMessage(
            id: saga.idempotencyKey,
            Policy.Order(policy: claim.form.policy, key: claim.form.claim, command: command))
    }

    private static func order(
        _ claim: Claim, _ saga: SagaContext, _ command: Fund.Command
    ) -> CommandMessage<Fund.Order> {
        CommandMessage(
            id: saga.idempotencyKey, Fund.Order(fund: claim.fund, key: claim.form.claim, command: command))
    }

    /// What the customer is told.
    private static func notification(_ record: Record<String, SagaRecord<Claim>>) -> Envelope {
        let (claim, saga) = (record.value.state, record.value)
        let payload: JSONValue = [
            "claim": .string(claim.form.claim), "status": .string(saga.status.rawValue),
            "reserved": .integer(Int64(claim.reserved ?? 0)),
            "reason": .string(saga.progress.failure?.message ?? ""),
        ]
        return Envelope(
            type: saga.status == .completed ? "CLAIM_ACCEPTED" : "CLAIM_DECLINED", from: "claims", to: claim.customer,
            payload: payload, metadata: EnvelopeMetadata(conversation: claim.form.claim),
            at: EnvelopeTime(saga.progress.endedAt ?? saga.startedAt),
            idempotencyKey: "insurance/\(claim.form.claim)/\(saga.status.rawValue)")
    }
}
