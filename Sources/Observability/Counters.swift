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

    private let totals = Mutex<[Key: Int]>([:])

    /// No totals yet.
    public init() {}

    /// Adds `amounts` to the totals.
    public func add(_ amounts: [Key: Int]) {
        guard !amounts.isEmpty else { return }
        totals.withLock { $0.merge(amounts, uniquingKeysWith: +) }
    }

    /// All totals.
    public var snapshot: [Key: Int] { totals.withLock { $0 } }

    /// One total; 0 when nothing was counted.
    public subscript(_ name: String, step step: String = "", reason reason: String = "") -> Int {
        totals.withLock { $0[Key(name, step: step, reason: reason)] ?? 0 }
    }

    /// The sum of all totals called `name`, over steps and reasons.
    public func sum(_ name: String) -> Int {
        totals.withLock { totals in totals.reduce(0) { $1.key.name == name ? $0 + $1.value : $0 } }
    }
}
