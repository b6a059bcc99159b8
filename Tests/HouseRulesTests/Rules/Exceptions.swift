/// A place that may break a rule, and why; the only list of its kind.
struct RuleException {
    let path: String
    let word: String
    let reason: String

    /// Every exception that stands; one that nothing needs any more is a breach itself.
    static let all: [RuleException] = []
}
