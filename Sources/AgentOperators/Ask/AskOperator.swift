import StateStores
import StreamCore
import Topology

/// A task's part of an `ask`: journals what arrives, calls the agent after the commit, forwards outcomes in order.
///
/// The rules are those of section 6 of the design; each is named where it is kept.
final class AskOperator<Key: Sendable, Request: Sendable, Reply: Sendable>: TaskParticipant {
    typealias Outcome = Result<Reply, AgentFailure>

    let context: TaskContext
    let step: String
    private let options: AskOptions
    private let target: AskTarget<Request, Reply>
    private let starter: AskTarget<Request, Reply>.Starter
    private let key: Serde<Key>
    private let request: Serde<Request>
    private let journal: KeyValueStore<Int64, AskEntry>
    private let forward: Receiver<Key, Outcome>
    private let mailbox: AskMailbox<Reply>
    private let writer: String
    private var isLeaving = false
    /// The largest entry that the journal's changelog takes, in bytes.
    private let limit: Int
    private var queue = AskQueue()
    private var decoded: [Int64: (key: Key, request: Request)] = [:]
    private var calls: [Int64: (call: UInt64, running: AskCall)] = [:]
    private var nextSequence: Int64 = 0
    private var nextCall: UInt64 = 0
    private var names: RequestNames
    /// How many slots are taken by calls that wait for the commit of their mark.
    private var marking = 0
    /// When the limits let the next call through; nil when they do now.
    private var admission: Timestamp?
    private var random = SystemRandomNumberGenerator()

    init(
        _ wiring: Wiring, step: String, followsAsk: Bool, options: AskOptions, target: AskTarget<Request, Reply>,
        key: Serde<Key>, request: Serde<Request>, journal: KeyValueStore<Int64, AskEntry>,
        forward: @escaping Receiver<Key, Outcome>
    ) throws {
        context = wiring.context
        self.step = step
        self.options = options
        self.target = target
        starter = try target.starter()
        self.key = key
        self.request = request
        self.journal = journal
        self.forward = forward
        mailbox = AskMailbox(wake: wiring.context.wake)
        writer = wiring.context.instance
        names = RequestNames(
            prefix: "\(wiring.context.incarnation)/\(step)/\(wiring.context.task)", followsAsk: followsAsk)
        limit = wiring.context.maxRecordBytes(of: wiring.changelogTopic(of: journal.specification.name)) ?? .max
    }

    // MARK: Arrival

    /// Journals a request; the input position moves on with the same commit (rule 1).
    func take(_ record: Record<Key, Request>) throws {
        let keyBytes: Bytes?
        let requestBytes: Bytes?
        do {
            keyBytes = try key.encode(record.key)
            requestBytes = try request.encode(record.value)
        } catch {
            return try context.fail(error, at: step, .encode)
        }
        let now = context.clock.now()
        let cause = cause(of: record, key: keyBytes, request: requestBytes)
        let entry = AskEntry(
            idempotencyKey: names.name(for: context.current, from: cause.source), source: cause.source,
            record: cause.record, key: keyBytes, request: requestBytes, timestamp: record.timestamp,
            deadline: now + options.timeout, writer: writer)
        guard entry.byteCount <= limit else {
            return try context.fail(RequestTooLarge(bytes: entry.byteCount, limit: limit), at: step, .ask)
        }
        let sequence = nextSequence
        nextSequence += 1
        try journal.put(sequence, entry, at: record.timestamp)
        decoded[sequence] = (record.key, record.value)
        queue.add(
            sequence, entry, line: keyBytes, deadline: entry.deadline, isCommitted: options.delivery == .eager)
        context.count("asks_received", step: step)
        if options.delivery == .eager { try startCalls(now) } else { hurry() }
    }

    /// The input record behind `record`, in storage of its own: a kept slice would keep its whole batch in memory.
    private func cause(
        of record: Record<Key, Request>, key: Bytes?, request: Bytes?
    ) -> (source: TopicPartition, record: LogRecord) {
        guard let current = context.current else {
            // What a punctuator asks has no input record: what it asked with stands in.
            return (
                TopicPartition("", context.task.partition),
                LogRecord(
                    offset: -1, timestamp: record.timestamp, key: key, value: request, headers: context.headers)
            )
        }
        let headers = current.headers.entries.map { Headers.Entry(name: $0.name, value: $0.value?.compact) }
        return (
            context.source,
            LogRecord(
                offset: current.offset, timestamp: current.timestamp,
                key: current.key == key ? key : current.key?.compact,
                value: current.value == request ? request : current.value?.compact, headers: Headers(headers))
        )
    }

    /// A request that could be called at once asks for an early commit.
    private func hurry() {
        if admission == nil, queue.hasUncommittedHead, queue.calling + marking < options.inFlight {
            context.requestCommit()
        }
    }

    // MARK: The task's life

    func started() throws {
        try journal.scan { sequence, entry, _ in
            nextSequence = max(nextSequence, sequence + 1)
            let skew = entry.writer == writer ? Duration.zero : options.maxClockSkew
            queue.add(
                sequence, entry, line: entry.key, deadline: entry.deadline + skew, isCommitted: true)
            return true
        }
        if queue.count > 0 { context.count("asks_resumed", step: step, by: queue.count) }
    }

    func advance(now: Timestamp) throws -> Bool {
        var busy = false
        for answer in mailbox.take() {
            busy = true
            try accept(answer, now)
        }
        queue.endPauses(now: now)
        while let sequence = queue.takeOverdue(now: now) {
            busy = true
            try expire(sequence)
        }
        try startCalls(now)
        return busy
    }

    func committed(now: Timestamp) throws {
        let marked = queue.commit()
        // A call that starts now would be cancelled at once and made again elsewhere.
        guard !isLeaving else { return }
        for sequence in marked { try call(sequence) }
        try startCalls(now)
    }

    func leaving() { isLeaving = true }

    var isFull: Bool { queue.count >= options.capacity || queue.byteCount >= options.capacityBytes }

    var isWaiting: Bool { queue.count > 0 }

    var nextDue: Timestamp? {
        guard let admission else { return queue.nextDue }
        return queue.nextDue.map { min($0, admission) } ?? admission
    }

    func ended() {
        for call in calls.values { call.running.cancel() }
        // Nobody hears how these calls go; without this a breaker would wait for its trial for ever.
        if !calls.isEmpty || marking > 0 { target.breaker?.withdraw(now: context.clock.now()) }
        calls.removeAll()
    }

    // MARK: Calls

    /// Starts as many calls as slots and limits allow: one for each key, oldest first (rules 3 and 9).
    private func startCalls(_ now: Timestamp) throws {
        guard !isLeaving else { return }
        admission = nil
        while queue.calling + marking < options.inFlight, let sequence = queue.takeEligible() {
            guard let entry = queue.items[sequence]?.entry else { continue }
            if options.delivery == .atMostOnce {
                guard entry.startedBy == nil else {
                    try interrupted(sequence)
                    continue
                }
            }
            if let later = target.admit(now: now) {
                queue.putBack(sequence)
                admission = later
                break
            }
            if options.delivery == .atMostOnce { try mark(sequence, entry) } else { try call(sequence) }
        }
        hurry()
    }

    /// Commits the mark that the call starts before it starts (rule 6).
    private func mark(_ sequence: Int64, _ entry: AskEntry) throws {
        let marked = entry.started(by: writer)
        try journal.put(sequence, marked, at: entry.timestamp)
        queue.mark(sequence, marked)
        marking += 1
        context.requestCommit()
    }

    private func call(_ sequence: Int64) throws {
        guard let item = queue.items[sequence] else { return }
        let entry = item.entry
        if item.phase == .marking { marking -= 1 }
        let request: Request
        do {
            request = try decode(sequence, entry).request
        } catch {
            target.breaker?.withdraw(now: context.clock.now())
            return try fail(sequence, .undeliverable, "the journalled request cannot be read: \(error)")
        }
        let attempt = queue.begin(sequence)
        let call = nextCall
        nextCall += 1
        let context = AskContext(
            idempotencyKey: entry.idempotencyKey, attempt: attempt, deadline: item.deadline,
            headers: entry.record.headers)
        self.context.count("asks_called", step: step)
        let running = starter(request, context) { [mailbox] result in
            mailbox.deliver(.init(sequence: sequence, call: call, result: result))
        }
        calls[sequence] = (call, running)
    }

    private func decode(_ sequence: Int64, _ entry: AskEntry) throws -> (key: Key, request: Request) {
        if let known = decoded[sequence] { return known }
        let both = (try key.decode(entry.key), try request.decode(entry.request))
        decoded[sequence] = both
        return both
    }

    // MARK: Outcomes

    /// Takes an answer that belongs to an open call; anything else is dropped and counted (rule 4).
    private func accept(_ answer: AskMailbox<Reply>.Answer, _ now: Timestamp) throws {
        guard calls[answer.sequence]?.call == answer.call, queue.items[answer.sequence] != nil else {
            return context.count("asks_dropped", step: step, reason: "late answer")
        }
        calls[answer.sequence] = nil
        switch answer.result {
        case .success(let reply):
            target.breaker?.note(success: true, now: now)
            try conclude(answer.sequence, .success(reply), reason: "answered")
        case .failure(let error):
            // A target that refuses a request works: only what may pass by itself speaks against it.
            target.breaker?.note(success: isFinal(error), now: now)
            try failed(answer.sequence, error, now)
        }
    }

    private func failed(_ sequence: Int64, _ error: any Error, _ now: Timestamp) throws {
        guard let item = queue.items[sequence] else { return }
        let isFinal = isFinal(error)
        let pause = max(
            options.retry.pause(after: item.attempts, random: Double.random(in: 0..<1, using: &random)),
            (error as? any AskRetryable)?.retryAfter ?? .zero)
        let mayRetry = !isFinal && options.delivery != .atMostOnce && item.attempts < options.retry.attempts
        if mayRetry, now + pause < item.deadline {
            queue.pause(sequence, until: now + pause)
            return context.count("asks_retried", step: step)
        }
        let code: AgentFailure.Code = isFinal ? .refused : mayRetry ? .timedOut : .failed
        try fail(sequence, code, "\(error)")
    }

    private func isFinal(_ error: any Error) -> Bool { (error as? any AskRetryable)?.isRetryable == false }

    /// Gives up a request whose deadline is over; only its owner does, in its own commit (rule 5).
    private func expire(_ sequence: Int64) throws {
        guard let item = queue.items[sequence] else { return }
        calls.removeValue(forKey: sequence)?.running.cancel()
        switch item.phase {
        case .calling: target.breaker?.note(success: false, now: context.clock.now())
        case .marking:
            marking -= 1
            target.breaker?.withdraw(now: context.clock.now())
        case .ready where options.delivery == .atMostOnce && item.entry.startedBy != nil:
            return try interrupted(sequence)
        case .journalled, .ready, .pausing: break
        }
        try fail(sequence, .timedOut, "no answer within \(options.timeout)")
    }

    private func interrupted(_ sequence: Int64) throws {
        try fail(sequence, .interrupted, "its process ended while the call was under way; it is not made again")
    }

    private func fail(_ sequence: Int64, _ code: AgentFailure.Code, _ message: String) throws {
        guard let item = queue.items[sequence] else { return }
        let failure = AgentFailure(
            code, message, attempts: item.attempts, idempotencyKey: item.entry.idempotencyKey)
        try conclude(sequence, .failure(failure), reason: code.rawValue)
    }

    /// Deletes the entry and forwards the outcome, in one commit (rule 4).
    private func conclude(_ sequence: Int64, _ outcome: Outcome, reason: String) throws {
        guard let item = queue.items[sequence] else { return }
        try journal.put(sequence, nil, at: item.entry.timestamp)
        context.count("asks_concluded", step: step, reason: reason)
        queue.remove(sequence)
        try context.resume(item.entry.record, from: item.entry.source) {
            let key: Key
            do {
                key = try decoded.removeValue(forKey: sequence)?.key ?? self.key.decode(item.entry.key)
            } catch {
                return try context.fail(error, at: step, .decode)
            }
            try forward(Record(key: key, value: outcome, timestamp: item.entry.timestamp))
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
