import StateStores
import StreamCore
import Topology

extension TopicAskOperator {
    /// Takes a record of the step's inbox; the task's own inbox position moves on with the same commit.
    func receive(_ record: LogRecord) throws {
        let message: AgentMessage
        do {
            message = try remote.codec.read(MessageRecord(record), as: .reply)
        } catch {
            return try context.fail(error, at: step, .decode)
        }
        guard let sequence = sequences[message.id], sent.contains(sequence), let item = queue.items[sequence] else {
            return context.count("asks_dropped", step: step, reason: reasonToDrop(message))
        }
        let now = context.clock.now()
        switch message.kind {
        case .partial: try take(part: message, of: sequence, item.entry)
        case .reply: try answered(sequence, message, item, now)
        case .error: try failed(sequence, message.error, now)
        case .request, .message, .cancel, .decision:
            context.count("asks_dropped", step: step, reason: "a \(message.kind.rawValue) is no reply")
            return
        }
        try sendEligible(now)
    }

    /// Why nobody waits for `message`.
    private func reasonToDrop(_ message: AgentMessage) -> String {
        if let how = past[message.id] { return how == "answered" ? "duplicate reply" : "late reply" }
        // Ended before this instance took the task over: it is ours, and not in the journal any more.
        let mine = "\(RequestID.prefix(context.incarnation, step))\(context.task)/"
        return message.id.hasPrefix(mine) ? "late reply" : "unknown id"
    }

    private func answered(
        _ sequence: Int64, _ message: AgentMessage, _ item: AskQueue.Item, _ now: Timestamp
    ) throws {
        if item.phase == .calling { limits.breaker?.note(success: true, now: now) }
        guard remote.accepts(replyType: message.type) else {
            let type = message.type ?? ""
            let error = MessageError("unknownType", "the reply is a '\(type)'")
            return try fail(
                sequence, .refused, "the reply is a '\(type)', expected is '\(remote.replyType ?? "")'", error)
        }
        if let missing = try missingParts(of: sequence, message) {
            return try fail(sequence, .incomplete, missing)
        }
        try conclude(sequence, .success(message), reason: "answered")
    }

    private func failed(_ sequence: Int64, _ error: MessageError?, _ now: Timestamp) throws {
        guard let item = queue.items[sequence] else { return }
        let error = error ?? MessageError("failed", "the remote agent gave no reason")
        // A target that refuses a request works: only what may pass by itself speaks against it.
        if item.phase == .calling { limits.breaker?.note(success: !error.isRetryable, now: now) }
        if error.isRetryable, try retries(sequence, item, now, after: .zero) { return }
        try fail(sequence, error.failureCode, error.message, error)
    }
}

// MARK: - Partial replies

extension TopicAskOperator {
    /// Forwards a part that is next, keeps one that is ahead, drops what came before.
    func take(part message: AgentMessage, of sequence: Int64, _ entry: AskEntry) throws {
        guard let parts, let make = shape.part else {
            return context.count("asks_dropped", step: step, reason: "part that nobody wants")
        }
        guard let index = message.sequence else {
            return context.count("asks_dropped", step: step, reason: "part without a number")
        }
        let attempt = message.attempt ?? 1
        var progress = try parts.get(sequence) ?? PartProgress(attempt: attempt)
        guard attempt >= progress.attempt else {
            return context.count("asks_dropped", step: step, reason: "part of an earlier attempt")
        }
        // The server began again: whoever reads starts over with it.
        if attempt > progress.attempt { progress = PartProgress(attempt: attempt) }
        switch progress.take(index, message.payload) {
        case .duplicate: return context.count("asks_dropped", step: step, reason: "duplicate part")
        case .tooFarAhead: return context.count("asks_dropped", step: step, reason: "part too far ahead")
        case .kept: break
        case .next(let payloads):
            for (offset, payload) in payloads.enumerated() {
                var part = message
                part.payload = payload
                let output: Output
                do { output = try make(part, index + offset, attempt) } catch {
                    return try fail(sequence, .refused, "part \(index + offset) cannot be read: \(error)")
                }
                try emit(output, for: sequence, entry)
            }
        }
        try parts.put(sequence, progress, at: entry.timestamp)
        context.count("ask_parts", step: step)
        context.requestCommit()
    }

    /// What is missing of the parts that the final `message` counts; nil when nothing is.
    private func missingParts(of sequence: Int64, _ message: AgentMessage) throws -> String? {
        guard let parts else { return nil }
        return (try parts.get(sequence) ?? PartProgress(attempt: 1)).missing(at: message)
    }
}
