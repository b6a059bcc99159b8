import Synchronization

/// Named running totals that any thread may read: what the runtime counts about itself.
///
/// Tasks count in plain integers of their own and add them here at each commit, so that no lock is on the record path.
public final class Counters: Sendable {
    /// What is counted: a name and what it is about.
    public struct Key: Hashable, Sendable, Comparable {
        /// The metric, for example `records_dropped`.
        public let name: String
        /// The step it is about; empty for the whole application.
        public let step: String
        /// Why, where there are several ways; else empty.
        public let reason: String

        /// A key.
        public init(_ name: String, step: String = "", reason: String = "") {
            self.name = name
            self.step = step
            self.reason = reason
        }

        /// Orders by name, then by step, then by reason.
        public static func < (left: Key, right: Key) -> Bool {
            (left.name, left.step, left.reason) < (right.name, right.step, right.reason)
        }
    }

    /// How many totals one name may have; what comes beyond is added up under the reason `other`.
    public static let seriesLimit = 1_000

    private struct State {
        var totals: [Key: Int] = [:]
        var times: [Key: Histogram] = [:]
        var series: [String: Int] = [:]

        /// The key under which `key` is kept: a new one only while there is room for it.
        mutating func admit(_ key: Key, isKnown: Bool) -> Key {
            guard !isKnown else { return key }
            let count = series[key.name, default: 0]
            guard count < Counters.seriesLimit else { return Key(key.name, reason: "other") }
            series[key.name] = count + 1
            return key
        }
    }

    private let state = Mutex(State())

    /// No totals yet.
    public init() {}

    /// Adds `amounts` to the totals.
    public func add(_ amounts: [Key: Int]) {
        guard !amounts.isEmpty else { return }
        state.withLock { state in
            for (key, amount) in amounts {
                let place = state.admit(key, isKnown: state.totals[key] != nil)
                state.totals[place, default: 0] += amount
            }
        }
    }

    /// Adds how long things took.
    public func add(times: [Key: Histogram]) {
        guard !times.isEmpty else { return }
        state.withLock { state in
            for (key, histogram) in times {
                let place = state.admit(key, isKnown: state.times[key] != nil)
                state.times[place, default: Histogram()].add(histogram)
            }
        }
    }

    /// Adds that one thing took `duration`.
    public func record(_ name: String, step: String = "", reason: String = "", _ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        var histogram = Histogram()
        histogram.record(Double(seconds) + Double(attoseconds) / 1e18)
        add(times: [Key(name, step: step, reason: reason): histogram])
    }

    /// All totals.
    public var snapshot: [Key: Int] { state.withLock { $0.totals } }

    /// How long things took.
    public var times: [Key: Histogram] { state.withLock { $0.times } }

    /// One total; 0 when nothing was counted.
    public subscript(_ name: String, step step: String = "", reason reason: String = "") -> Int {
        state.withLock { $0.totals[Key(name, step: step, reason: reason)] ?? 0 }
    }

    /// The sum of all totals called `name`, over steps and reasons.
    public func sum(_ name: String) -> Int {
        state.withLock { state in state.totals.reduce(0) { $1.key.name == name ? $0 + $1.value : $0 } }
    }
}
