public import ChatModels
public import StreamCore
import Synchronization

/// How many requests and tokens one credential may use in a minute, for all tasks of the process that share this.
///
/// Whoever wants to call reserves an estimate and is told when to start; what a call really used is settled after it. When
/// the provider says `Retry-After`, everybody waits that long, in the same order. Any thread may call.
public final class ModelRate: Sendable {
    /// What the provider allows.
    public struct Settings: Sendable {
        /// Requests in a minute; nil means any number.
        public var requestsPerMinute: Int?
        /// Tokens in a minute, read and written; nil means any number.
        public var tokensPerMinute: Int?
        /// How much may start at once after a quiet time, as a time's worth.
        public var burst: Duration
        /// How many instances share the credential: each takes its part of the limits; nil means one.
        public var instances: (@Sendable () -> Int)?

        /// Settings.
        public init(
            requestsPerMinute: Int? = nil, tokensPerMinute: Int? = nil, burst: Duration = .seconds(10),
            instances: (@Sendable () -> Int)? = nil
        ) {
            self.requestsPerMinute = requestsPerMinute
            self.tokensPerMinute = tokensPerMinute
            self.burst = burst
            self.instances = instances
        }
    }

    /// A place in the line.
    public struct Reservation: Sendable, Hashable {
        /// When the call may start, as far as was known when it was reserved.
        public let start: Timestamp
        /// How many tokens are reserved.
        public let tokens: Int
        /// How long all pauses together were when it was reserved.
        fileprivate let paused: Duration
    }

    fileprivate struct State {
        var requests: DebtBucket?
        var tokens: DebtBucket?
        var pause: (until: Timestamp, length: Duration)?
        var paused = Duration.zero
    }

    private let instances: (@Sendable () -> Int)?
    private let state: Mutex<State>

    /// Limits that nobody has used yet.
    public init(_ settings: Settings) {
        instances = settings.instances
        let share = Double(max(0, settings.burst.milliseconds)) / 60_000
        func bucket(_ limit: Int?) -> DebtBucket? {
            limit.map { DebtBucket(perMinute: Double(max(1, $0)), burst: Double($0) * share) }
        }
        state = Mutex(
            State(requests: bucket(settings.requestsPerMinute), tokens: bucket(settings.tokensPerMinute)))
    }

    private var share: Double { 1 / Double(max(1, instances?() ?? 1)) }

    /// Takes a place in the line, unless it would be after `latest`.
    ///
    /// - Parameters:
    ///   - tokens: how many the call will use, by estimate.
    ///   - now: the present moment.
    ///   - latest: when it is too late to start; nil means never.
    /// - Returns: the place.
    /// - Throws: `ChatModelError` with the code `limited` and when to come again.
    public func reserve(
        _ tokens: Int, now: Timestamp, latest: Timestamp? = nil
    ) throws(ChatModelError) -> Reservation {
        let share = share
        let start: (at: Timestamp, paused: Duration, isTaken: Bool) = state.withLock { state in
            let begin = max(now, state.pauseEnd(now))
            var start = state.requests?.start(of: 1, begin, share: share) ?? begin
            start = max(start, state.tokens?.start(of: Double(tokens), begin, share: share) ?? begin)
            if let latest, start > latest { return (start, state.paused, false) }
            state.requests?.take(1)
            state.tokens?.take(Double(tokens))
            return (start, state.paused, true)
        }
        guard start.isTaken else {
            throw ChatModelError(
                .limited, "the limits would let the call start in \(start.at - now), after its deadline",
                retryAfter: start.at - now)
        }
        return Reservation(start: start.at, tokens: tokens, paused: start.paused)
    }

    /// When the call may start; later than reserved when the provider has asked for a pause since.
    public func start(of reservation: Reservation) -> Timestamp {
        reservation.start + (state.withLock { $0.paused } - reservation.paused)
    }

    /// Takes note of what a call really used.
    public func settle(_ reservation: Reservation, used tokens: Int) {
        state.withLock { $0.tokens?.settle(taken: Double(reservation.tokens), used: Double(max(0, tokens))) }
    }

    /// Gives a place back: the call was not made.
    public func cancel(_ reservation: Reservation) {
        state.withLock { state in
            state.requests?.settle(taken: 1, used: 0)
            state.tokens?.settle(taken: Double(reservation.tokens), used: 0)
        }
    }

    /// Lets nobody start for `duration`: the provider asked for it.
    public func pause(for duration: Duration, now: Timestamp) {
        let share = share
        state.withLock { state in
            let known = state.pauseEnd(now)
            let end = now + duration
            guard end > known else { return }
            state.paused += end - max(now, known)
            state.pause = (end, duration)
            state.requests?.pause(until: end, now: now, share: share, rest: 1)
            state.tokens?.pause(until: end, now: now, share: share, rest: .infinity)
        }
    }

    /// Until when the provider wants nobody to call; nil when it does not.
    public func pausedUntil(now: Timestamp) -> Timestamp? {
        let end = state.withLock { $0.pauseEnd(now) }
        return end > now ? end : nil
    }
}

extension ModelRate.State {
    /// The end of the pause; a clock that was set back must not make it longer than it was meant to be.
    fileprivate mutating func pauseEnd(_ now: Timestamp) -> Timestamp {
        guard let pause else { return now }
        if pause.until - now > pause.length { self.pause = (now + pause.length, pause.length) }
        return self.pause?.until ?? now
    }
}
