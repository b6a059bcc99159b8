import JSON
package import StreamCore

/// Judges a market by its audit topic alone: parses the records itself, and knows the rules by itself.
///
/// It shares no code with the market: another table, another fold, written from the promises.
package struct MarketOracle: Sendable {
    /// What was promised, as far as numbers go.
    package struct Promises: Sendable {
        /// How many offers a provider may make.
        package var rounds: Int
        /// How often a task may be claimed.
        package var attempts: Int
        /// How late, in milliseconds, the end of a task may be noticed.
        package var slack: Int64

        /// Promises.
        package init(rounds: Int, attempts: Int, slack: Int64) {
            self.rounds = rounds
            self.attempts = attempts
            self.slack = slack
        }
    }

    private struct Ledger {
        var status = ""
        var sequence: Int64 = 0
        var time: Int64 = 0
        var deadline: Int64 = 0
        var born: Int64 = 0
        var proposed: Double?
        var awards = 0
        var claims = 0
        var epoch: Int64 = 0
        var executor: String?
        var leaseEnds: Int64 = 0
        var offers: [String: Int] = [:]
        /// What each provider may be awarded it for: agreed by the requester.
        var agreed: [String: Double?] = [:]
        var named: [String: Double] = [:]
        var causes: Set<String> = []
    }

    private static let follows: [String: [String: String]] = [
        "requested": ["": "PENDING"],
        "offered": ["PENDING": "NEGOTIATING", "NEGOTIATING": "NEGOTIATING"],
        "held": ["PENDING": "NEGOTIATING", "NEGOTIATING": "NEGOTIATING"],
        "countered": ["NEGOTIATING": "NEGOTIATING"],
        "approved": ["NEGOTIATING": "NEGOTIATING"],
        "declined": ["PENDING": "PENDING", "NEGOTIATING": "NEGOTIATING"],
        "awarded": ["PENDING": "ACCEPTED", "NEGOTIATING": "ACCEPTED"],
        "claimed": ["ACCEPTED": "RUNNING"],
        "renewed": ["RUNNING": "RUNNING"],
        "released": ["RUNNING": "ACCEPTED"],
        "reopened": ["ACCEPTED": "ACCEPTED"],
        "completed": ["RUNNING": "COMPLETED"],
        "failed": ["RUNNING": "FAILED"],
        "rejected": ["PENDING": "REJECTED", "NEGOTIATING": "REJECTED"],
        "expired": ["PENDING": "EXPIRED", "NEGOTIATING": "EXPIRED", "ACCEPTED": "EXPIRED", "RUNNING": "EXPIRED"],
        "cancelled": [
            "PENDING": "CANCELLED", "NEGOTIATING": "CANCELLED", "ACCEPTED": "CANCELLED", "RUNNING": "CANCELLED",
        ],
    ]
    private static let ends: Set<String> = ["COMPLETED", "FAILED", "REJECTED", "EXPIRED", "CANCELLED"]

    private let promises: Promises
    private var ledgers: [String: Ledger] = [:]
    /// What was broken, the first few.
    package private(set) var violations: [String] = []
    /// How many were broken.
    package private(set) var violationCount = 0
    /// How many events were read.
    package private(set) var events = 0
    /// The largest distance between a deadline and the event that noticed it, in milliseconds.
    package private(set) var latest: Int64 = 0

    /// An oracle.
    package init(_ promises: Promises) { self.promises = promises }

    /// How many tasks ended how.
    package var tally: [String: Int] { ledgers.values.reduce(into: [:]) { $0[$1.status, default: 0] += 1 } }

    /// How many tasks were awarded.
    package var awarded: Int { ledgers.values.count { $0.awards > 0 } }

    /// The names of all tasks.
    package var names: Set<String> { Set(ledgers.keys) }

    private mutating func broken(_ task: String, _ what: String) {
        violationCount += 1
        if violations.count < 20 { violations.append("task '\(task)': \(what)") }
    }

    /// Reads a record of the audit topic.
    package mutating func read(key: Bytes?, value: Bytes?) {
        events += 1
        guard let value, let json = try? JSONValue(parsing: value), let task = json["task"]?.stringValue,
            let sequence = json["sequence"]?.integerValue, let time = json["time"]?.integerValue,
            let to = json["to"]?.stringValue, let change = json["change"]?.members?.first,
            json["format"]?.integerValue == 1
        else { return broken(key?.utf8 ?? "", "a record of the audit cannot be read") }
        if key?.utf8 != task { broken(task, "its event has the key '\(key?.utf8 ?? "")'") }
        var ledger = ledgers[task] ?? Ledger()
        let from = json["from"]?.stringValue ?? ""
        if from != ledger.status { broken(task, "event \(sequence) begins at '\(from)', it was '\(ledger.status)'") }
        if sequence != ledger.sequence + 1 { broken(task, "event \(sequence) follows event \(ledger.sequence)") }
        if time < ledger.time { broken(task, "event \(sequence) is before the one before it") }
        if Self.follows[change.name]?[from] != to { broken(task, "illegal: \(change.name) from '\(from)' to '\(to)'") }
        if let cause = json["cause"]?.stringValue,
            ["offered", "countered", "claimed", "renewed"].contains(change.name),
            !ledger.causes.insert(cause).inserted
        {
            broken(task, "one message counted twice: \(change.name)")
        }
        ledger.sequence = sequence
        ledger.time = time
        ledger.status = to
        judge(task, change.name, change.value, at: time, &ledger)
        if change.name != "requested", change.name != "expired", time >= ledger.deadline {
            broken(task, "\(change.name) after its deadline")
        }
        if Self.ends.contains(to) {
            // A request that comes after its deadline must end as soon as it is known.
            let late = time - max(ledger.deadline, ledger.born)
            latest = max(latest, late)
            if late > (ledger.born >= ledger.deadline ? 0 : promises.slack) { broken(task, "ends \(late) ms too late") }
        }
        ledgers[task] = ledger
    }

    private mutating func judge(
        _ task: String, _ name: String, _ value: JSONValue, at time: Int64, _ ledger: inout Ledger
    ) {
        let provider = value["provider"]?.stringValue ?? ""
        switch name {
        case "requested":
            ledger.deadline = value["deadline"]?.integerValue ?? 0
            ledger.born = time
            ledger.proposed = (value["_0"]?["proposed_cost"]).flatMap { Self.number($0) }
        case "offered":
            if value["round"]?.integerValue != 0 { ledger.offers[provider, default: 0] += 1 }
            if ledger.offers[provider, default: 0] > promises.rounds { broken(task, "too many offers of \(provider)") }
            ledger.agreed[provider] = nil
            ledger.named[provider] = nil
        case "countered":
            ledger.agreed[provider] = nil
            ledger.named[provider] = value["price"].flatMap { Self.number($0) }
        case "approved": ledger.agreed[provider] = .some(value["price"].flatMap { Self.number($0) })
        case "declined": ledger.agreed[provider] = nil
        case "awarded": judgeAward(task, provider, value["price"].flatMap { Self.number($0) }, &ledger)
        case "claimed", "renewed", "released", "reopened", "completed": judgeWork(task, name, value, at: time, &ledger)
        default: break
        }
    }

    private mutating func judgeAward(_ task: String, _ provider: String, _ price: Double?, _ ledger: inout Ledger) {
        ledger.awards += 1
        ledger.epoch = 1
        if ledger.awards > 1 { broken(task, "awarded \(ledger.awards) times") }
        guard let price else { return }
        if let agreed = ledger.agreed[provider] {
            if agreed != price {
                broken(task, "awarded for \(price), agreed was \(agreed.map { "\($0)" } ?? "nothing")")
            }
        } else if let limit = ledger.named[provider] ?? ledger.proposed {
            if price > limit { broken(task, "awarded for \(price), nobody agreed to more than \(limit)") }
        } else {
            broken(task, "awarded for \(price), to which nobody agreed")
        }
    }

    private mutating func judgeWork(
        _ task: String, _ name: String, _ value: JSONValue, at time: Int64, _ ledger: inout Ledger
    ) {
        let executor = value["executor"]?.stringValue
        let epoch = value["epoch"]?.integerValue ?? 0
        if epoch != ledger.epoch { broken(task, "\(name) under epoch \(epoch), it is at \(ledger.epoch)") }
        switch name {
        case "claimed":
            if ledger.executor != nil {
                broken(task, "claimed by \(executor ?? "") while \(ledger.executor ?? "") has it")
            }
            ledger.claims += 1
            if ledger.claims > promises.attempts { broken(task, "claimed \(ledger.claims) times") }
            ledger.executor = executor
        case "completed":
            if ledger.executor != executor { broken(task, "completed by \(executor ?? ""), who does not have it") }
        case "released":
            ledger.executor = nil
            ledger.epoch += 1
        default: break
        }
    }

    /// Ends the judgement: every task must be over.
    package mutating func close() {
        for (task, ledger) in ledgers where !Self.ends.contains(ledger.status) {
            broken(task, "never ends: \(ledger.status)")
        }
    }

    /// Says which tasks there must be, and that there are no others.
    package mutating func expect(_ names: Set<String>) {
        for name in names.subtracting(ledgers.keys) { broken(name, "was requested and has no history") }
        for name in Set(ledgers.keys).subtracting(names) { broken(name, "has a history and was never requested") }
    }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .double(let number): number
        case .unsigned(let number): Double(number)
        default: nil
        }
    }
}
