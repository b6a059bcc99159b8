import StreamCore

extension BudgetLedger {
    /// What is counted together: an account's budget over one kind of window.
    struct Family: Hashable, Sendable {
        let account: String
        let budget: String
        let window: Budget.Window
    }

    /// What is known, by all writers.
    struct State {
        private(set) var families: [Family: [String: BudgetEntry]] = [:]
        private var reserved: [String: Spending] = [:]
        private var changed: Set<Family> = []
        private var warned: [Family: (start: Timestamp, isExhausted: Bool)] = [:]
        /// How many families there may be before those of the past are looked for.
        private var limit = 1_000

        func spent(_ account: String, _ budget: Budget, window start: Timestamp) -> Spending {
            let writers = families[Family(account: account, budget: budget.name, window: budget.window)] ?? [:]
            return writers.values.reduce(Spending()) { $1.start == start ? $0 + $1.spent : $0 }
        }

        func reserved(by account: String) -> Spending { reserved[account] ?? Spending() }

        mutating func reserve(_ reservation: Reservation) {
            for account in reservation.accounts { reserved[account] = reserved(by: account) + reservation.spending }
        }

        mutating func release(_ reservation: Reservation) {
            for account in reservation.accounts {
                let rest = reserved(by: account) - reservation.spending
                reserved[account] = rest == Spending() ? nil : rest
            }
        }

        /// Counts what was spent; a window that is over counts no more.
        mutating func add(_ spending: Spending, _ part: Part, writer: String) {
            let family = part.family
            var entry =
                families[family]?[writer]
                ?? BudgetEntry(
                    account: part.account, budget: part.budget.name, window: part.budget.window, writer: writer,
                    start: part.start, spent: Spending())
            guard entry.start <= part.start else { return }
            if entry.start < part.start {
                entry = BudgetEntry(
                    account: entry.account, budget: entry.budget, window: entry.window, writer: writer,
                    start: part.start, spent: Spending())
            }
            entry.spent = entry.spent + spending
            families[family, default: [:]][writer] = entry
            changed.insert(family)
            if families.count > limit {
                forget(part.start)
                limit = max(1_000, families.count * 2)
            }
        }

        mutating func merge(_ entry: BudgetEntry) {
            let family = Family(account: entry.account, budget: entry.budget, window: entry.window)
            guard var known = families[family]?[entry.writer], known.start >= entry.start else {
                families[family, default: [:]][entry.writer] = entry
                return
            }
            guard known.start == entry.start else { return }
            known.spent = Spending(
                tokens: max(known.spent.tokens, entry.spent.tokens), cost: max(known.spent.cost, entry.spent.cost))
            families[family]?[entry.writer] = known
        }

        /// The step that the budget has newly reached, if any.
        mutating func warning(_ part: Part) -> Warning? {
            let spent = spent(part.account, part.budget, window: part.start)
            let used = part.budget.units(of: spent)
            let isExhausted = used >= part.budget.units
            guard isExhausted || used >= part.budget.units * part.budget.warnAt else { return nil }
            if let last = warned[part.family], last.start == part.start, last.isExhausted || !isExhausted { return nil }
            warned[part.family] = (part.start, isExhausted)
            return Warning(account: part.account, budget: part.budget, spent: spent, isExhausted: isExhausted)
        }

        mutating func takeChanges(of writer: String) -> [BudgetEntry] {
            defer { changed.removeAll() }
            return changed.compactMap { families[$0]?[writer] }
        }

        /// Drops the entries of windows that are over.
        mutating func forget(_ now: Timestamp) {
            for (family, writers) in families {
                let kept = writers.filter { _, entry in entry.end.map { now < $0 } ?? true }
                families[family] = kept.isEmpty ? nil : kept
                if kept.isEmpty { warned[family] = nil }
            }
        }
    }
}
