import Workflows

/// Says how doubtful a claim is: rules in place of a model.
struct RiskAssessor: Sendable {
    /// From here on a claim is declined.
    static let limit = 70

    /// The risk, 0 to 100; an error that says no for claims above the limit.
    func assess(_ form: ClaimForm) throws -> Int {
        var risk = min(50, form.amount / 200)
        for word in ["cash", "again", "lost receipt"] where form.text.contains(word) { risk += 30 }
        guard risk < Self.limit else { throw AgentError("risk", "a risk of \(risk), where \(Self.limit) is the limit") }
        return risk
    }
}
