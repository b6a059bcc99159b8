import StateStores
import StreamCore
import Topology

/// A task's part of an `ask` whose agent is behind topics: journals and sends in one transaction, waits for replies.
///
/// The rules are those of section 6 of the design; rule 7 is this operator's own. The journal is that of ``AskOperator``;
/// an entry that names who started it has been sent.
final class TopicAskOperator<Key: Sendable, Request: Sendable, Output: Sendable>: TaskParticipant {
    /// What becomes of replies.
    struct Shape: Sendable {
        /// Makes the outcome of the message that ended the request, or of the failure that stands for one.
        let outcome: @Sendable (Result<AgentMessage, AgentFailure>, _ attempts: Int) -> Output
        /// Makes what goes on for a partial reply: its message and its attempt; nil when nobody wants them.
        let part: (@Sendable (AgentMessage, _ index: Int, _ attempt: Int) throws -> Output)?
    }

    let context: TaskContext
    let step: String
    let options: RemoteAskOptions
    let remote: RequestTopic<Request, Bytes?>
    let shape: Shape
    let limits: AskLimits
    private let partitions: Int32
    private let inbox: MessageAddress
    private let key: Serde<Key>
    private let recipient: (@Sendable (Key, Request) throws -> Bytes?)?
    private let journal: KeyValueStore<Int64, AskEntry>
    let parts: KeyValueStore<Int64, PartProgress>?
    private let forward: Receiver<Key, Output>
    private let writer: String
    private var messages: MessageWriter?
    private let limit: Int
    var queue = AskQueue()
    var sequences: [String: Int64] = [:]
    /// The requests that were sent, by this instance or by one before it.
    private(set) var sent: Set<Int64> = []
    /// When each was first sent here.
    var begun: [Int64: Timestamp] = [:]
    /// Those of them that wait to take up a slot again without being sent again.
    private var adopted: Set<Int64> = []
    private var resends = Heap<Due>()
    var past = EndedRequests()
    private var decoded: [Int64: Key] = [:]
    private var nextSequence: Int64 = 0
    private var names: RequestNames
    private var admission: Timestamp?
    var random = SystemRandomNumberGenerator()

    /// What the plan knows of the step, the same for all its tasks.
    struct Plan: Sendable {
        let remote: RequestTopic<Request, Bytes?>
        let options: RemoteAskOptions
        let limits: AskLimits
        let shape: Shape
        let key: Serde<Key>
        let recipient: (@Sendable (Key, Request) throws -> Bytes?)?
        let followsAsk: Bool
        let inbox: String
    }

    init(
        _ wiring: Wiring, step: String, _ plan: Plan, journal: KeyValueStore<Int64, AskEntry>,
        parts: KeyValueStore<Int64, PartProgress>?, forward: @escaping Receiver<Key, Output>
    ) {
        context = wiring.context
        self.step = step
        options = plan.options
        remote = plan.remote
        shape = plan.shape
        limits = plan.limits
        partitions = max(1, wiring.partitions(of: plan.remote.name))
        inbox = MessageAddress(topic: wiring.inbox(plan.inbox), partition: wiring.context.task.partition)
        key = plan.key
        recipient = plan.recipient
        self.journal = journal
        self.parts = parts
        self.forward = forward
        writer = wiring.context.instance
        limit = wiring.context.maxRecordBytes(of: wiring.changelogTopic(of: journal.specification.name)) ?? .max
        names = RequestNames(
            prefix: "\(wiring.context.incarnation)/\(step)/\(wiring.context.task)", followsAsk: plan.followsAsk)
        messages = MessageWriter(wiring.context, step: step, codec: plan.remote.codec) { [weak self] refused in
            try self?.refused(refused)
        }
    }

    // MARK: Arrival

    /// Journals a request, and sends it when it is its key's first; the input position moves on with the same commit.
    func take(_ record: Record<Key, Request>) throws {
        let keyBytes: Bytes?
        let requestBytes: Bytes?
        do {
            keyBytes = try key.encode(record.key)
            requestBytes = try remote.request.encode(record.value)
        } catch {
            return try context.fail(error, at: step, .encode)
        }
        let now = context.clock.now()
        let cause = context.cause(at: record.timestamp, key: keyBytes, request: requestBytes)
        let id = RequestID.make(
            names.name(for: context.current, from: cause.source), partition: context.task.partition)
        let entry = AskEntry(
            idempotencyKey: id, source: cause.source, record: cause.record, key: keyBytes, request: requestBytes,
            timestamp: record.timestamp, deadline: now + options.ask.timeout, writer: writer)
        guard entry.byteCount <= limit else {
            return try context.fail(RequestTooLarge(bytes: entry.byteCount, limit: limit), at: step, .ask)
        }
        let sequence = nextSequence
        nextSequence += 1
        try journal.put(sequence, entry, at: record.timestamp)
        sequences[id] = sequence
        decoded[sequence] = record.key
        queue.add(
            sequence, entry, line: options.isOrdered ? keyBytes : nil, deadline: entry.deadline, isCommitted: true)
        context.count("asks_received", step: step)
        try sendEligible(now)
    }

    // MARK: The task's life

    func started() throws {
        try journal.scan { sequence, entry, _ in
            nextSequence = max(nextSequence, sequence + 1)
            sequences[entry.idempotencyKey] = sequence
            if entry.startedBy != nil {
                sent.insert(sequence)
                adopted.insert(sequence)
            }
            let skew = entry.writer == writer ? Duration.zero : options.ask.maxClockSkew
            queue.add(
                sequence, entry, line: options.isOrdered ? entry.key : nil, deadline: entry.deadline + skew,
                isCommitted: true)
            return true
        }
        if queue.count > 0 { context.count("asks_resumed", step: step, by: queue.count) }
    }

    func advance(now: Timestamp) throws -> Bool {
        let before = context.outputs.count
        var isBusy = false
        queue.endPauses(now: now)
        while let sequence = queue.takeOverdue(now: now) {
            isBusy = true
            if queue.items[sequence]?.phase == .calling { limits.breaker?.note(success: false, now: now) }
            try fail(sequence, .timedOut, "no answer within \(options.ask.timeout)")
        }
        while let due = resends.first, due.moment <= now {
            _ = resends.removeFirst()
            resend(due.sequence, now)
        }
        try sendEligible(now)
        return isBusy || context.outputs.count != before
    }

    func committed(now: Timestamp) {}

    func leaving() {}

    var isFull: Bool { queue.count >= options.ask.capacity || queue.byteCount >= options.ask.capacityBytes }

    var isWaiting: Bool { queue.count > 0 }

    var openRequests: Int { queue.count }

    var nextDue: Timestamp? {
        [queue.nextDue, admission, resends.first?.moment].compactMap { $0 }.min()
    }

    func ended() {
        // Nobody here hears how these requests go; without this a breaker would wait for its trial for ever.
        if queue.calling > 0 { limits.breaker?.withdraw(now: context.clock.now()) }
        messages = nil
    }

    // MARK: Sending

    /// Sends as many requests as slots and limits allow: one for each key, oldest first (rules 3 and 9).
    func sendEligible(_ now: Timestamp) throws {
        admission = nil
        while queue.calling < options.ask.inFlight, let sequence = queue.takeEligible() {
            guard let entry = queue.items[sequence]?.entry else { continue }
            if adopted.remove(sequence) != nil {
                // Sent before the takeover: only its timer sends it again (rule 7).
                _ = queue.begin(sequence)
                armResend(sequence, now)
                continue
            }
            if let later = limits.admit(now: now) {
                queue.putBack(sequence)
                admission = later
                break
            }
            try send(sequence, entry, now)
        }
    }

    /// Writes the request, and in the journal that it was written: both in one commit (rule 7).
    private func send(_ sequence: Int64, _ entry: AskEntry, _ now: Timestamp) throws {
        let attempt = queue.begin(sequence)
        if begun[sequence] == nil { begun[sequence] = now }
        if sent.insert(sequence).inserted {
            try journal.put(sequence, entry.started(by: writer), at: entry.timestamp)
        }
        armResend(sequence, now)
        context.count(attempt == 1 ? "asks_called" : "asks_sent_again", step: step)
        let message: AgentMessage
        do {
            message = try self.message(sequence, entry, attempt)
        } catch {
            limits.breaker?.withdraw(now: now)
            return try fail(sequence, .undeliverable, "the journalled request cannot be read: \(error)")
        }
        do {
            let partition = message.key.map { Murmur2.partition($0, of: partitions) }
            try messages?.send(
                message,
                to: MessageAddress(
                    topic: remote.name, partition: partition ?? context.task.partition % partitions),
                at: entry.timestamp)
        } catch let error as TaskFailure {
            throw error
        } catch {
            limits.breaker?.withdraw(now: now)
            return try fail(sequence, .undeliverable, "the request cannot be written: \(error)")
        }
        context.requestCommit()
    }

    private func message(_ sequence: Int64, _ entry: AskEntry, _ attempt: Int) throws -> AgentMessage {
        var message = AgentMessage(.request, id: entry.idempotencyKey)
        message.key = entry.key
        if let recipient {
            message.key = try recipient(try key.decode(entry.key), try remote.request.decode(entry.request))
        }
        message.payload = entry.request
        message.type = remote.requestType
        message.agent = remote.agent
        if remote.replies == .asker { message.replyTo = inbox }
        message.deadline = queue.items[sequence]?.deadline
        if attempt > 1 { message.attempt = attempt }
        message.headers = headers(for: entry).withoutMessageFields
        return message
    }

    private func armResend(_ sequence: Int64, _ now: Timestamp) {
        guard let pause = options.resendAfter else { return }
        resends.insert(Due(moment: now + pause, sequence: sequence))
    }

    private func resend(_ sequence: Int64, _ now: Timestamp) {
        guard let item = queue.items[sequence], item.phase == .calling, item.attempts < options.ask.retry.attempts
        else { return }
        queue.pause(sequence, until: now)
        queue.endPauses(now: now)
    }

    /// Deals with a request that its topic does not take.
    private func refused(_ output: RefusedOutput) throws {
        let id = try? remote.codec.read(MessageRecord(output.record), as: .request).id
        guard let id, let sequence = sequences[id], let item = queue.items[sequence] else {
            return context.count("asks_dropped", step: step, reason: "refused request of nobody")
        }
        let now = context.clock.now()
        limits.breaker?.note(success: false, now: now)
        guard item.phase == .calling, try !retries(sequence, item, now, after: .zero) else { return }
        try fail(sequence, .undeliverable, output.reason)
    }

    /// Sends a failed request again after a pause, when tries and time are left.
    func retries(_ sequence: Int64, _ item: AskQueue.Item, _ now: Timestamp, after least: Duration) throws -> Bool {
        guard item.phase == .calling else { return false }
        let retry = options.ask.retry
        let pause = max(retry.pause(after: item.attempts, random: Double.random(in: 0..<1, using: &random)), least)
        guard item.attempts < retry.attempts, now + pause < item.deadline else { return false }
        queue.pause(sequence, until: now + pause)
        context.count("asks_retried", step: step)
        return true
    }

    // MARK: Outcomes

    func fail(
        _ sequence: Int64, _ code: AgentFailure.Code, _ message: String, _ error: MessageError? = nil
    ) throws {
        guard let item = queue.items[sequence] else { return }
        let failure = AgentFailure(
            code, message, attempts: item.attempts, idempotencyKey: item.entry.idempotencyKey,
            remoteCode: error?.code, isRetryable: error?.isRetryable, details: error?.details)
        try conclude(sequence, .failure(failure), reason: code.rawValue)
    }

    /// Deletes the entry and forwards the outcome, in one commit (rule 4).
    func conclude(_ sequence: Int64, _ outcome: Result<AgentMessage, AgentFailure>, reason: String) throws {
        guard let item = queue.items[sequence] else { return }
        let id = item.entry.idempotencyKey
        try journal.put(sequence, nil, at: item.entry.timestamp)
        if let parts, try parts.get(sequence) != nil { try parts.put(sequence, nil, at: item.entry.timestamp) }
        context.count("asks_concluded", step: step, reason: reason)
        tell(sequence, item, outcome)
        queue.remove(sequence)
        sequences[id] = nil
        sent.remove(sequence)
        adopted.remove(sequence)
        past.note(id, reason)
        try emit(shape.outcome(outcome, item.attempts), for: sequence, item.entry)
        decoded[sequence] = nil
        context.requestCommit()
    }

    /// Forwards `output` as what came of the record behind `entry`.
    func emit(_ output: Output, for sequence: Int64, _ entry: AskEntry) throws {
        try context.resume(entry.record, from: entry.source) {
            context.headers = headers(for: entry)
            let key: Key
            do {
                key = try decoded[sequence] ?? self.key.decode(entry.key)
            } catch {
                return try context.fail(error, at: step, .decode)
            }
            try forward(Record(key: key, value: output, timestamp: entry.timestamp))
        }
    }
}
