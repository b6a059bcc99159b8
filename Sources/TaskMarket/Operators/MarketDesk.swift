import StateStores
import StreamCore
import StreamDSL
import Topology

/// The market in one task of the topology: brings messages and time to the tasks it owns.
final class MarketDesk: TaskParticipant {
    /// Where what it says goes.
    struct Outputs {
        let events: Receiver<String, MarketEvent>
        let announcements: Receiver<String, TaskResponse>
        let notices: Receiver<String, WorkNotice>
        let refusals: Receiver<String, MarketRefusal>
    }

    private let market: Market
    private let context: TaskContext
    private let step: String
    private let tasks: KeyValueStore<String, MarketTask>
    private let early: KeyValueStore<String, EarlyMessages>
    private let outputs: Outputs
    private var agenda = TaskAgenda()
    private var earlyAgenda = TaskAgenda()
    /// What renewed a lease while nobody read is still to be read at first.
    private var leasesHold = Timestamp(milliseconds: .min)

    init(
        _ market: Market, _ wiring: Wiring, step: String, tasks: KeyValueStore<String, MarketTask>,
        early: KeyValueStore<String, EarlyMessages>, outputs: Outputs
    ) {
        self.market = market
        self.step = step
        self.tasks = tasks
        self.early = early
        self.outputs = outputs
        context = wiring.context
    }

    // MARK: Messages

    func take(_ record: Record<String, MarketInput>) throws {
        let input = record.value
        guard record.key == input.task else {
            return try refuse(
                MarketRefusal(
                    .wrongKey, input.task, "the record's key is '\(record.key)', so others may own the task"))
        }
        // What the market says itself comes back where announcements and responses share a topic.
        if case .response(let response) = input, response.responder == market.name { return }
        try decide(on: input)
        guard case .request = input, let waiting = try early.get(record.key), try tasks.get(record.key) != nil else {
            return
        }
        try early.put(record.key, nil, at: record.timestamp)
        for input in waiting.inputs { try decide(on: input) }
    }

    private func decide(on input: MarketInput) throws {
        let task = try tasks.get(input.task)
        if task == nil, case .request = input {} else if task == nil { return try keep(input) }
        let decision = MarketDecision(
            on: input, of: task, at: context.clock.now(), market.rules, leasesHold: leasesHold)
        try carryOut(decision)
        if decision.isDuplicate { context.count("market_duplicates", step: step) }
        if let refusal = decision.refusal { try refuse(refusal) }
    }

    /// Keeps what comes before the request that it is about: two topics, so either may be read first.
    private func keep(_ input: MarketInput) throws {
        let now = context.clock.now()
        var waiting = try early.get(input.task) ?? EarlyMessages(ends: now + market.rules.earlyMessages)
        if let mistake = input.mistake { return try refuse(mistake) }
        guard waiting.inputs.count < EarlyMessages.limit else { return try refuse(unknown(input)) }
        if waiting.inputs.contains(input) { return context.count("market_duplicates", step: step) }
        waiting.inputs.append(input)
        try early.put(input.task, waiting, at: now)
        earlyAgenda.set(input.task, due: waiting.ends)
        context.count("market_early", step: step)
    }

    private func unknown(_ input: MarketInput) -> MarketRefusal {
        MarketRefusal(.unknownTask, input.task, "no request for it has come")
    }

    private func refuse(_ refusal: MarketRefusal) throws {
        context.count("market_refused", step: step, reason: refusal.code.rawValue)
        try outputs.refusals(Record(key: refusal.task, value: refusal, timestamp: context.clock.now()))
    }

    // MARK: What comes of it

    private func carryOut(_ decision: MarketDecision) throws {
        guard let task = decision.task, let last = decision.events.last else { return }
        try tasks.put(task.name, task, at: last.time)
        for event in decision.events {
            context.count("market_events", step: step, reason: event.change.kind.rawValue)
            try outputs.events(Record(key: task.name, value: event, timestamp: event.time))
            if let announcement = market.announcement(of: event, about: task) {
                try outputs.announcements(Record(key: task.name, value: announcement, timestamp: event.time))
            }
            if let notice = market.notice(of: event, about: task) {
                try outputs.notices(Record(key: task.name, value: notice, timestamp: event.time))
            }
        }
        schedule(task)
    }

    private func schedule(_ task: MarketTask) {
        var due = task.nextDue
        if task.status == .running, let end = due { due = min(max(end, leasesHold), task.deadline) }
        agenda.set(task.name, due: due)
    }

    // MARK: The task's life

    func started() throws {
        leasesHold = context.clock.now() + market.rules.lease
        try tasks.scan { _, task, _ in
            schedule(task)
            return true
        }
        try early.scan { name, waiting, _ in
            earlyAgenda.set(name, due: waiting.ends)
            return true
        }
    }

    func advance(now: Timestamp) throws -> Bool {
        var isBusy = false
        while let name = agenda.popDue(at: now) {
            isBusy = true
            guard let task = try tasks.get(name) else { continue }
            let decision = MarketDecision(of: task, at: now, market.rules, leasesHold: leasesHold)
            try carryOut(decision)
            if decision.events.isEmpty { schedule(task) }
        }
        while let name = earlyAgenda.popDue(at: now) {
            isBusy = true
            guard let waiting = try early.get(name) else { continue }
            try early.put(name, nil, at: now)
            for input in waiting.inputs { try refuse(unknown(input)) }
        }
        return isBusy
    }

    func committed(now: Timestamp) {}

    var isFull: Bool { false }

    var isWaiting: Bool { false }

    var nextDue: Timestamp? {
        guard let first = agenda.nextDue else { return earlyAgenda.nextDue }
        return earlyAgenda.nextDue.map { min(first, $0) } ?? first
    }

    func leaving() {}

    func ended() {}
}
