import AgentOperators
import JSON
import StateStores
import StreamCore
import Topology

/// The tasks of one partition, and who waits for them: every change is one event with a number of its own, published,
/// kept for replay and sent to all who wait, in the same commit.
///
/// Belongs to the task's thread.
final class TaskBook {
    let context: TaskContext
    let step: String
    let endpoint: A2AEndpoint
    let tasks: KeyValueStore<String, TaskRecord>
    let pushes: KeyValueStore<String, A2APushConfig>
    let messages: KeyValueStore<String, String>
    /// The largest task that its store, its topics and its askers take, in bytes.
    let limit: Int
    private let events: KeyValueStore<String, Bytes>
    private let waiters: KeyValueStore<String, TaskWaiter>
    private let eventsKept: Int
    private let push: Receiver<String, A2APushDelivery>
    private let writer: MessageWriter
    /// Who waits, by what they wait for, in the order in which they came.
    private var waiting: [String: [String]] = [:]

    /// What a record has besides its value, and a task besides its events.
    private static let overhead = 4_096

    init(
        _ wiring: Wiring, step: String, endpoint: A2AEndpoint, _ stores: A2AStores, eventsKept: Int,
        push: @escaping Receiver<String, A2APushDelivery>
    ) throws {
        context = wiring.context
        self.step = step
        self.endpoint = endpoint
        self.eventsKept = eventsKept
        self.push = push
        tasks = try wiring.keyValueStore(stores.tasks)
        events = try wiring.keyValueStore(stores.events)
        waiters = try wiring.keyValueStore(stores.waiters)
        pushes = try wiring.keyValueStore(stores.pushes)
        messages = try wiring.keyValueStore(stores.messages)
        writer = MessageWriter(wiring.context, step: step)
        let topics = [wiring.changelogTopic(of: stores.tasks.specification.name), endpoint.tasks, endpoint.events]
        limit = (topics.compactMap { wiring.context.maxRecordBytes(of: $0) }.min() ?? Self.usualLimit) - Self.overhead
    }

    /// What Kafka takes unless it is told otherwise.
    private static let usualLimit = 1 << 20

    /// Reads who waits after a restore.
    func load() throws {
        try waiters.scan { id, waiter, _ in
            waiting[waiter.subject, default: []].append(id)
            return true
        }
    }

    // MARK: Changes

    /// Puts a task into the book; its first event is the task itself.
    func open(_ task: A2ATask, work: String, _ now: Timestamp) throws {
        let event = A2AStreamResponse.task(task)
        let bytes = Bytes(event.json.text)
        let record = TaskRecord(task: task, generation: 1, work: [work], bytes: bytes.count)
        try tasks.put(task.id, record, at: now)
        try publish(event, bytes, of: record, now)
    }

    /// Applies an event to its task, and publishes it; what ids and times it lacks it gets here.
    ///
    /// - Returns: whether it counts: nothing changes a task that has ended.
    func apply(_ event: A2AStreamResponse, to id: String, _ now: Timestamp) throws -> Bool {
        guard var record = try tasks.get(id), !record.task.status.state.isTerminal else {
            context.count("a2a_events_dropped", step: step, reason: "the task has ended")
            return false
        }
        let event = complete(event, record, now)
        let bytes = Bytes(event.json.text)
        let isEnd = event.status?.state.isTerminal == true
        guard record.bytes + bytes.count <= limit || isEnd else {
            let words = "the task has grown to \(record.bytes + bytes.count) bytes, \(limit) can be kept"
            throw A2AError(.internal, words)
        }
        do {
            try record.task.apply(event)
        } catch {
            throw A2AError(.invalidAgentResponse, "\(error)")
        }
        record.generation += 1
        record.bytes += bytes.count
        while record.generation - record.firstKept >= eventsKept {
            try events.put(A2AStores.eventKey(id, record.firstKept), nil, at: now)
            record.firstKept += 1
        }
        try tasks.put(id, record, at: now)
        try publish(event, bytes, of: record, now)
        return true
    }

    /// Changes what is known of a task besides the task: that is no event.
    func note(_ id: String, _ now: Timestamp, _ body: (inout TaskRecord) -> Void) throws {
        guard var record = try tasks.get(id) else { return }
        body(&record)
        try tasks.put(id, record, at: now)
    }

    private func complete(_ event: A2AStreamResponse, _ record: TaskRecord, _ now: Timestamp) -> A2AStreamResponse {
        switch event {
        case .statusUpdate(var update):
            // Sorted by time, tasks keep the order of their changes even where a clock was set back.
            update.status.timestamp = max(now, record.task.status.timestamp ?? now)
            update.status.message?.messageID = "\(record.task.id)-\(record.generation + 1)"
            update.status.message?.taskID = record.task.id
            update.status.message?.contextID = record.task.contextID
            (update.taskID, update.contextID) = (record.task.id, record.task.contextID)
            return .statusUpdate(update)
        case .artifactUpdate(var update):
            (update.taskID, update.contextID) = (record.task.id, record.task.contextID)
            return .artifactUpdate(update)
        case .task, .message: return event
        }
    }

    private func publish(_ event: A2AStreamResponse, _ bytes: Bytes, of record: TaskRecord, _ now: Timestamp) throws {
        let id = record.task.id
        try events.put(A2AStores.eventKey(id, record.generation), bytes, at: now)
        let headers = headers(record.generation)
        try writer.send(
            MessageRecord(key: Bytes(id), value: bytes, headers: headers), to: MessageAddress(topic: endpoint.events),
            at: now)
        if event.status != nil { try snapshot(record, now) }
        for waiter in waiting[id] ?? [] { try tell(waiter, event, bytes, record, now) }
        guard record.isPushed else { return }
        try pushes.scan(prefix: Bytes("\(id)\u{0}")) { key, config, _ in
            let delivery = A2APushDelivery(
                id: "\(id)/\(record.generation)", config: config, body: String(decoding: bytes.array, as: UTF8.self))
            try push(Record(key: key, value: delivery, timestamp: now))
            return true
        }
    }

    private func snapshot(_ record: TaskRecord, _ now: Timestamp) throws {
        try writer.send(
            MessageRecord(
                key: Bytes(record.task.id), value: Bytes(record.task.json.text), headers: headers(record.generation)),
            to: MessageAddress(topic: endpoint.tasks, partition: 0), at: now)
    }

    /// Removes tasks that nothing has changed for long.
    func forget(_ now: Timestamp) throws {
        try tasks.expire(now: now, limit: 64) { id, record in
            for generation in record.firstKept...max(record.firstKept, record.generation) {
                try events.put(A2AStores.eventKey(id, generation), nil, at: now)
            }
            var configs: [String] = []
            try pushes.scan(prefix: Bytes("\(id)\u{0}")) { key, _, _ in
                configs.append(key)
                return true
            }
            for key in configs { try pushes.put(key, nil, at: now) }
            try writer.send(
                MessageRecord(key: Bytes(id), value: nil), to: MessageAddress(topic: endpoint.tasks, partition: 0),
                at: now)
        }
        try messages.expire(now: now, limit: 64)
    }

    // MARK: Who waits

    /// Lets somebody wait.
    func wait(_ waiter: TaskWaiter, _ now: Timestamp) throws {
        guard try waiters.get(waiter.id) == nil else { return }
        try waiters.put(waiter.id, waiter, at: now)
        waiting[waiter.subject, default: []].append(waiter.id)
    }

    /// Whether a request waits already.
    func isWaiting(_ id: String) throws -> Bool { try waiters.get(id) != nil }

    /// Whether a request wants every item.
    func isStream(_ id: String) throws -> Bool { try waiters.get(id)?.isStream == true }

    /// Ends somebody's wait.
    func withdraw(_ id: String, _ now: Timestamp) throws {
        guard let waiter = try waiters.get(id) else { return }
        try waiters.put(id, nil, at: now)
        waiting[waiter.subject]?.removeAll { $0 == id }
        if waiting[waiter.subject]?.isEmpty == true { waiting[waiter.subject] = nil }
    }

    /// Ends the wait of all whose time is over: they have stopped to listen.
    func expire(_ now: Timestamp) throws {
        var late: [String] = []
        for ids in waiting.values {
            for id in ids {
                if let waiter = try waiters.get(id), waiter.deadline <= now.milliseconds { late.append(id) }
            }
        }
        for id in late {
            try withdraw(id, now)
            context.count("a2a_waits_expired", step: step)
        }
    }

    private func tell(
        _ id: String, _ event: A2AStreamResponse, _ bytes: Bytes, _ record: TaskRecord, _ now: Timestamp
    ) throws {
        guard let waiter = try waiters.get(id) else { return }
        if waiter.isStream { try item(bytes, record.generation, to: id, now) }
        guard let state = event.status?.state else { return }
        let isOver =
            state.isTerminal || (waiter.isStream ? waiter.endsOnInput && state == .inputRequired : state.isInterrupted)
        if isOver { try end(id, .task(record.task.withHistory(waiter.historyLength)), record.generation, now) }
    }

    /// Sends an item of a stream.
    func item(_ bytes: Bytes, _ generation: Int, to id: String, _ now: Timestamp) throws {
        guard var waiter = try waiters.get(id) else { return }
        var message = AgentMessage(.partial, id: id)
        message.key = waiter.key.map { Bytes($0) }
        message.payload = bytes
        message.sequence = waiter.sent
        message.attempt = 1
        message.headers = headers(generation)
        waiter.sent += 1
        try waiters.put(id, waiter, at: now)
        try answer(message, to: waiter, now)
    }

    /// Ends a wait with what it waited for: a stream with how many items it had.
    func end(_ id: String, _ reply: A2ASendReply, _ generation: Int, _ now: Timestamp) throws {
        guard let waiter = try waiters.get(id) else { return }
        var message = AgentMessage(.reply, id: id)
        message.key = waiter.key.map { Bytes($0) }
        message.payload = Bytes(waiter.isStream ? "{}" : reply.json.text)
        message.headers = headers(generation)
        if waiter.isStream {
            message.sequence = waiter.sent
            message.attempt = 1
        }
        try withdraw(id, now)
        try answer(message, to: waiter, now)
    }

    /// Ends a wait with an error.
    func fail(_ id: String, _ error: A2AError, _ now: Timestamp) throws {
        guard let waiter = try waiters.get(id) else { return }
        try withdraw(id, now)
        var message = AgentMessage(.error, id: id)
        message.key = waiter.key.map { Bytes($0) }
        message.error = error.messageError
        message.headers = headers(nil)
        try answer(message, to: waiter, now)
    }

    /// Who waits for `subject`.
    func waiters(of subject: String) -> [String] { waiting[subject] ?? [] }

    private func answer(_ message: AgentMessage, to waiter: TaskWaiter, _ now: Timestamp) throws {
        try send(message, to: MessageAddress(topic: waiter.topic, partition: waiter.partition), now)
    }

    /// Sends a message; somebody waits, so it leaves with an early commit.
    func send(_ message: AgentMessage, to address: MessageAddress, _ now: Timestamp) throws {
        context.requestCommit()
        try writer.send(message, to: address, at: now)
    }

    /// Passes a record on as it is.
    func forward(_ record: MessageRecord, to place: TopicPartition, _ now: Timestamp) throws {
        context.requestCommit()
        try writer.send(record, to: MessageAddress(topic: place.topic, partition: place.partition), at: now)
    }

    func headers(_ generation: Int?) -> Headers {
        var headers = Headers()
        headers.append(A2AHeader.version, A2AHeader.spoken)
        if let generation { headers.append(A2AHeader.generation, String(generation)) }
        return headers
    }

    // MARK: Replay

    /// Sends the events after `generation`, in order; returns false when some are not kept any more.
    func replay(_ record: TaskRecord, after generation: Int, to id: String, _ now: Timestamp) throws -> Bool {
        guard generation + 1 >= record.firstKept else { return false }
        var next = generation + 1
        while next <= record.generation {
            guard let bytes = try events.get(A2AStores.eventKey(record.task.id, next)) else { return false }
            try item(bytes, next, to: id, now)
            next += 1
        }
        return true
    }
}
