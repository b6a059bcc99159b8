/// How an agent behind topics is asked.
public struct RemoteAskOptions: Sendable {
    /// Timeout, requests under way, capacity, tries, rate limit, breaker: as for agents in the process.
    ///
    /// `delivery` counts for nothing: a request is sent by the transaction that journals it.
    public var ask: AskOptions
    /// Whether at most one request of a key is under way and outcomes come in the order of their key's requests.
    ///
    /// Otherwise any number is, and outcomes come as the replies do.
    public var isOrdered: Bool
    /// After how long without a reply a request is sent again, with the same id, as often as `ask.retry.attempts` allows.
    ///
    /// Nil never does: a request that is committed is in the log and a server that commits loses none. For services that
    /// may lose some, and that know an id they have seen.
    public var resendAfter: Duration?

    /// Options; one try and 256 requests under way unless `ask` says otherwise.
    public init(
        ask: AskOptions = AskOptions(inFlight: 256, retry: .never), isOrdered: Bool = true,
        resendAfter: Duration? = nil
    ) {
        self.ask = ask
        self.isOrdered = isOrdered
        self.resendAfter = resendAfter
    }

    /// What is wrong with these options, in words; nil when nothing is.
    var mistake: String? {
        if let resendAfter {
            if resendAfter.milliseconds < 1 { return "'resendAfter' must be at least a millisecond" }
            if ask.retry.attempts < 2 { return "'resendAfter' needs 'ask.retry.attempts' of at least 2" }
        }
        return ask.mistake
    }

    func with(_ timeout: Duration?, _ inFlight: Int?) -> RemoteAskOptions {
        var options = self
        options.ask.timeout = timeout ?? ask.timeout
        options.ask.inFlight = inFlight ?? ask.inFlight
        options.ask.capacity = max(ask.capacity, options.ask.inFlight)
        return options
    }
}
