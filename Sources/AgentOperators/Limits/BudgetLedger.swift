public import StreamCore
import Synchronization

/// Who has spent how much, for all tasks of the process that share this; any thread may call.
///
/// A call reserves an estimate, so that many calls at once do not overdraw a budget by all of theirs, and settles what it
/// really used. Calls go on as long as anything is left, so the last one may overdraw by what it uses: tokens are counted
/// after the fact.
///
/// What was spent outlives the process when somebody keeps it: ``changes()`` gives what is new as small entries, to be
/// written to a compacted topic or a store under ``BudgetEntry/key``; ``merge(_:)`` takes entries back, in any order, as often
/// as one likes. Each instance counts under its own `writer`, so that those of several add up.
public final class BudgetLedger: Sendable {
    /// Something that somebody should know.
    public struct Warning: Sendable, Hashable {
        /// Who spends.
        public let account: String
        /// The budget.
        public let budget: Budget
        /// What was spent in the window.
        public let spent: Spending
        /// Whether it is used up; otherwise the share to warn at is reached.
        public let isExhausted: Bool
    }

    /// An account's budget and the window that a call belongs to.
    struct Part: Sendable, Hashable {
        let account: String
        let budget: Budget
        let start: Timestamp

        var family: Family { Family(account: account, budget: budget.name, window: budget.window) }
    }

    /// What is set aside for a call.
    struct Reservation: Sendable, Hashable {
        let accounts: [String]
        let spending: Spending
        let parts: [Part]
    }

    /// Whether a call may be made.
    enum Verdict {
        case granted(Reservation)
        /// A budget is used up; until when, unless for ever.
        case exhausted(account: String, Budget, retryAfter: Duration?)
    }

    /// The name under which this instance counts.
    public let writer: String
    private let budgets: @Sendable (String) -> [Budget]
    private let onWarning: @Sendable (Warning) -> Void
    private let state = Mutex(State())

    /// A ledger without entries.
    ///
    /// - Parameters:
    ///   - writer: names this instance among those whose entries are merged; the same after a restart if entries are merged
    ///     before the first call, else another.
    ///   - onWarning: is told once for each budget and window when the share to warn at is reached, and when all is spent.
    ///   - budgets: the budgets of an account; asked at every call.
    public init(
        writer: String, onWarning: @escaping @Sendable (Warning) -> Void = { _ in },
        budgets: @escaping @Sendable (_ account: String) -> [Budget]
    ) {
        self.writer = writer
        self.onWarning = onWarning
        self.budgets = budgets
    }

    /// What the window around `now` has seen of an account's budget, by all writers known here.
    public func spent(_ account: String, _ budget: Budget, now: Timestamp) -> Spending {
        state.withLock { $0.spent(account, budget, window: budget.window.start(now)) }
    }

    /// Takes entries that were kept or that other instances have; repeated and older ones change nothing.
    public func merge(_ entries: some Sequence<BudgetEntry>) {
        state.withLock { state in
            for entry in entries { state.merge(entry) }
        }
    }

    /// This instance's entries that have changed since the last call, to be kept.
    public func changes() -> [BudgetEntry] {
        state.withLock { $0.takeChanges(of: writer) }.sorted { $0.key < $1.key }
    }

    /// All entries of windows that are not over.
    public func entries(now: Timestamp) -> [BudgetEntry] {
        state.withLock { state in
            state.forget(now)
            return state.families.values.flatMap(\.values)
        }.sorted { $0.key < $1.key }
    }

    // MARK: Calls

    private func parts(_ accounts: [String], _ now: Timestamp) -> [Part] {
        var seen: Set<String> = []
        return accounts.filter { seen.insert($0).inserted }.flatMap { account in
            budgets(account).map { Part(account: account, budget: $0, start: $0.window.start(now)) }
        }
    }

    /// Whether a budget of `accounts` counts money, so that prices are needed.
    func countsCost(_ accounts: [String]) -> Bool {
        accounts.contains { budgets($0).contains(where: \.countsCost) }
    }

    /// Sets an estimate aside for a call that `accounts` pay for, when all their budgets have something left.
    func reserve(_ accounts: [String], _ estimate: Spending, now: Timestamp) -> Verdict {
        let parts = parts(accounts, now)
        let reservation = Reservation(accounts: Array(Set(accounts)), spending: estimate, parts: parts)
        return state.withLock { state in
            let empty = parts.filter { part in
                let spent = state.spent(part.account, part.budget, window: part.start)
                return part.budget.units(of: spent + state.reserved(by: part.account)) >= part.budget.units
            }
            guard let worst = empty.first(where: { $0.budget.onExhaustion == .stop }) ?? empty.first else {
                state.reserve(reservation)
                return .granted(reservation)
            }
            let end = worst.budget.window.length.map { worst.start + $0 - now }
            return .exhausted(account: worst.account, worst.budget, retryAfter: end)
        }
    }

    /// Sets an estimate aside whatever is left: for the fallback of a budget that is used up.
    func reserveAnyway(_ accounts: [String], _ estimate: Spending, now: Timestamp) -> Reservation {
        let reservation = Reservation(
            accounts: Array(Set(accounts)), spending: estimate, parts: parts(accounts, now))
        state.withLock { $0.reserve(reservation) }
        return reservation
    }

    /// Takes note of what a call really used, in the window in which it was reserved.
    func settle(_ reservation: Reservation, _ spending: Spending) {
        let warnings = state.withLock { state -> [Warning] in
            state.release(reservation)
            guard spending != Spending() else { return [] }
            return reservation.parts.compactMap { part in
                state.add(spending, part, writer: writer)
                return state.warning(part)
            }
        }
        for warning in warnings { onWarning(warning) }
    }
}
