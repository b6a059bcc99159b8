public import StreamCore
import Synchronization

/// Stops calls to a target that fails, and lets one through now and then to see whether it has recovered.
///
/// Requests wait meanwhile, as long as their deadlines allow. Any thread may call.
public final class CircuitBreaker: Sendable {
    /// When it opens and for how long.
    public struct Settings: Sendable, Hashable {
        /// How many failures in a row open it.
        public var failures: Int
        /// How long it stays open before one call is let through.
        public var pause: Duration

        /// Settings.
        public init(failures: Int = 5, pause: Duration = .seconds(10)) {
            self.failures = failures
            self.pause = pause
        }

        var mistake: String? {
            failures < 1 || pause.milliseconds < 1
                ? "a breaker needs at least one failure to open and a pause of at least a millisecond" : nil
        }
    }

    /// What it lets through.
    public enum State: Sendable, Hashable {
        /// All calls; so many have failed in a row.
        case closed(failures: Int)
        /// No calls before the moment.
        case open(until: Timestamp)
        /// One call, which decides.
        case halfOpen
    }

    private let settings: Settings
    private let current = Mutex(State.closed(failures: 0))

    /// A closed breaker.
    public init(_ settings: Settings) { self.settings = settings }

    /// What it lets through now.
    public var state: State { current.withLock { $0 } }

    /// Asks to make a call; returns nil when it may be made, else when to ask again.
    func admit(now: Timestamp) -> Timestamp? {
        current.withLock { state in
            switch state {
            case .closed: return nil
            case .halfOpen: return now + settings.pause
            case .open(let until):
                guard now >= until else {
                    // A clock that was set back must not keep it open for longer than it was meant to be.
                    let until = min(until, now + settings.pause)
                    state = .open(until: until)
                    return until
                }
                state = .halfOpen
                return nil
            }
        }
    }

    /// Notes how a call went.
    func note(success: Bool, now: Timestamp) {
        current.withLock { state in
            switch (state, success) {
            case (.closed, true), (.halfOpen, true): state = .closed(failures: 0)
            case (.closed(let failures), false):
                state =
                    failures + 1 >= settings.failures
                    ? .open(until: now + settings.pause) : .closed(failures: failures + 1)
            case (.halfOpen, false): state = .open(until: now + settings.pause)
            case (.open, _): break
            }
        }
    }

    /// Gives back an admission that came to nothing: neither success nor failure.
    func withdraw(now: Timestamp) {
        current.withLock { state in
            if state == .halfOpen { state = .open(until: now) }
        }
    }
}
