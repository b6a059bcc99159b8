import AgentOperators
import ChatModels
import StreamDSL

/// Which model answers.
enum SupportModel {
    /// The one that the environment names, within limits; else rules, which need no network.
    static func chosen() throws -> any ChatModel {
        guard let settings = try OpenAISettings.from() else { return RuleModel() }
        let endpoint = OpenAIEndpoint(settings.baseURL, key: settings.key)
        let day = Budget("daily", .tokens(100_000), per: .day)
        return LimitedChatModel(
            OpenAIChatModel(settings.model, at: endpoint),
            LimitedChatModel.Limits(
                bulkhead: Bulkhead(maxConcurrent: 32),
                rate: ModelRate(.init(requestsPerMinute: settings.requestsPerMinute)),
                breaker: CircuitBreaker(.init()), budgets: BudgetLedger(writer: "this-process") { _ in [day] },
                retry: RetryPolicy(attempts: 3)))
    }
}
