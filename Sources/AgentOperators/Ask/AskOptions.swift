import StreamCore

/// How requests are made: how many, how long, how often, how fast.
public struct AskOptions: Sendable {
    /// When a call may start.
    public enum Delivery: Sendable, Hashable {
        /// After the commit that holds the request; again after a crash. The default.
        case atLeastOnce
        /// At once; again after a crash, even one that undid the request. For calls without side effects.
        case eager
        /// After the commit of a mark that it started; a call that a crash interrupted is not made again but reported as
        /// ``AgentFailure/Code/interrupted``.
        case atMostOnce
    }

    /// How long a request may take from arrival to answer, tries and waits included.
    public var timeout: Duration
    /// How many calls run at once, for each task.
    public var inFlight: Int
    /// How many requests a task keeps; then the inputs that feed the step are not read.
    public var capacity: Int
    /// How many bytes of requests a task keeps; then the inputs that feed the step are not read.
    public var capacityBytes: Int
    /// How failed calls are tried again.
    public var retry: RetryPolicy
    /// When a call may start.
    public var delivery: Delivery
    /// How many calls may start in a time, for all tasks of the process together; nil means any number.
    public var rateLimit: RateLimit?
    /// When calls stop because the target fails, for all tasks of the process together; nil means never.
    public var breaker: CircuitBreaker.Settings?
    /// How far the clocks of two machines may differ: what a request of another instance gets on top of its deadline.
    public var maxClockSkew: Duration
    /// How what handlers do durably is kept and dealt with.
    public var steps: StepOptions
    /// Whether handlers ask people for approval.
    ///
    /// It takes two topics: `<application>-approvals`, where the questions are, and `<application>-<name>-control`, which
    /// takes the answers.
    public var takesApprovals: Bool

    /// Options.
    public init(
        timeout: Duration = .seconds(30), inFlight: Int = 16, capacity: Int = 1_000, capacityBytes: Int = 64 << 20,
        retry: RetryPolicy = RetryPolicy(), delivery: Delivery = .atLeastOnce, rateLimit: RateLimit? = nil,
        breaker: CircuitBreaker.Settings? = nil, maxClockSkew: Duration = .seconds(5),
        steps: StepOptions = StepOptions(), takesApprovals: Bool = false
    ) {
        self.timeout = timeout
        self.inFlight = inFlight
        self.capacity = capacity
        self.capacityBytes = capacityBytes
        self.retry = retry
        self.delivery = delivery
        self.rateLimit = rateLimit
        self.breaker = breaker
        self.maxClockSkew = maxClockSkew
        self.steps = steps
        self.takesApprovals = takesApprovals
    }

    /// What is wrong with these options, in words; nil when nothing is.
    var mistake: String? {
        if timeout.milliseconds < 1 { return "'timeout' must be at least a millisecond" }
        if inFlight < 1 { return "'inFlight' must be at least 1" }
        if capacity < inFlight { return "'capacity' (\(capacity)) must be at least 'inFlight' (\(inFlight))" }
        if capacityBytes < 1 { return "'capacityBytes' must be at least 1" }
        if retry.attempts < 1 { return "'retry.attempts' must be at least 1" }
        if retry.first < .zero || retry.longest < .zero { return "waits of 'retry' must not be negative" }
        if !(0...1).contains(retry.jitter) { return "'retry.jitter' must be between 0 and 1" }
        if maxClockSkew < .zero { return "'maxClockSkew' must not be negative" }
        if steps.parkedFor < .zero { return "'steps.parkedFor' must not be negative" }
        return rateLimit?.mistake ?? breaker?.mistake
    }
}

/// How what handlers do durably is kept and dealt with.
public struct StepOptions: Sendable {
    /// Names the handler's code; change it when the handler asks for other steps, or in another order.
    public var version: String
    /// What becomes of requests whose journal another version of the handler wrote, or goes on otherwise than the handler.
    public var changedCode: StepChangePolicy
    /// How long a handler that only waits for something outside is kept in memory; then the answer runs it again.
    public var parkedFor: Duration

    /// Options.
    public init(
        version: String = "", changedCode: StepChangePolicy = .finish, parkedFor: Duration = .seconds(5)
    ) {
        self.version = version
        self.changedCode = changedCode
        self.parkedFor = parkedFor
    }
}

/// What becomes of a request whose journal another version of the handler wrote.
public enum StepChangePolicy: String, Sendable, Hashable, Codable {
    /// It is finished by the present code: steps that are found by their names are used, others are done.
    case finish
    /// Its outcome is ``AgentFailure/Code/changed``.
    ///
    /// For handlers that ask their context in one order: branches that run at once ask in another order when they are run
    /// again, which looks like changed code.
    case fail
}

/// How a failed call is tried again: exponential backoff with jitter.
public struct RetryPolicy: Sendable, Hashable {
    /// How often a call is made in all, at most.
    public var attempts: Int
    /// How long the first wait is.
    public var first: Duration
    /// How long a wait is at most.
    public var longest: Duration
    /// How much waits vary: 0.5 means between half and all of the computed wait.
    public var jitter: Double

    /// A policy.
    public init(
        attempts: Int = 3, first: Duration = .milliseconds(200), longest: Duration = .seconds(20), jitter: Double = 0.5
    ) {
        self.attempts = attempts
        self.first = first
        self.longest = longest
        self.jitter = jitter
    }

    /// One try only.
    public static let never = RetryPolicy(attempts: 1)

    /// Beyond any deadline, and still a whole number of milliseconds.
    private static let limit = 1e15

    /// The wait after try number `attempt` (from 1), where `random` is between 0 and 1.
    func pause(after attempt: Int, random: Double) -> Duration {
        let doubled = Double(first.milliseconds) * Double(1 << min(max(0, attempt - 1), 30))
        let full = min(doubled, Double(longest.milliseconds), Self.limit)
        return .milliseconds(Int64(full * (1 - jitter * random)))
    }
}
