import StateStores
import StreamCore

/// When a wait is over by its time; the earlier comes first.
struct StepDue: Comparable {
    let moment: Timestamp
    let key: StepKey

    static func < (left: StepDue, right: StepDue) -> Bool {
        (left.moment, left.key.sequence, left.key.index) < (right.moment, right.key.sequence, right.key.index)
    }
}

// MARK: - Questions and sleeps

extension StepLedger {
    func sleep(
        _ duration: Duration, _ message: StepMessage, _ run: StepRun, _ request: Request, _ now: Timestamp
    ) throws {
        let place = run.place(.sleep, "")
        if let slot = run.visit(place) {
            guard slot.entry.state == .open else { return message.receive(.success(.done)) }
            return wait(slot.index, message, run)
        }
        guard allows(run) else { return change(message, "sleep", "the journal goes on otherwise") }
        var entry = entry(.sleep, place, .open, at: now)
        setDue(&entry, now + max(.zero, duration), message.sequence, request, now)
        let index = run.newIndex()
        try put(message.sequence, index, entry, run, now)
        register(StepKey(sequence: message.sequence, index: index), entry, of: request.key)
        wait(index, message, run)
    }

    func ask(
        _ kind: StepEntry.Kind, _ detail: String, _ name: String, _ payload: Bytes, _ limit: StepLimit,
        _ message: StepMessage, _ run: StepRun, _ request: Request, _ now: Timestamp
    ) throws {
        let place = run.place(kind, name)
        if let slot = run.visit(place) {
            guard slot.entry.kind == kind, slot.entry.detail == detail else {
                return changeKind(message, slot.entry, kind)
            }
            if let reply = try reply(slot.entry) { return message.receive(.success(reply)) }
            return wait(slot.index, message, run)
        }
        guard allows(run) else { return change(message, name, "the journal goes on otherwise") }
        var entry = entry(kind, place, .open, payload, at: now)
        entry.detail = detail
        guard fits(entry, message) else { return }
        let due =
            switch limit {
            case .duration(let duration): now + max(.zero, duration)
            case .moment(let moment): moment
            case .deadline: request.deadline
            }
        setDue(&entry, due, message.sequence, request, now)
        let key = StepKey(sequence: message.sequence, index: run.newIndex())
        try put(key.sequence, key.index, entry, run, now)
        register(key, entry, of: request.key)
        effects.append(.send(key, operation(StepOperation.id(of: request.key, name, place.occurrence), entry)))
        effects.append(.commit)
        wait(key.index, message, run)
    }

    /// A wait that may take longer than its request moves the request's deadline: afterwards there is as much time as before.
    private func setDue(
        _ entry: inout StepEntry, _ due: Timestamp, _ sequence: Int64, _ request: Request, _ now: Timestamp
    ) {
        entry.due = due
        guard due > request.deadline else { return }
        let deadline = due + max(.zero, request.deadline - now)
        entry.deadline = deadline
        effects.append(.moveDeadline(sequence, deadline))
    }

    /// Notes what is waited for, until it is answered or due.
    func register(_ key: StepKey, _ entry: StepEntry, of request: String) {
        guard let due = entry.due else { return }
        let allowed = entry.writer == writer ? due : due + skew
        let id = entry.kind == .sleep ? nil : StepOperation.id(of: request, entry.name, entry.occurrence)
        waits[key] = Wait(id: id, due: allowed, deadline: entry.deadline)
        waitsOfRequest[key.sequence, default: []].insert(key.index)
        if let id { operations[id] = key }
        dues.insert(StepDue(moment: allowed, key: key))
    }

    private func wait(_ index: Int32, _ message: StepMessage, _ run: StepRun) {
        run.waiters.append(StepRun.Waiter(index: index, ticket: message.ticket, receive: message.receive))
        effects.append(.idle(message.sequence))
    }

    func left(_ ticket: UInt64, _ sequence: Int64, _ run: StepRun) {
        run.waiters.removeAll { $0.ticket == ticket }
        if run.isParked, run.waiters.isEmpty, run.ready.isEmpty { wakeUp(run, sequence) }
    }

    /// A run that was taken to be waiting works.
    func wakeUp(_ run: StepRun, _ sequence: Int64) {
        run.isParked = false
        effects.append(.unpark(sequence))
        deliver(run)
    }

    private func deliver(_ run: StepRun) {
        let ready = run.ready
        run.ready.removeAll()
        for reply in ready { reply.receive(.success(reply.reply)) }
    }

    // MARK: Slots

    /// Whether the run of `sequence` does nothing but wait; it is parked then.
    func parks(_ sequence: Int64) -> Bool {
        guard let run = runs[sequence], !run.isParked, run.active == 0, !run.waiters.isEmpty else { return false }
        run.isParked = true
        return true
    }

    /// Lets a parked run go on, which has a slot again; returns whether there is such a run.
    func release(_ sequence: Int64) -> Bool {
        guard let run = runs[sequence], run.isParked, !run.ready.isEmpty else { return false }
        run.isParked = false
        deliver(run)
        return true
    }

    /// Ends a parked run: the request waits without one; returns whether it was still waiting.
    func suspend(_ sequence: Int64) -> Bool {
        guard let run = runs[sequence], run.isParked, run.ready.isEmpty else { return false }
        runs[sequence] = nil
        return true
    }

    // MARK: Answers

    /// Takes an answer from outside; returns whether a question of this id is open.
    ///
    /// The first answer counts.
    ///
    /// - Throws: what the store throws.
    func resolve(_ id: String, _ answer: Result<Bytes, AgentFailure>, now: Timestamp) throws -> Bool {
        guard let key = operations[id] else { return false }
        try end(key, .answered(answer), now: now, tells: true)
        return true
    }

    /// Takes the answer that a question had as it was sent.
    ///
    /// - Throws: what the store throws.
    func answer(_ key: StepKey, _ answer: Result<Bytes, AgentFailure>, now: Timestamp) throws {
        try end(key, .answered(answer), now: now, tells: false)
    }

    /// Ends the waits whose time is over; returns whether there were any.
    ///
    /// - Throws: what the store throws.
    func endDue(now: Timestamp) throws -> Bool {
        var any = false
        while let due = dues.first, due.moment <= now {
            _ = dues.removeFirst()
            guard let wait = waits[due.key], wait.due == due.moment else { continue }
            any = true
            try end(due.key, .expired, now: now, tells: true)
        }
        if dues.count > 64 + 2 * waits.count { dues.removeAll { waits[$0.key]?.due != $0.moment } }
        return any
    }

    /// When a wait is over by its time; nil when nothing waits.
    var nextDue: Timestamp? { dues.first?.moment }

    private func end(_ key: StepKey, _ answer: StepAnswer, now: Timestamp, tells: Bool) throws {
        guard let wait = waits.removeValue(forKey: key), let open = try store.get(key) else { return }
        waitsOfRequest[key.sequence]?.remove(key.index)
        if waitsOfRequest[key.sequence]?.isEmpty == true { waitsOfRequest[key.sequence] = nil }
        var entry = open
        record(answer, in: &entry)
        if let deadline = open.deadline, let due = open.due {
            let moved = now + (deadline - due)
            entry.deadline = moved
            let others = (waitsOfRequest[key.sequence] ?? []).compactMap {
                waits[StepKey(sequence: key.sequence, index: $0)]?.deadline
            }
            effects.append(.moveDeadline(key.sequence, others.reduce(moved, max)))
        }
        entry.writer = writer
        let run = runs[key.sequence]
        try put(key.sequence, key.index, entry, run, now)
        if let id = wait.id {
            operations[id] = nil
            if tells { effects.append(.ended(key, operation(id, open), answer)) }
        }
        guard let run else { return effects.append(.rerun(key.sequence)) }
        guard let reply = try reply(entry) else { return }
        let waiters = run.waiters.filter { $0.index == key.index }
        guard !waiters.isEmpty else { return }
        run.waiters.removeAll { $0.index == key.index }
        run.ready += waiters.map { ($0.receive, reply) }
        if run.isParked { effects.append(.resume(key.sequence)) } else { deliver(run) }
    }

    private func record(_ answer: StepAnswer, in entry: inout StepEntry) {
        switch answer {
        case .answered(.success(let bytes)):
            (entry.state, entry.value) = (.done, bytes.compact)
            guard entry.byteCount > limit else { return }
            let failure = AgentFailure(
                .undeliverable, "the answer takes \(entry.byteCount) bytes, the journal's changelog \(limit)",
                attempts: 1, idempotencyKey: "")
            record(.answered(.failure(failure)), in: &entry)
        case .answered(.failure(let failure)):
            (entry.state, entry.value) = (.failed, (try? Serde<AgentFailure>.json().encode(failure)) ?? .empty)
        case .expired, .cancelled: (entry.state, entry.value) = (.expired, nil)
        }
    }

    /// What a handler gets for an entry that is over; nil while it is open.
    private func reply(_ entry: StepEntry) throws -> StepReply? {
        switch entry.state {
        case .open: nil
        case .done: .answered(.success(entry.value ?? .empty))
        case .failed: .answered(.failure(try Serde<AgentFailure>.json().decode(entry.value)))
        case .expired: entry.kind == .sleep ? .done : .expired
        }
    }

    func operation(_ id: String, _ entry: StepEntry) -> StepOperation {
        StepOperation(
            id: id, kind: entry.detail, name: entry.name, payload: entry.value ?? .empty, due: entry.due,
            askedAt: entry.at)
    }
}
