import StateStores
import StreamCore
import Topology

/// A task's part of a `reply`: takes requests, runs the handler by `ask`, writes what comes of it to whoever asked.
///
/// Works on bytes; what they mean is the handler's matter. Requests are journalled in the native form, whatever they looked
/// like, so that all that is needed for the reply is in the journal.
final class ReplyDesk: TaskParticipant {
    typealias Outcome = Result<Bytes?, AgentFailure>
    /// Answers a request; sends parts by the last argument.
    typealias Handler =
        @Sendable (Bytes?, AskContext, @escaping @Sendable (Bytes?) async throws -> Void) async throws -> Bytes?

    /// What the plan knows of the step, the same for all its tasks.
    struct Plan: Sendable {
        let codec: any MessageCodec
        let replies: ReplyRoute
        let agent: String?
        let requestType: String?
        let replyType: String?
        let isStreaming: Bool
        let timeout: Duration
        let handler: Handler
    }

    private let context: TaskContext
    private let step: String
    private let plan: Plan
    private let served: KeyValueStore<String, ServedRequest>
    private var writer: MessageWriter?
    private let board: ReplyBoard
    /// The largest request and the largest answer that are kept.
    private let limit: Int
    /// The run whose parts go out, for each request that has sent any.
    private var streaming: [String: UInt64] = [:]

    private static let native = NativeMessageCodec()
    private static let tooLarge = "tooLarge"
    /// More than a journal entry or an answer takes beside its payload and headers.
    private static let overhead = 2_048

    init(
        _ wiring: Wiring, step: String, _ plan: Plan, served: KeyValueStore<String, ServedRequest>, journal: String
    ) {
        context = wiring.context
        self.step = step
        self.plan = plan
        self.served = served
        board = ReplyBoard(wake: wiring.context.wake)
        let topics = [journal, served.specification.name].map { wiring.changelogTopic(of: $0) }
        limit = (topics.compactMap { wiring.context.maxRecordBytes(of: $0) }.min() ?? .max) - Self.overhead
        writer = MessageWriter(wiring.context, step: step, codec: plan.codec) { [weak self] in try self?.refused($0) }
    }

    // MARK: Requests

    /// Takes the record at hand; `accept` journals it as a request.
    func take(_ accept: (Record<Bytes?, Bytes?>, RequestIdentity) throws -> Bool) throws {
        guard let raw = context.current else { return }
        let message: AgentMessage
        let address: MessageAddress
        do {
            var read = try plan.codec.read(MessageRecord(raw), as: .request)
            guard read.kind == .request else { return takeOther(read) }
            if let trace = context.trace {
                trace.write(to: &read.headers)
                read.headers.set(TraceCause.header, TraceCause.text(context.source, raw.offset))
            }
            message = read
            address = try self.address(of: read)
        } catch {
            return try context.fail(error, at: step, .decode)
        }
        let now = context.clock.now()
        guard message.deadline.map({ now < $0 }) ?? true else {
            return context.count("requests_expired", step: step)
        }
        if let wanted = plan.agent, let agent = message.agent, agent != wanted {
            return context.count("requests_passed_over", step: step, reason: "another agent's")
        }
        let known = try served.get(message.id)
        if let known, known.status != .released {
            return try answerAgain(message, known, to: address, at: raw.timestamp)
        }
        var request = message
        request.replyTo = address
        if let error = refusal(of: request) {
            var reply = AgentMessage(.error, id: request.id)
            reply.error = error
            return try write(reply, to: request, at: raw.timestamp, reason: error.code)
        }
        var state = known ?? ServedRequest()
        state.status = .open
        try served.put(request.id, state, at: raw.timestamp)
        let native = Self.native.write(request)
        let record = LogRecord(
            offset: raw.offset, timestamp: raw.timestamp, key: native.key, value: native.value,
            headers: native.headers)
        let deadline = min(request.deadline ?? .latest, now + plan.timeout)
        try context.resume(record, from: context.source) {
            _ = try accept(
                Record(key: native.key, value: native.value, timestamp: raw.timestamp),
                RequestIdentity(id: request.id, deadline: deadline))
        }
    }

    private func address(of message: AgentMessage) throws -> MessageAddress {
        guard !message.id.isEmpty else {
            throw MessageFormatError("the request has no id: set header '\(MessageHeader.id)'")
        }
        if case .topic(let topic) = plan.replies { return MessageAddress(topic: topic) }
        guard let address = message.replyTo else {
            throw MessageFormatError(
                "the request says not where its reply goes: set header '\(MessageHeader.replyTopic)'")
        }
        return address
    }

    private func takeOther(_ message: AgentMessage) {
        guard message.kind == .cancel else {
            return context.count(
                "requests_passed_over", step: step, reason: "a \(message.kind.rawValue) is no request")
        }
        board.cancel(message.id)
        context.count("requests_cancelled", step: step)
    }

    /// Why a request cannot be taken at all.
    private func refusal(of request: AgentMessage) -> MessageError? {
        if let wanted = plan.requestType, let type = request.type, type != wanted {
            return MessageError("unknownType", "the request is a '\(type)', expected is '\(wanted)'")
        }
        let size = (request.key?.count ?? 0) + (request.payload?.count ?? 0) + request.headers.byteCount
        guard size > limit else { return nil }
        return MessageError(Self.tooLarge, "the request has \(size) bytes, the server's journal takes \(limit)")
    }

    /// Deals with a request whose id is known: one at work is dropped, one that was answered gets its answer again.
    private func answerAgain(
        _ request: AgentMessage, _ known: ServedRequest, to address: MessageAddress, at timestamp: Timestamp
    ) throws {
        context.count("requests_repeated", step: step, reason: known.status == .open ? "at work" : "answered")
        guard let answer = known.answer else { return }
        var request = request
        request.replyTo = address
        try write(answer.message(to: request.id), to: request, at: timestamp, reason: "answered again")
    }

    // MARK: Handlers

    /// Begins a run of the handler.
    func begin(
        _ payload: Bytes?, _ ask: AskContext, _ finish: @escaping @Sendable (Outcome.Answer) -> Void
    ) -> AskCall {
        let record = MessageRecord(key: nil, value: nil, headers: ask.headers)
        guard let request = try? Self.native.read(record, as: .request), let run = board.begin(request.id) else {
            finish(.failure(ReplyBoard.takenBack))
            return AskCall {}
        }
        let (id, board, handler) = (request.id, board, plan.handler)
        let task = Task(executorPreference: BlockingExecutor.agents) {
            do {
                let reply = try await handler(payload, ask) { part in
                    try await board.send(
                        .init(request: request, run: run, payload: part))
                }
                _ = board.end(id, run, nil)
                finish(.success(reply))
            } catch {
                finish(.failure(board.end(id, run, error) ?? error))
            }
        }
        board.attach(id, run) { task.cancel() }
        return AskCall { task.cancel() }
    }

    // MARK: Replies

    /// Writes what came of the request at hand, in the commit of the outcome.
    func conclude(_ outcome: Outcome, of entry: AskEntry) throws {
        let raw = entry.record
        let request = try Self.native.read(MessageRecord(raw), as: .request)
        try sendParts()
        let run = board.conclude(request.id)
        let isLastStreaming = run != nil && streaming.removeValue(forKey: request.id) == run
        var state = try served.get(request.id) ?? ServedRequest()
        var reply = AgentMessage(.reply, id: request.id)
        switch outcome {
        case .success(let payload): reply.payload = payload
        case .failure(let failure):
            reply.kind = .error
            reply.error = MessageError(failure)
        }
        if plan.isStreaming {
            reply.sequence = isLastStreaming ? state.parts : 0
            reply.attempt = max(1, isLastStreaming ? state.attempt : state.attempt + 1)
        }
        let isFinal = reply.error?.isRetryable != true
        state.status = isFinal ? .done : .released
        let isSmall = (reply.payload?.count ?? 0) + (reply.error?.message.utf8.count ?? 0) <= limit
        state.answer = isFinal && isSmall ? ServedRequest.Answer(reply) : nil
        try served.put(request.id, state, at: raw.timestamp)
        try write(reply, to: request, at: raw.timestamp, reason: reply.error?.code ?? "answered")
    }

    private func write(
        _ reply: AgentMessage, to request: AgentMessage, at timestamp: Timestamp, reason: String
    ) throws {
        guard let address = request.replyTo else { return }
        var reply = reply
        reply.key = request.key
        reply.type = plan.replyType
        reply.headers = request.headers
        context.count("replies_written", step: step, reason: reason)
        do {
            try writer?.send(reply, to: address, at: timestamp)
        } catch let error as TaskFailure {
            throw error
        } catch {
            try context.fail(error, at: step, .encode)
        }
        // Somebody waits.
        context.requestCommit()
    }

    /// Deals with a reply that its topic does not take: a dead letter, and where it is only too large the asker hears that.
    private func refused(_ output: RefusedOutput) throws {
        context.bury(output, at: step)
        guard output.isTooLarge, let reply = try? plan.codec.read(MessageRecord(output.record), as: .reply),
            reply.error?.code != Self.tooLarge
        else { return }
        var message = AgentMessage(.error, id: reply.id)
        message.key = reply.key
        message.type = reply.type
        message.error = MessageError(Self.tooLarge, "the reply cannot be written: \(output.reason)")
        let address = MessageAddress(topic: output.destination.topic, partition: output.destination.partition)
        try writer?.send(message, to: address, at: output.record.timestamp)
    }

    private func sendParts() throws {
        for part in board.takeParts() {
            let id = part.request.id
            guard let address = part.request.replyTo, let known = try served.entry(id), known.value.status == .open
            else {
                context.count("parts_dropped", step: step)
                continue
            }
            var state = known.value
            let time = known.timestamp
            if streaming[id] != part.run {
                // A run that came later has begun to send already.
                guard streaming[id] ?? 0 < part.run else {
                    context.count("parts_dropped", step: step)
                    continue
                }
                streaming[id] = part.run
                state.attempt += 1
                state.parts = 0
            }
            var message = AgentMessage(.partial, id: id)
            message.key = part.request.key
            message.payload = part.payload
            message.sequence = state.parts
            message.attempt = state.attempt
            state.parts += 1
            try served.put(id, state, at: time)
            try writer?.send(message, to: address, at: time)
            context.count("parts_written", step: step)
            context.requestCommit()
        }
    }

    // MARK: The task's life

    func started() throws {}

    func advance(now: Timestamp) throws -> Bool {
        let before = context.outputs.count
        try sendParts()
        return context.outputs.count != before
    }

    func committed(now: Timestamp) {}

    var isFull: Bool { false }

    var isWaiting: Bool { false }

    var nextDue: Timestamp? { nil }

    func leaving() {}

    func ended() {
        board.close()
        writer = nil
    }
}

extension Result where Success == Bytes?, Failure == AgentFailure {
    /// What a handler's run ends with.
    typealias Answer = Result<Bytes?, any Error>
}
