import AgentOperators
import JSON
import StateStores
import StreamCore

/// What a handler came to, whatever its kind.
enum A2AAnswer: Sendable {
    case outcome(A2AOutcome)
    case message([A2APart])
}

/// What a handler is journalled with.
struct A2AJob: Sendable {
    /// The task; empty where answers are messages.
    let taskID: String
    let contextID: String
    let request: A2ASendMessage
    /// What its message is known again by.
    let memory: String

    init(taskID: String, contextID: String, request: A2ASendMessage, memory: String) {
        (self.taskID, self.contextID, self.request, self.memory) = (taskID, contextID, request, memory)
    }

    init(_ bytes: Bytes?) throws {
        let fields = try A2AFields(try JSONValue(parsing: bytes ?? "{}"), "a job")
        self.init(
            taskID: try fields.string("taskId") ?? "", contextID: try fields.string("contextId") ?? "",
            request: try fields.must("request"), memory: try fields.string("memory") ?? "")
    }

    var bytes: Bytes {
        let json: JSONValue = [
            "taskId": .string(taskID), "contextId": .string(contextID), "request": request.json,
            "memory": .string(memory),
        ]
        return Bytes(json.text)
    }
}

/// What a handler's run is made with.
struct A2AInput: Sendable {
    let job: A2AJob
    let task: A2ATask?
}

extension A2ADesk {
    // MARK: Messages

    /// `SendMessage` and `SendStreamingMessage`.
    func sendMessage(_ call: A2ACall) throws {
        var request = try A2ASendMessage(json: call.params)
        let isStream = call.operation == .sendStreamingMessage
        let taskID = request.message.taskID
        let contextID = request.message.contextID
        if !taskID.isEmpty {
            guard try isHere(taskID, call) else { return }
        } else if !contextID.isEmpty {
            guard try isHere(contextID, call) else { return }
        }
        try check(request, isStream: isStream)
        // A request that comes again while somebody waits under its id is the same one.
        if try book.isWaiting(call.id) { return context.count("requests_repeated", step: step, reason: "at work") }
        let memory = Self.memoryKey(request.message, sender: call.message.sender)
        if let known = try book.messages.get(memory) { return try answerAgain(known, request, call) }
        guard call.message.payload.map({ $0.count * 2 < min(engine?.limit ?? .max, book.limit) }) ?? true else {
            let size = call.message.payload?.count ?? 0
            throw A2AError(.invalidParams, "the request has \(size) bytes, which is more than this agent keeps")
        }
        guard plan.options.answers == .tasks else {
            request.message.contextID = try contextID.isEmpty ? makeID("context/\(call.id)") : contextID
            try work(request, on: "", call, memory: memory)
            let subject = Self.subject(call.id)
            return try book.wait(waiter(call, subject, request.configuration, isStream: isStream), call.now)
        }
        let id = try taskID.isEmpty ? openTask(&request, call) : continueTask(taskID, &request, call)
        if let config = request.configuration?.pushConfig { try addPush(config, to: id, call) }
        try work(request, on: id, call, memory: memory)
        let record = try record(of: id)
        if isStream {
            try book.wait(waiter(call, id, request.configuration, isStream: true), call.now)
            return try book.item(Self.bytes(.task(record.task)), record.generation, to: call.id, call.now)
        }
        try reply(record, request.configuration, call)
    }

    private func check(_ request: A2ASendMessage, isStream: Bool) throws {
        if isStream, !plan.card.capabilities.streaming {
            throw A2AError(.unsupportedOperation, "this agent does not stream: use SendMessage")
        }
        if request.configuration?.pushConfig != nil { try needPushes() }
        let message = request.message
        guard message.role == .user else { throw A2AFormatError("'role' of a message to an agent must be ROLE_USER") }
        guard !message.parts.isEmpty else { throw A2AFormatError("'parts' of Message must not be empty") }
        if let length = request.configuration?.historyLength, length < 0 {
            throw A2AFormatError("'historyLength' must be 0 or more")
        }
        for part in message.parts where !plan.takes(part) {
            throw A2AError(
                .contentTypeNotSupported,
                "this agent takes \(plan.card.defaultInputModes.joined(separator: ", ")), not '\(part.mediaType)'")
        }
        let accepted = request.configuration?.acceptedOutputModes ?? []
        guard plan.makes(anyOf: accepted) else {
            throw A2AError(
                .contentTypeNotSupported,
                "this agent makes \(plan.card.defaultOutputModes.joined(separator: ", ")), the client takes \(accepted.joined(separator: ", "))"
            )
        }
    }

    private func openTask(_ request: inout A2ASendMessage, _ call: A2ACall) throws -> String {
        let id = try makeID(call.id)
        if request.message.contextID.isEmpty { request.message.contextID = try makeID("context/\(call.id)") }
        request.message.taskID = id
        try book.open(
            A2ATask(
                id, contextID: request.message.contextID, status: A2ATaskStatus(.submitted, timestamp: call.now),
                history: [request.message]), work: call.id, call.now)
        return id
    }

    private func continueTask(_ id: String, _ request: inout A2ASendMessage, _ call: A2ACall) throws -> String {
        let record = try record(of: id)
        let task = record.task
        guard request.message.contextID.isEmpty || request.message.contextID == task.contextID else {
            throw A2AError(
                .invalidParams,
                "task '\(id)' belongs to context '\(task.contextID)', not '\(request.message.contextID)'")
        }
        guard !task.status.state.isTerminal else { throw Self.ended(task) }
        request.message.contextID = task.contextID
        let said = request.message
        guard record.bytes + (call.message.payload?.count ?? 0) < book.limit else {
            throw A2AError(
                .invalidParams, "task '\(id)' has \(record.bytes) bytes and can take no message of this size")
        }
        try book.note(id, call.now) { record in
            if let word = record.task.status.message {
                record.task.history.append(word)
                record.task.status.message = nil
            }
            record.task.history.append(said)
            record.work.append(call.id)
            record.bytes += call.message.payload?.count ?? 0
        }
        let status = A2AStatusUpdate(taskID: id, contextID: task.contextID, status: A2ATaskStatus(.working))
        _ = try book.apply(.statusUpdate(status), to: id, call.now)
        return id
    }

    private func work(_ request: A2ASendMessage, on task: String, _ call: A2ACall, memory: String) throws {
        try book.messages.put(memory, task.isEmpty ? "p\(call.id)" : "t\(task)", at: call.now)
        let job = A2AJob(taskID: task, contextID: request.message.contextID, request: request, memory: memory)
        let line = task.isEmpty ? nil : Bytes(task)
        try engine?.take(
            call.id, line: line, payload: job.bytes, deadline: call.now + plan.options.handling.timeout, at: call.now)
    }

    private func reply(_ record: TaskRecord, _ configuration: A2ASendConfiguration?, _ call: A2ACall) throws {
        let state = record.task.status.state
        let isOver = state.isTerminal || state.isInterrupted
        if isOver || configuration?.returnImmediately == true {
            let task = record.task.withHistory(configuration?.historyLength)
            return try answer(call, A2ASendReply.task(task).json, generation: record.generation)
        }
        try book.wait(waiter(call, record.task.id, configuration, isStream: false), call.now)
    }

    private func waiter(
        _ call: A2ACall, _ subject: String, _ configuration: A2ASendConfiguration?, isStream: Bool
    ) -> TaskWaiter {
        TaskWaiter(
            id: call.id, subject: subject, isStream: isStream, endsOnInput: true, topic: call.address.topic,
            partition: call.address.partition, key: call.message.key?.utf8,
            deadline: (call.message.deadline ?? call.now + plan.options.tasksKept).milliseconds,
            historyLength: configuration?.historyLength)
    }

    // MARK: Messages that came before

    /// Answers a message that is known: it is the same work, whoever sent it again.
    private func answerAgain(_ known: String, _ request: A2ASendMessage, _ call: A2ACall) throws {
        context.count("requests_repeated", step: step, reason: "known message")
        let isStream = call.operation == .sendStreamingMessage
        let rest = String(known.dropFirst())
        let waiting = waiter(
            call, known.hasPrefix("t") ? rest : Self.subject(rest), request.configuration, isStream: isStream)
        switch known.first {
        case "t":
            let record = try record(of: rest)
            guard isStream else { return try reply(record, request.configuration, call) }
            try book.wait(waiting, call.now)
            try book.item(Self.bytes(.task(record.task)), record.generation, to: call.id, call.now)
            if record.task.status.state.isTerminal || record.task.status.state == .inputRequired {
                try book.end(call.id, .task(record.task), record.generation, call.now)
            }
        case "p": try book.wait(waiting, call.now)
        default:
            let message = try A2AMessage(json: try JSONValue(parsing: Bytes(rest)))
            guard isStream else { return try answer(call, A2ASendReply.message(message).json) }
            try book.wait(waiting, call.now)
            try book.item(Self.bytes(.message(message)), 1, to: call.id, call.now)
            try book.end(call.id, .message(message), 1, call.now)
        }
    }

    /// What a message is known again by: its id, its place, its content and, where the transport says it, its sender.
    static func memoryKey(_ message: A2AMessage, sender: String?) -> String {
        let content = StableID.make(message.json.text)
        return "\(message.messageID)\u{0}\(message.taskID)\u{0}\(message.contextID)\u{0}\(sender ?? "")\u{0}\(content)"
    }

    /// What those wait for who get no task.
    static func subject(_ request: String) -> String { "work/\(request)" }

    static func ended(_ task: A2ATask) -> A2AError {
        A2AError(
            .unsupportedOperation,
            "task '\(task.id)' has ended (\(task.status.state.rawValue)): begin another in context '\(task.contextID)'")
    }

    static func bytes(_ item: A2AStreamResponse) -> Bytes { Bytes(item.json.text) }

    // MARK: Handlers

    /// Makes what a run of the handler gets; a task that has ended meanwhile gets none.
    func prepare(_ id: String, _ payload: Bytes?) throws -> A2AInput {
        let job = try A2AJob(payload)
        guard !job.taskID.isEmpty else { return A2AInput(job: job, task: nil) }
        let record = try record(of: job.taskID)
        guard !record.task.status.state.isTerminal else { throw Self.ended(record.task) }
        return A2AInput(job: job, task: record.task)
    }

    /// Takes what a handler said.
    func heard(_ note: HandlerNote) throws {
        let now = context.clock.now()
        do {
            let event = try A2AStreamResponse(json: try JSONValue(parsing: note.payload))
            guard let id = event.taskID else { return }
            _ = try book.apply(event, to: id, now)
        } catch let error as A2AError {
            // The task cannot go on as its handler wants: it ends here, and with it its work.
            try giveUp(note, error, now)
        }
    }

    private func giveUp(_ note: HandlerNote, _ error: A2AError, _ now: Timestamp) throws {
        guard let id = try A2AStreamResponse(json: try JSONValue(parsing: note.payload)).taskID else { return }
        try close(id, .failed, error.message, now)
        for work in try book.tasks.get(id)?.work ?? [] { _ = try engine?.cancel(work, error.message) }
    }

    /// Gives a task a status of the agent's, with a message.
    func close(_ id: String, _ state: A2ATaskState, _ text: String?, _ now: Timestamp) throws {
        guard let task = try book.tasks.get(id)?.task else { return }
        let message = text.map { A2AMessage("-", role: .agent, parts: [.text($0)]) }
        let status = A2ATaskStatus(state, message: message)
        let update = A2AStatusUpdate(taskID: id, contextID: task.contextID, status: status)
        _ = try book.apply(.statusUpdate(update), to: id, now)
    }

    /// Takes how a handler ended.
    func conclude(_ end: HandlerEnd<A2AAnswer>) throws {
        let now = context.clock.now()
        let job = try A2AJob(end.payload)
        guard !job.taskID.isEmpty else { return try concludeMessage(end, job, now) }
        try book.note(job.taskID, now) { record in record.work.removeAll { $0 == end.request } }
        let state = try book.tasks.get(job.taskID)?.task.status.state
        if state?.isTerminal == true {
            // Whoever's message came too late learns it; whoever waits for the task has its end.
            let late = A2AError(.unsupportedOperation, "task '\(job.taskID)' ended before this message was dealt with")
            return try book.fail(end.request, late, now)
        }
        switch end.outcome {
        case .success(.outcome(let outcome)): try close(job.taskID, outcome.state, outcome.text, now)
        case .success(.message(let parts)):
            let text = A2AMessage("-", role: .agent, parts: parts).text
            try close(job.taskID, .completed, text, now)
        case .failure(let failure) where failure.code == .cancelled:
            try close(job.taskID, .canceled, nil, now)
        case .failure(let failure):
            context.count("a2a_failures", step: step, reason: failure.code.rawValue)
            try close(job.taskID, .failed, failure.message, now)
        }
    }

    private func concludeMessage(_ end: HandlerEnd<A2AAnswer>, _ job: A2AJob, _ now: Timestamp) throws {
        let subject = Self.subject(end.request)
        switch end.outcome {
        case .success(let answer):
            let parts: [A2APart]
            switch answer {
            case .message(let said): parts = said
            case .outcome(let outcome): parts = [.text(outcome.text ?? "")]
            }
            let message = A2AMessage(
                try makeID("message/\(end.request)"), role: .agent, parts: parts, contextID: job.contextID)
            for waiter in book.waiters(of: subject) {
                if try book.isStream(waiter) { try book.item(Self.bytes(.message(message)), 1, to: waiter, now) }
                try book.end(waiter, .message(message), 1, now)
            }
            try remember("m\(message.json.text)", job, now)
        case .failure(let failure):
            let error = A2AError(failure) ?? A2AError(.internal, failure.message)
            for waiter in book.waiters(of: subject) { try book.fail(waiter, error, now) }
            // Another try may succeed.
            try remember(nil, job, now)
        }
    }

    private func remember(_ answer: String?, _ job: A2AJob, _ now: Timestamp) throws {
        guard try book.messages.get(job.memory) != nil else { return }
        try book.messages.put(job.memory, answer, at: now)
    }
}
