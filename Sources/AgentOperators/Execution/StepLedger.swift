import StateStores
import StreamCore

/// The journal of the handlers of one task: what they asked their contexts for, and what came of it.
///
/// Belongs to the task's thread. It decides and keeps; what is to be done besides it leaves in ``effects``, in order, for
/// its owner to do before the next commit.
final class StepLedger {
    /// What the owner is to do.
    enum Effect {
        /// Somebody waits for a commit.
        case commit
        /// The run may do nothing but wait now: ask ``parks(_:)``.
        case idle(Int64)
        /// A run that was parked works again, at once.
        case unpark(Int64)
        /// A parked run has a reply: ``release(_:)`` it when there is a slot.
        case resume(Int64)
        /// A request whose run was ended while it waited has a reply: run it again.
        case rerun(Int64)
        /// The request's deadline is another one now.
        case moveDeadline(Int64, Timestamp)
        /// The handler is not the one that wrote the journal.
        case changed(Int64, String)
        /// Send a question; when there is an answer at once, ``answer(_:_:now:)`` it.
        case send(StepKey, StepOperation)
        case note(StepKey, StepOperation)
        /// A question is over.
        case ended(StepKey, StepOperation, StepAnswer)
    }

    /// What the ledger has to know of the request at hand.
    struct Request {
        let key: String
        let deadline: Timestamp
        /// Whether an earlier run may have begun what the journal does not have.
        let isRepeated: Bool
    }

    /// Something that ends by an answer or by its time.
    struct Wait {
        /// The operation's id; nil for a sleep.
        let id: String?
        let due: Timestamp
        /// The request's deadline as this wait moved it.
        let deadline: Timestamp?
    }

    /// Somebody who goes on after the next commit.
    private struct CommitWaiter {
        let sequence: Int64
        let call: UInt64
        let reply: StepReply
        let endsStep: Bool
        let receive: StepReceiver
    }

    let store: KeyValueStore<StepKey, StepEntry>
    let writer: String
    let limit: Int
    let skew: Duration
    let version: String
    let changes: StepChangePolicy
    var effects: [Effect] = []
    var runs: [Int64: StepRun] = [:]
    /// For each request with entries, the index after its last.
    private(set) var ends: [Int64: Int32] = [:]
    var waits: [StepKey: Wait] = [:]
    var waitsOfRequest: [Int64: Set<Int32>] = [:]
    var operations: [String: StepKey] = [:]
    var dues = Heap<StepDue>()
    private var uncommitted: Set<Int64> = []
    private var waiting: [CommitWaiter] = []
    private var random = SystemRandomNumberGenerator()

    /// A ledger that keeps its entries in `store`.
    ///
    /// - Parameters:
    ///   - store: the journal.
    ///   - writer: the instance.
    ///   - limit: the largest entry that the store's changelog takes, in bytes.
    ///   - skew: what waits of other instances get on top of their time.
    ///   - version: the handler's version.
    ///   - changes: what becomes of requests whose journal is not the handler's.
    init(
        _ store: KeyValueStore<StepKey, StepEntry>, writer: String, limit: Int, skew: Duration, version: String,
        changes: StepChangePolicy
    ) {
        self.store = store
        self.writer = writer
        self.limit = limit
        self.skew = skew
        self.version = version
        self.changes = changes
    }

    // MARK: What handlers ask

    /// Takes what a run asked.
    ///
    /// - Throws: what the store throws.
    func take(_ message: StepMessage, of request: Request, now: Timestamp) throws {
        let run = try run(message.sequence, message.call)
        if changes == .fail, run.isOfOtherVersion {
            return change(message, "", "its journal is of another version of the handler than '\(version)'")
        }
        switch message.ask {
        case .begin(let name, let policy): try begin(name, policy, message, run, request, now)
        case .finish(let index, let value, let waits): try finish(index, value, waits, message, run, now)
        case .abandon(let index):
            guard run.begun.removeValue(forKey: index) != nil else { return }
            run.active -= 1
            effects.append(.idle(message.sequence))
        case .now:
            try remember(.now, message, run, now) { StepValue.bytes(of: UInt64(bitPattern: now.milliseconds)) }
        case .random: try remember(.random, message, run, now) { StepValue.bytes(of: random.next()) }
        case .sleep(let duration): try sleep(duration, message, run, request, now)
        case .external(let kind, let name, let payload, let limit):
            try ask(StepEntry.Kind.external, kind, name, payload, limit, message, run, request, now)
        case .note(let kind, let name, let payload): try note(kind, name, payload, message, run, request, now)
        case .left(let ticket): left(ticket, message.sequence, run)
        }
    }

    /// The run of this call, over what the journal has.
    private func run(_ sequence: Int64, _ call: UInt64) throws -> StepRun {
        if let run = runs[sequence], run.call == call { return run }
        let end = ends[sequence] ?? 0
        var entries: [(index: Int32, entry: StepEntry)] = []
        for index in 0..<end {
            if let entry = try store.get(StepKey(sequence: sequence, index: index)) { entries.append((index, entry)) }
        }
        let run = StepRun(call: call, entries, next: end, version: version)
        runs[sequence] = run
        return run
    }

    private func begin(
        _ name: String, _ policy: StepPolicyKind, _ message: StepMessage, _ run: StepRun, _ request: Request,
        _ now: Timestamp
    ) throws {
        if run.isParked { wakeUp(run, message.sequence) }
        let place = run.place(.step, name)
        let id = StepOperation.id(of: request.key, name, place.occurrence)
        let slot = run.visit(place)
        var isRepeated = policy == .idempotent || policy == .pure ? request.isRepeated : false
        let index: Int32
        if let slot {
            guard slot.entry.kind == .step else { return changeKind(message, slot.entry, .step) }
            if slot.entry.state == .done {
                return message.receive(.success(.recorded(slot.entry.value ?? .empty)))
            }
            if policy == .atMostOnce {
                let words = "its process ended, or it failed, while it was under way; it is not done again"
                return message.receive(.failure(StepFailure(.interrupted, step: name, words)))
            }
            index = slot.index
            isRepeated = true
        } else {
            guard allows(run) else { return change(message, name, "the journal goes on otherwise") }
            index = run.newIndex()
            if policy == .reconcile || policy == .atMostOnce {
                let intent = entry(.step, place, .open, at: now)
                guard fits(intent, message) else { return }
                try put(message.sequence, index, intent, run, now)
            }
        }
        run.begun[index] = place
        run.active += 1
        let context = StepContext(idempotencyKey: id, isRepeated: isRepeated)
        let reply = StepReply.go(index: index, context, hasIntent: slot != nil)
        if policy == .pure { return message.receive(.success(reply)) }
        afterCommit(reply, message, endsStep: false)
    }

    private func finish(
        _ index: Int32, _ value: Bytes, _ waits: Bool, _ message: StepMessage, _ run: StepRun, _ now: Timestamp
    ) throws {
        guard let place = run.begun.removeValue(forKey: index) else { return }
        let entry = entry(.step, place, .done, value, at: now)
        guard fits(entry, message) else {
            run.active -= 1
            return
        }
        try put(message.sequence, index, entry, run, now)
        if waits { return afterCommit(.done, message, endsStep: true) }
        run.active -= 1
        message.receive(.success(.done))
        effects.append(.idle(message.sequence))
    }

    /// A value that is made once; nothing waits for its commit, because nothing has come of it outside before that.
    private func remember(
        _ kind: StepEntry.Kind, _ message: StepMessage, _ run: StepRun, _ now: Timestamp, _ make: () -> Bytes
    ) throws {
        let place = run.place(kind, "")
        if let slot = run.visit(place) {
            return message.receive(.success(.recorded(slot.entry.value ?? .empty)))
        }
        guard allows(run) else { return change(message, "\(kind)", "the journal goes on otherwise") }
        let value = make()
        try put(message.sequence, run.newIndex(), entry(kind, place, .done, value, at: now), run, now)
        message.receive(.success(.recorded(value)))
    }

    private func note(
        _ kind: String, _ name: String, _ payload: Bytes, _ message: StepMessage, _ run: StepRun, _ request: Request,
        _ now: Timestamp
    ) throws {
        let place = run.place(.note, name)
        if let slot = run.visit(place) {
            guard slot.entry.kind == .note, slot.entry.detail == kind else {
                return changeKind(message, slot.entry, .note)
            }
            return message.receive(.success(.done))
        }
        guard allows(run) else { return change(message, name, "the journal goes on otherwise") }
        var entry = entry(.note, place, .done, at: now)
        entry.detail = kind
        let key = StepKey(sequence: message.sequence, index: run.newIndex())
        try put(key.sequence, key.index, entry, run, now)
        let id = StepOperation.id(of: request.key, name, place.occurrence)
        let operation = StepOperation(id: id, kind: kind, name: name, payload: payload, due: nil, askedAt: now)
        effects.append(.note(key, operation))
        message.receive(.success(.done))
    }

    // MARK: Keeping

    func entry(
        _ kind: StepEntry.Kind, _ place: StepPlace, _ state: StepEntry.State, _ value: Bytes? = nil, at now: Timestamp
    ) -> StepEntry {
        StepEntry(
            kind: kind, name: place.name, occurrence: place.occurrence, state: state, value: value, at: now,
            writer: writer, version: version)
    }

    func put(_ sequence: Int64, _ index: Int32, _ entry: StepEntry, _ run: StepRun?, _ now: Timestamp) throws {
        try store.put(StepKey(sequence: sequence, index: index), entry, at: now)
        ends[sequence] = max(ends[sequence] ?? 0, index + 1)
        uncommitted.insert(sequence)
        run?.note(index, entry)
    }

    /// Whether the journal takes `entry`; the handler hears it when not.
    func fits(_ entry: StepEntry, _ message: StepMessage) -> Bool {
        guard entry.byteCount > limit else { return true }
        let words = "it takes \(entry.byteCount) bytes in the journal, whose changelog takes \(limit): keep less"
        message.receive(.failure(StepFailure(.unkept, step: entry.name, words)))
        return false
    }

    /// Lets the handler go on when everything of its request is committed.
    private func afterCommit(_ reply: StepReply, _ message: StepMessage, endsStep: Bool) {
        guard uncommitted.contains(message.sequence) else { return message.receive(.success(reply)) }
        waiting.append(
            CommitWaiter(
                sequence: message.sequence, call: message.call, reply: reply, endsStep: endsStep,
                receive: message.receive))
        effects.append(.commit)
    }

    /// Notes that `sequence` itself is not committed: steps wait for that, too.
    func hold(_ sequence: Int64) { uncommitted.insert(sequence) }

    /// All that was kept before is durable now.
    func committed() {
        uncommitted.removeAll(keepingCapacity: true)
        guard !waiting.isEmpty else { return }
        let ready = waiting
        waiting.removeAll(keepingCapacity: true)
        for waiter in ready {
            guard let run = runs[waiter.sequence], run.call == waiter.call else { continue }
            waiter.receive(.success(waiter.reply))
            guard waiter.endsStep else { continue }
            run.active -= 1
            effects.append(.idle(waiter.sequence))
        }
    }

    // MARK: Changed code

    func allows(_ run: StepRun) -> Bool { changes == .finish || run.mayGoOn }

    func change(_ message: StepMessage, _ step: String, _ words: String) {
        let failure = StepFailure(.changed, step: step, words)
        effects.append(.changed(message.sequence, "\(failure)"))
        message.receive(.failure(failure))
    }

    func changeKind(_ message: StepMessage, _ entry: StepEntry, _ kind: StepEntry.Kind) {
        let before = entry.detail.isEmpty ? "\(entry.kind)" : "\(entry.kind) '\(entry.detail)'"
        change(message, entry.name, "the journal has it as \(before), the handler asks for another kind (\(kind))")
    }

    /// Why the outcome of `sequence` does not count: its handler left out what its journal has; nil when it counts.
    func omission(_ sequence: Int64, call: UInt64) -> String? {
        guard changes == .fail, let end = ends[sequence], end > 0 else { return nil }
        let left = if let run = runs[sequence], run.call == call { run.unvisited } else { Int(end) }
        return left == 0 ? nil : "the handler did not ask for \(left) of the steps that its journal has"
    }

    // MARK: Ends

    /// The handler's run is over, the request is not.
    func drop(_ sequence: Int64) { runs[sequence] = nil }

    /// Forgets a request: its journal goes with the commit of its outcome.
    ///
    /// - Throws: what the store throws.
    func conclude(_ sequence: Int64, now: Timestamp) throws {
        runs[sequence] = nil
        guard let end = ends.removeValue(forKey: sequence) else { return }
        for index in (waitsOfRequest.removeValue(forKey: sequence) ?? []).sorted() {
            let key = StepKey(sequence: sequence, index: index)
            guard let wait = waits.removeValue(forKey: key), let id = wait.id else { continue }
            operations[id] = nil
            if let entry = try store.get(key) {
                effects.append(.ended(key, operation(id, entry), .cancelled))
            }
        }
        for index in 0..<end { try store.put(StepKey(sequence: sequence, index: index), nil, at: now) }
    }

    /// The task leaves: nobody gets a reply any more.
    func close() {
        for waiter in waiting { waiter.receive(.failure(CancellationError())) }
        for run in runs.values {
            for waiter in run.waiters { waiter.receive(.failure(CancellationError())) }
            for reply in run.ready { reply.receive(.failure(CancellationError())) }
        }
        waiting.removeAll()
        runs.removeAll()
    }
}

extension StepLedger {
    /// Reads the journal after a restore; `key` knows the idempotency keys of the requests that live.
    ///
    /// - Returns: the deadlines that waits have moved.
    /// - Throws: what the store throws.
    func load(key: (Int64) -> String?) throws -> [Int64: Timestamp] {
        var deadlines: [Int64: Timestamp] = [:]
        var orphans: [StepKey] = []
        try store.scan { place, entry, _ in
            guard let request = key(place.sequence) else {
                orphans.append(place)
                return true
            }
            ends[place.sequence] = max(ends[place.sequence] ?? 0, place.index + 1)
            if let deadline = entry.deadline {
                let allowed = entry.writer == writer ? deadline : deadline + skew
                deadlines[place.sequence] = max(deadlines[place.sequence] ?? allowed, allowed)
            }
            if entry.state == .open, entry.due != nil { register(place, entry, of: request) }
            return true
        }
        for orphan in orphans { try store.put(orphan, nil, at: .unknown) }
        return deadlines
    }
}

/// Numbers in the journal.
enum StepValue {
    static func bytes(of number: UInt64) -> Bytes {
        var writer = ByteWriter(capacity: 8)
        writer.append(bigEndian: number)
        return Bytes(writer.bytes)
    }

    static func number(_ bytes: Bytes) throws -> UInt64 {
        var reader = ByteReader(bytes)
        guard bytes.count == 8, let number = reader.integer(UInt64.self) else {
            throw SerdeError(.malformed, serde: "tributary.step-entry", reason: "\(bytes.count) bytes instead of 8")
        }
        return number
    }
}
