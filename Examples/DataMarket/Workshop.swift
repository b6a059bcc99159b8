import AgentOperators
import TaskMarket

/// Where the work is done.
enum Workshop {
    /// Takes a moment for each word of the task.
    ///
    /// - Throws: ``AgentError`` for what cannot be done.
    static func work(on order: WorkOrder) async throws -> String {
        let words = order.description.split(separator: " ").count
        try await Task.sleep(for: .milliseconds(20 * words))
        if order.description.contains("perpetual motion") {
            throw AgentError("impossible", "physics forbids it", isRetryable: false)
        }
        return "\(words) words about '\(order.description)'"
    }
}
