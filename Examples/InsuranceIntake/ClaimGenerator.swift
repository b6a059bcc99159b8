import Console
import JSON
import Workflows

/// Makes the input: policies, and claims that go well and that do not.
enum ClaimGenerator {
    private static let count = Parameter.option(
        "count", ValueFormat<Int>.integer(1...1_000_000), default: 12, help: "how many claims")

    /// `InsuranceIntake policies` and `InsuranceIntake claims`.
    static var commands: [Command] {
        [
            Command(
                "policies", summary: "print commands that open policies, a JSON object a line",
                examples: [Command.Example("policies > policies.jsonl", "the input of topic policy-commands")]
            ) { invocation in
                try invocation.output.write(policies)
            },
            Command(
                "claims", summary: "print claims as Aika's messages, a JSON object a line",
                examples: [Command.Example("claims --count 20 > claims.jsonl", "the input of topic customer-requests")],
                options: [count]
            ) { invocation in
                let count = try invocation[Self.count]
                for number in 1...count { try invocation.output.write(claim(number).bytes().description + "\n") }
            },
        ]
    }

    /// One line for each policy: what a `CommandMessage<Policy.Order>` is on the wire, and the policy as field for the key.
    static var policies: String {
        (0..<6).map { number in
            let policy = "\(number % 2 == 0 ? "M" : "H")-\(100 + number)"
            let open: JSONValue = [
                "id": .string("open-\(policy)"), "policy": .string(policy),
                "command": [
                    "policy": .string(policy), "key": .string("open-\(policy)"),
                    "command": ["open": ["limit": .integer(Int64(8_000 + number * 1_000))]],
                ],
            ]
            return open.text + "\n"
        }.joined()
    }

    /// Claim number `number`, the same at every call.
    static func claim(_ number: Int) -> Envelope {
        let texts = [
            "hail on the bonnet", "water in the cellar", "rear-end collision, driver injured", "bicycle stolen",
            "it burned again, lost receipt, pay in cash",
        ]
        // Every seventh names a policy that nobody has.
        let policy = number % 7 == 0 ? "X-1" : "\(number % 2 == 0 ? "M" : "H")-\(100 + number % 6)"
        let amount = 400 + number * 1_373 % 6_000
        let payload: JSONValue = [
            "claim": .string("C-\(number)"), "policy": .string(policy), "amount": .integer(Int64(amount)),
            "text": .string(texts[number % texts.count]),
        ]
        return Envelope(
            type: "CLAIM_SUBMITTED", from: "customer-\(number % 4)", to: "clerk", payload: payload,
            metadata: EnvelopeMetadata(conversation: "C-\(number)"),
            at: EnvelopeTime(microseconds: 1_751_796_000_000_000 + Int64(number) * 60_000_000),
            idempotencyKey: "insurance/claim/\(number)")
    }
}
