/// What a customer sends: the payload of `CLAIM_SUBMITTED`.
struct ClaimForm: Codable, Sendable {
    let claim: String
    let policy: String
    let amount: Int
    let text: String
}

/// A claim on its way through the house: the state of its saga.
struct Claim: Codable, Sendable {
    let form: ClaimForm
    /// Who is told how it ends.
    let customer: String
    /// The risk that the assessor sees, 0 to 100; nil before.
    var risk: Int?
    /// What is set aside for it; nil before, 0 after it was given back.
    var reserved: Int?

    /// Which fund pays: the letter that policies of a kind begin with.
    var fund: String { form.policy.hasPrefix("H") ? "home" : "motor" }
}
