import StateStores
import StreamCore
import Topology

/// A task's part of an `ask`: journals what arrives, calls the agent after the commit, forwards outcomes in order.
///
/// The rules are those of section 6 of the design; each is named where it is kept. What handlers do durably is the
/// ledger's matter.
final class AskOperator<Key: Sendable, Request: Sendable, Reply: Sendable>: TaskParticipant {
    typealias Outcome = Result<Reply, AgentFailure>

    /// A call that is under way.
    struct Running {
        let call: UInt64
        let running: AskCall
        let channel: StepChannel
        /// Where it leaves spans; nil when it is not traced.
        let trace: RunTrace?
        /// When its run is ended if it only waits until then.
        var parkedUntil: Timestamp?
    }

    let context: TaskContext
    let parts: AskParts<Key, Request, Reply>
    let mailbox: AskMailbox<Reply>
    let stepMailbox: StepMailbox
    let ledger: StepLedger
    let writer: String
    var isLeaving = false
    /// The largest entry that the journal's changelog takes, in bytes.
    private let limit: Int
    var queue = AskQueue()
    var decoded: [Int64: (key: Key, request: Request)] = [:]
    var calls: [Int64: Running] = [:]
    /// When the first call of each request was begun here.
    var begun: [Int64: Timestamp] = [:]
    private var nextSequence: Int64 = 0
    var nextCall: UInt64 = 0
    private var names: RequestNames
    /// The requests that came with ids of their own.
    private var ids: [String: Int64] = [:]
    /// How many slots are taken by calls that wait for the commit of their mark.
    var marking = 0
    /// When the limits let the next call through; nil when they do now.
    var admission: Timestamp?
    var random = SystemRandomNumberGenerator()
    /// When runs that only wait are ended.
    var parked = Heap<Due>()
    /// Runs that can go on when there is a slot.
    var resumable = Heap<Int64>()
    /// Calls that were ended while they waited; what they answer is no answer.
    var suspended: Set<UInt64> = []

    var step: String { parts.step }
    var options: AskOptions { parts.options }

    init(_ wiring: Wiring, _ parts: AskParts<Key, Request, Reply>) {
        context = wiring.context
        self.parts = parts
        writer = wiring.context.instance
        mailbox = AskMailbox(wake: wiring.context.wake)
        names = RequestNames(
            prefix: "\(wiring.context.incarnation)/\(parts.step)/\(wiring.context.task)", followsAsk: parts.followsAsk)
        let context = wiring.context
        func limit(of store: any StateStore) -> Int {
            context.maxRecordBytes(of: wiring.changelogTopic(of: store.specification.name)) ?? .max
        }
        self.limit = limit(of: parts.journal)
        stepMailbox = StepMailbox(
            limit: limit(of: parts.steps), isConnected: parts.delegate != nil, wake: context.wake)
        let steps = parts.options.steps
        ledger = StepLedger(
            parts.steps, writer: writer, limit: limit(of: parts.steps), skew: parts.options.maxClockSkew,
            version: steps.version, changes: steps.changedCode)
    }

    // MARK: Arrival

    /// Journals a request; the input position moves on with the same commit (rule 1).
    ///
    /// - Parameters:
    ///   - record: the request and what decides its line; the task's current record is taken for its cause.
    ///   - identity: what the request brings along; by default the input record names it and `timeout` ends it.
    /// - Returns: whether it is new: a request whose id is at work, or was concluded, is dropped and counted.
    /// - Throws: what the store and the error policy throw.
    @discardableResult
    func take(_ record: Record<Key, Request>, as identity: RequestIdentity? = nil) throws -> Bool {
        if let identity, isKnown(identity.id) { return false }
        let keyBytes: Bytes?
        let requestBytes: Bytes?
        do {
            keyBytes = try parts.key.encode(record.key)
            requestBytes = try parts.request.encode(record.value)
        } catch {
            try context.fail(error, at: step, .encode)
            return true
        }
        let now = context.clock.now()
        let cause = context.cause(at: record.timestamp, key: keyBytes, request: requestBytes)
        let entry = AskEntry(
            idempotencyKey: identity?.id ?? names.name(for: context.current, from: cause.source),
            source: cause.source, record: cause.record, key: keyBytes, request: requestBytes,
            timestamp: record.timestamp, deadline: identity?.deadline ?? now + options.timeout, writer: writer)
        guard entry.byteCount <= limit else {
            try context.fail(RequestTooLarge(bytes: entry.byteCount, limit: limit), at: step, .ask)
            return true
        }
        let sequence = nextSequence
        nextSequence += 1
        try parts.journal.put(sequence, entry, at: record.timestamp)
        decoded[sequence] = (record.key, record.value)
        if parts.isConcluded != nil { ids[entry.idempotencyKey] = sequence }
        let isEager = options.delivery == .eager
        queue.add(sequence, entry, line: keyBytes, deadline: entry.deadline, isCommitted: isEager)
        context.count("asks_received", step: step)
        if isEager {
            ledger.hold(sequence)
            try startCalls(now)
        } else {
            hurry()
        }
        return true
    }

    private func isKnown(_ id: String) -> Bool {
        let reason: String
        if ids[id] != nil {
            reason = "at work"
        } else if parts.isConcluded?(id) == true {
            reason = "concluded"
        } else {
            return false
        }
        context.count("asks_repeated", step: step, reason: reason)
        return true
    }

    /// A request that could be called at once asks for an early commit.
    func hurry() {
        if admission == nil, queue.hasUncommittedHead, queue.calling + marking < options.inFlight {
            context.requestCommit()
        }
    }

    // MARK: The task's life

    func started() throws {
        var keys: [Int64: String] = [:]
        try parts.journal.scan { sequence, entry, _ in
            nextSequence = max(nextSequence, sequence + 1)
            let skew = entry.writer == writer ? Duration.zero : options.maxClockSkew
            queue.add(
                sequence, entry, line: entry.key, deadline: entry.deadline + skew, isCommitted: true, isResumed: true)
            keys[sequence] = entry.idempotencyKey
            if parts.isConcluded != nil { ids[entry.idempotencyKey] = sequence }
            return true
        }
        for (sequence, deadline) in try ledger.load(key: { keys[$0] }) { moveDeadline(sequence, deadline) }
        if queue.count > 0 { context.count("asks_resumed", step: step, by: queue.count) }
    }

    func advance(now: Timestamp) throws -> Bool {
        var busy = false
        // First the answers, then the steps: whatever a handler asked for before it answered is there by then.
        let answers = mailbox.take()
        for message in stepMailbox.take() {
            busy = true
            try take(message, now)
        }
        for answer in answers {
            busy = true
            try accept(answer, now)
        }
        if try ledger.endDue(now: now) { busy = true }
        try perform(now)
        queue.endPauses(now: now)
        while let sequence = queue.takeOverdue(now: now) {
            busy = true
            try expire(sequence)
        }
        suspendParked(now)
        try startCalls(now)
        return busy
    }

    func committed(now: Timestamp) throws {
        let marked = queue.commit()
        // A call that starts now would be cancelled at once and made again elsewhere; so would a step.
        guard !isLeaving else { return }
        ledger.committed()
        try perform(now)
        for sequence in marked { try call(sequence) }
        try startCalls(now)
    }

    func leaving() { isLeaving = true }

    var isFull: Bool { queue.count >= options.capacity || queue.byteCount >= options.capacityBytes }

    var isWaiting: Bool { queue.count > 0 }

    var openRequests: Int { queue.count }

    var nextDue: Timestamp? {
        [queue.nextDue, admission, ledger.nextDue, parked.first?.moment].compactMap(\.self).min()
    }

    func ended() {
        for call in calls.values { call.running.cancel() }
        // Nobody hears how these calls go; without this a breaker would wait for its trial for ever.
        if !calls.isEmpty || marking > 0 { parts.limits.breaker?.withdraw(now: context.clock.now()) }
        calls.removeAll()
        ledger.close()
    }

    // MARK: From outside

    /// Takes a request back: its run is cancelled, its outcome is `cancelled`; returns whether it was at work.
    ///
    /// For requests that came with ids of their own. Its outcome comes at once, also when others of its line are before it.
    func cancel(_ id: String, _ words: String = "it was taken back") throws -> Bool {
        guard let sequence = ids[id] else { return false }
        try fail(sequence, .cancelled, words)
        return true
    }

    /// Takes an answer to what a handler asked outside, by its operation's id; returns whether that question was open.
    ///
    /// The first answer counts.
    func resolve(_ id: String, _ answer: Result<Bytes, AgentFailure>) throws -> Bool {
        let now = context.clock.now()
        guard try ledger.resolve(id, answer, now: now) else { return false }
        try perform(now)
        try startCalls(now)
        return true
    }

    /// Deletes the entry and forwards the outcome, in one commit (rule 4).
    func conclude(_ sequence: Int64, _ outcome: Outcome, reason: String) throws {
        guard let item = queue.items[sequence] else { return }
        let now = context.clock.now()
        try ledger.conclude(sequence, now: now)
        try perform(now)
        try parts.journal.put(sequence, nil, at: item.entry.timestamp)
        context.count("asks_concluded", step: step, reason: reason)
        takeSpans(of: sequence)
        queue.remove(sequence)
        if parts.isConcluded != nil { ids[item.entry.idempotencyKey] = nil }
        try context.resume(item.entry.record, from: item.entry.source) {
            let key: Key
            do {
                key = try decoded.removeValue(forKey: sequence)?.key ?? parts.key.decode(item.entry.key)
            } catch {
                begun[sequence] = nil
                return try context.fail(error, at: step, .decode)
            }
            var failure: AgentFailure?
            if case .failure(let known) = outcome { failure = known }
            tell(sequence, item.entry, failure: failure, key: key, attempts: item.attempts)
            context.headers = headers(for: item.entry)
            try parts.forward(AskConclusion(key: key, outcome: outcome, entry: item.entry))
        }
    }
}

/// A request that the journal cannot hold.
struct RequestTooLarge: Error, CustomStringConvertible {
    let bytes: Int
    let limit: Int
    var description: String {
        "the request takes \(bytes) bytes in the journal, its changelog takes \(limit): raise that topic's limit or ask less"
    }
}
