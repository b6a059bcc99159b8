import EventLog
import Observability
package import StreamCore
import StreamDSL
import StreamTesting
package import TaskMarket
import Topology

/// What happens to a market in a simulation.
package enum WorldMessage: Sendable {
    /// A message, in its topic, under the task's name.
    case input(MarketInput)
    /// A message under another key.
    case astray(MarketInput, key: String)
    /// Bytes that are nothing.
    case garbage(topic: Int, Bytes)
}

/// A market that can be fed, that time passes for, and that may die.
package protocol MarketHost: AnyObject {
    /// The time of day by its clock.
    var now: Timestamp { get }
    /// Sets the clock, back too.
    func set(_ now: Timestamp) throws
    /// Takes `messages` at once; dies after so many of them, if that is said, and starts again.
    func take(_ messages: [WorldMessage], dyingAfter: Int?) throws
    /// What it has told executors since the last call.
    func notices() throws -> [WorkNotice]
    /// What it has written to the audit since the last call.
    func audit() throws -> [(key: Bytes?, value: Bytes?)]
}

/// The real operators in the test driver, with stores on disk.
package final class DriverHost: MarketHost {
    private let driver: TopologyTestDriver
    private let market: Market

    /// A market of four partitions whose state is in `folder`.
    ///
    /// - Throws: what the driver throws.
    package init(_ market: Market, folder: String, start: Timestamp) throws {
        self.market = market
        let topology = try StreamTopology("market") { market.mediator() }
        let partitions = Dictionary(uniqueKeysWithValues: market.topicNames.map { ($0, Int32(4)) })
        driver = try TopologyTestDriver(
            topology, partitions: partitions, clock: ManualWallClock(start), stateDirectory: folder)
    }

    package var now: Timestamp { driver.clock.now() }

    /// What was refused and found twice, by the operators' own counters.
    package var counts: [String: Int] {
        driver.counters.snapshot.reduce(into: [:]) { sums, entry in
            guard entry.key.name.hasPrefix("market_") || entry.key.name == "dead_letters" else { return }
            sums[entry.key.reason.isEmpty ? entry.key.name : "\(entry.key.name) \(entry.key.reason)", default: 0] +=
                entry.value
        }
    }

    package func set(_ now: Timestamp) throws {
        driver.clock.set(now)
        try driver.advance(by: .zero)
    }

    package func take(_ messages: [WorldMessage], dyingAfter: Int?) throws {
        let pipe = { [self] in
            for message in messages { try self.pipe(message) }
        }
        if let dyingAfter { try driver.crash(after: dyingAfter, pipe) } else { try driver.batch(pipe) }
        // Nobody else reads these, and they would fill the memory.
        for store in ["market-tasks", "market-early"] { _ = driver.takeChanges(of: store) }
        _ = driver.takeDeadLetters()
        for topic in [market.requests.name, market.responses.name, market.negotiations.name, market.commands.name] {
            _ = driver.takeRaw(topic)
        }
    }

    private func pipe(_ message: WorldMessage) throws {
        let time = now.milliseconds
        switch message {
        case .input(let input): try pipe(input, key: input.task, at: time)
        case .astray(let input, let key): try pipe(input, key: key, at: time)
        case .garbage(let topic, let bytes):
            let names = [market.requests.name, market.responses.name, market.negotiations.name, market.commands.name]
            try driver.pipe(names[topic % 4], key: Bytes("garbage"), value: bytes, at: time)
        }
    }

    private func pipe(_ input: MarketInput, key: String, at time: Int64) throws {
        // A price that is none cannot be written by every format; then it is garbage.
        let garbage = Bytes("{}")
        let (topic, bytes): (String, Bytes?) =
            switch input {
            case .request(let request): (market.requests.name, try? market.format.request.encode(request))
            case .response(let response): (market.responses.name, try? market.format.response.encode(response))
            case .negotiation(let message):
                (market.negotiations.name, try? market.format.negotiation.encode(message))
            case .command(let command): (market.commands.name, try market.commands.value.encode(command))
            }
        try driver.pipe(topic, key: Bytes(key), value: bytes ?? garbage, at: time)
    }

    package func notices() throws -> [WorkNotice] { try driver.take(market.work).map(\.value) }

    package func audit() throws -> [(key: Bytes?, value: Bytes?)] {
        driver.takeRaw(market.audit.name).map { ($0.key, $0.value) }
    }

    /// Closes the stores.
    ///
    /// - Throws: what the driver throws.
    package func close() throws { try driver.close() }
}

/// The state machine alone, in memory, and what it becomes with one of its rules left out.
package final class PureHost: MarketHost {
    /// A rule that is broken on purpose.
    package enum Flaw: String, Sendable, CaseIterable {
        /// A second acceptance is an award too.
        case everyAcceptanceCounts
        /// A message that comes again counts again.
        case duplicatesCount
        /// Who claims what another has gets it too.
        case everyClaimCounts
        /// Results count, whoever brings them and when.
        case everyResultCounts
        /// Nothing ends by itself.
        case deafToTime
        /// What was not committed before a crash was written all the same.
        case writesBeforeCommit
        /// After a crash the state is that of a while ago.
        case forgetsCommits
        /// An approval is not waited for.
        case takesAnyPrice
    }

    package private(set) var now: Timestamp
    private let market: Market
    private let flaw: Flaw?
    private var tasks: [String: MarketTask] = [:]
    private var former: [String: MarketTask] = [:]
    private var early: [String: [MarketInput]] = [:]
    private var dues: Set<String> = []
    private var events: [MarketEvent] = []
    private let serde = Serde<MarketEvent>.json()
    private var told: [WorkNotice] = []

    /// A state machine, with a flaw or without.
    package init(_ market: Market, flaw: Flaw? = nil, start: Timestamp) {
        self.market = market
        self.flaw = flaw
        now = start
    }

    package func set(_ now: Timestamp) throws {
        self.now = now
        guard flaw != .deafToTime else { return }
        for name in dues.sorted() {
            guard let task = tasks[name], let due = task.nextDue, due <= now else { continue }
            apply(MarketDecision(of: task, at: now, market.rules))
        }
    }

    package func take(_ messages: [WorldMessage], dyingAfter: Int?) throws {
        let before = (tasks, early, events.count, told.count, dues)
        if let dyingAfter {
            for message in messages.prefix(dyingAfter) { take(message) }
            (tasks, early) = (before.0, before.1)
            dues = before.4
            if flaw == .forgetsCommits { tasks.merge(former) { _, old in old } }
            if flaw != .writesBeforeCommit { events.removeLast(events.count - before.2) }
            told.removeLast(told.count - before.3)
        }
        for message in messages { take(message) }
        if flaw == .forgetsCommits, dyingAfter != nil { former = tasks }
    }

    private func take(_ message: WorldMessage) {
        guard case .input(let input) = message else { return }
        guard tasks[input.task] != nil || input.isRequest else {
            early[input.task, default: []].append(input)
            return
        }
        decide(on: input)
        if input.isRequest, tasks[input.task] != nil {
            for waiting in early.removeValue(forKey: input.task) ?? [] { decide(on: waiting) }
        }
    }

    private func decide(on input: MarketInput) {
        let decision = MarketDecision(on: input, of: tasks[input.task], at: now, market.rules)
        apply(decision)
        if let forged = forgery(decision, input) { events.append(forged) }
    }

    private func apply(_ decision: MarketDecision) {
        guard let task = decision.task, !decision.events.isEmpty else { return }
        tasks[task.name] = task
        if task.nextDue == nil { dues.remove(task.name) } else { dues.insert(task.name) }
        events += decision.events
        told += decision.events.compactMap { market.notice(of: $0, about: task) }
    }

    /// What a market with the flaw would write here.
    private func forgery(_ decision: MarketDecision, _ input: MarketInput) -> MarketEvent? {
        guard let task = decision.task, let change = forgedChange(decision, input, task) else { return nil }
        return MarketEvent(
            task.name, task.sequence + 1, at: now, from: task.status,
            to: change.kind.status(after: task.status) ?? task.status, change, cause: input.fingerprint)
    }

    private func forgedChange(_ decision: MarketDecision, _ input: MarketInput, _ task: MarketTask) -> MarketChange? {
        switch (flaw, decision.refusal?.code, input) {
        case (.everyAcceptanceCounts, .alreadyAwarded, .response(let response)) where response.status == .accepted:
            return .awarded(provider: response.responder, price: response.counterOffer)
        case (.everyClaimCounts, .claimedByOther, .command(let command)) where command.action == .claim:
            return .claimed(executor: command.agent, epoch: command.epoch, leaseEnds: now + market.rules.lease)
        case (.everyResultCounts, .staleEpoch?, .command(let command)),
            (.everyResultCounts, .taskIsOver?, .command(let command)):
            guard case .complete(let result) = command.action else { return nil }
            return .completed(executor: command.agent, epoch: command.epoch, result: result)
        case (.duplicatesCount, nil, .negotiation(let message)):
            guard decision.isDuplicate, let offer = message.offer, !message.approved, task.status == .negotiating else {
                return nil
            }
            return .countered(provider: message.receiver, price: offer)
        case (.takesAnyPrice, nil, .response(let response)):
            guard case .held(let provider, let price)? = decision.events.last?.change, response.status == .accepted
            else { return nil }
            return .awarded(provider: provider, price: price)
        default: return nil
        }
    }

    package func notices() throws -> [WorkNotice] {
        defer { told = [] }
        return told
    }

    package func audit() throws -> [(key: Bytes?, value: Bytes?)] {
        defer { events = [] }
        return try events.map { (Bytes($0.task), try serde.encode($0)) }
    }
}

extension MarketInput {
    fileprivate var isRequest: Bool {
        guard case .request = self else { return false }
        return true
    }
}
