public import StreamCore

/// What the market tells executors about a task: a record of `<market>-work`.
public struct WorkNotice: Sendable, Hashable, Codable {
    /// What it tells.
    public enum News: Sendable, Hashable, Codable {
        /// The task may be claimed.
        case open
        /// `executor` has it until `until`, and longer when it says so in time.
        case granted(executor: String, until: Timestamp)
        /// Whoever had it under this epoch or an earlier one has it no more.
        case closed
    }

    /// The version of this format: 1.
    public private(set) var format = 1
    /// What is to be done.
    public let order: WorkOrder
    /// What has become of it.
    public let news: News

    /// A notice.
    public init(_ news: News, _ order: WorkOrder) {
        self.order = order
        self.news = news
    }
}

/// A task as its executor sees it.
public struct WorkOrder: Sendable, Hashable, Codable {
    /// Names the task.
    public let task: String
    /// Which opening of the task this is, from 1: who does the work under an older one works in vain.
    public let epoch: Int
    /// Who wants it.
    public let requester: String
    /// Who was awarded it.
    public let provider: String
    /// What is to be done, in words.
    public let description: String
    /// What was agreed; nil when no price was spoken of.
    public let price: Double?
    /// How urgent it is, 1 (low) to 5 (high).
    public let priority: Int32
    /// When all must be over.
    public let deadline: Timestamp
}
