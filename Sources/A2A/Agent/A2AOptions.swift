public import AgentOperators
import StreamCore

/// What an agent's answers are.
public enum A2AAnswers: Sendable, Hashable {
    /// Tasks, which are there before the handler begins. The default.
    case tasks
    /// Messages; no message makes a task.
    case messages
}

/// How an agent works.
public struct A2AOptions: Sendable {
    /// What its answers are.
    public var answers: A2AAnswers
    /// How handlers run: how long (`timeout`), how many (`inFlight`), how often (`retry`).
    public var handling: AskOptions
    /// How many partitions its topics get when they are made.
    public var partitions: Int32
    /// How long a task is kept after its last change.
    public var tasksKept: Duration
    /// How many of a task's events can be replayed.
    public var eventsKept: Int
    /// How long a message is known again by its id and content.
    public var messagesKept: Duration
    /// The card that clients get by `GetExtendedAgentCard`.
    public var extendedCard: A2AAgentCard?
    /// How push notifications are posted: tries, waits, timeouts.
    public var pushing: A2APushOptions

    /// Options.
    public init(
        answers: A2AAnswers = .tasks, handling: AskOptions = AskOptions(timeout: .seconds(300)),
        partitions: Int32 = 4, tasksKept: Duration = .seconds(7 * 86_400), eventsKept: Int = 10_000,
        messagesKept: Duration = .seconds(86_400), extendedCard: A2AAgentCard? = nil,
        pushing: A2APushOptions = A2APushOptions()
    ) {
        self.answers = answers
        self.handling = handling
        self.partitions = partitions
        self.tasksKept = tasksKept
        self.eventsKept = eventsKept
        self.messagesKept = messagesKept
        self.extendedCard = extendedCard
        self.pushing = pushing
    }

    /// What is wrong with them, in words; nil when nothing is.
    var mistake: String? {
        if partitions < 1 { return "'partitions' must be at least 1" }
        if eventsKept < 1 { return "'eventsKept' must be at least 1" }
        if tasksKept <= .zero || messagesKept <= .zero { return "'tasksKept' and 'messagesKept' must be above 0" }
        return nil
    }
}
