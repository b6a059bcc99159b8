public import StreamCore

/// What holds for every task of a market: how long, how often, how many.
public struct MarketRules: Sendable, Hashable {
    /// How long after a request its price may be talked about.
    public var bidding: Duration
    /// How long after a request everything must be over.
    public var lifetime: Duration
    /// How many offers a provider may make for a task, the first included.
    public var rounds: Int
    /// How many providers may talk about one task.
    public var bids: Int
    /// How many providers there are, if that is known: when so many have declined the task is rejected at once.
    public var providers: Int?
    /// How long a claim holds without being renewed.
    public var lease: Duration
    /// How long the claim of an original executor holds, which knows no renewal.
    public var wireLease: Duration
    /// How often a task may be claimed in all.
    public var attempts: Int
    /// How long a task waits after a failed try before it is open again.
    public var retryPause: Duration
    /// How long messages for a task that is not known yet are kept.
    public var earlyMessages: Duration
    /// How long a task is remembered after its last change, in stream time.
    public var retention: Duration

    /// Rules.
    public init(
        bidding: Duration = .minutes(5), lifetime: Duration = .hours(1), rounds: Int = 5, bids: Int = 64,
        providers: Int? = nil, lease: Duration = .seconds(30), wireLease: Duration = .minutes(5), attempts: Int = 3,
        retryPause: Duration = .seconds(1), earlyMessages: Duration = .minutes(5), retention: Duration = .days(7)
    ) {
        self.bidding = bidding
        self.lifetime = lifetime
        self.rounds = rounds
        self.bids = bids
        self.providers = providers
        self.lease = lease
        self.wireLease = wireLease
        self.attempts = attempts
        self.retryPause = retryPause
        self.earlyMessages = earlyMessages
        self.retention = retention
    }

    /// What is wrong with them, in words; nil when nothing is.
    var mistake: String? {
        for (name, duration) in [
            ("bidding", bidding), ("lifetime", lifetime), ("lease", lease), ("wireLease", wireLease),
            ("earlyMessages", earlyMessages), ("retention", retention),
        ] where duration.milliseconds < 1 {
            return "'\(name)' must be at least a millisecond"
        }
        if retryPause < .zero { return "'retryPause' must not be negative" }
        if rounds < 1 || bids < 1 || attempts < 1 { return "'rounds', 'bids' and 'attempts' must be at least 1" }
        if let providers, providers < 1 { return "'providers' must be at least 1, or nil" }
        if retention < lifetime { return "'retention' must not be shorter than 'lifetime'" }
        return nil
    }
}
