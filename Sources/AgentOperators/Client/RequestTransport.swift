package import EventLog
import Foundation
package import StreamCore
import Synchronization

/// Sends messages and hears replies on a log, for any process: one thread, one reader, no group, no topology.
///
/// Knows nothing of payloads: messages go in and come out. Any thread may call.
package final class RequestTransport: Sendable {
    /// Hears what comes of a request, on the transport's thread: any number of partials, then one end.
    package typealias Listener = @Sendable (Result<AgentMessage, AgentFailure>) -> Void

    /// A message on its way out.
    private struct Outgoing: Sendable {
        let record: MessageRecord
        let topic: String
        /// The request that it is; nil for what nobody waits for.
        let id: String?
        /// Hears when it is written, or why not; for what has no listener.
        var done: (@Sendable (EventLogError?) -> Void)?
    }

    private struct Waiter {
        let deadline: Timestamp
        let codec: any MessageCodec
        let listener: Listener
    }

    private struct State {
        var outgoing: [Outgoing] = []
        var waiters: [String: Waiter] = [:]
        /// No deadline is earlier.
        var earliest = Timestamp.latest
        /// The forms that replies may have, by their types' names.
        var codecs: [String: any MessageCodec] = [:]
        /// Topics where services answer everybody.
        var wanted: Set<String> = []
        var wake: @Sendable () -> Void = {}
        var isClosed = false
        /// Messages for nobody here, by reason.
        var dropped: [String: Int] = [:]
    }

    /// Where replies to this transport go.
    package let address: MessageAddress
    /// What the ids of its requests begin with.
    package let name: String
    private let log: any EventLog
    private let inbox: ClientInbox
    private let clock: any WallClock
    private let state = Mutex(State())
    private let number = Atomic<Int>(0)
    private let stopped = DispatchSemaphore(value: 0)

    /// A transport that reads from now on.
    ///
    /// - Throws: ``EventLogError`` when its inbox cannot be made or read.
    package init(on log: any EventLog, inbox: ClientInbox, clock: any WallClock) throws(EventLogError) {
        self.log = log
        self.inbox = inbox
        self.clock = clock
        let place = try inbox.open(on: log)
        address = MessageAddress(topic: place.topic, partition: place.partition)
        name = "client-\(UUID().uuidString.lowercased())"
        // What is read begins before the first request can be sent.
        let start = try log.offsets(of: place, isolation: .committed).end
        let thread = Thread { [self] in run(place, from: start) }
        thread.name = "tributary-client"
        thread.start()
    }

    /// A fresh id.
    package func newID() -> String { "\(name)/\(number.add(1, ordering: .relaxed).newValue)" }

    /// How many messages were for nobody here, by reason.
    package var dropped: [String: Int] { state.withLock { $0.dropped } }

    /// Sends `message` to `topic`, in the partition of its key, and hears what comes of it until `message.deadline`.
    ///
    /// - Parameters:
    ///   - message: the request; its id is one of ``newID()``.
    ///   - topic: where it goes.
    ///   - codec: how it and its replies look.
    ///   - route: where its replies come.
    ///   - listener: hears them; last a final message or a failure.
    /// - Throws: what the codec throws; ``AgentFailure`` with code `cancelled` when the transport is closed.
    package func exchange(
        _ message: AgentMessage, to topic: String, codec: any MessageCodec, route: ReplyRoute,
        _ listener: @escaping Listener
    ) throws {
        var message = message
        if route == .asker { message.replyTo = address }
        let record = try codec.write(message)
        let deadline = message.deadline ?? .latest
        let wake = try state.withLock { state in
            guard !state.isClosed else { throw Self.failure(.cancelled, "the client is closed", message.id) }
            if case .topic(let responses) = route { state.wanted.insert(responses) }
            state.codecs["\(type(of: codec))"] = codec
            state.earliest = min(state.earliest, deadline)
            state.waiters[message.id] = Waiter(deadline: deadline, codec: codec, listener: listener)
            state.outgoing.append(Outgoing(record: record, topic: topic, id: message.id))
            return state.wake
        }
        wake()
    }

    /// Waits no longer for `id`, and sends `cancel` to `topic`, so that whoever answers knows, if `codec` can say it.
    package func withdraw(_ id: String, _ cancel: AgentMessage, to topic: String, codec: any MessageCodec) {
        let record = try? codec.write(cancel)
        let wake = state.withLock { state in
            guard state.waiters.removeValue(forKey: id) != nil, !state.isClosed else { return state.wake }
            // Not sent yet: then there is nothing to take back.
            let count = state.outgoing.count
            state.outgoing.removeAll { $0.id == id }
            if state.outgoing.count == count, let record {
                state.outgoing.append(Outgoing(record: record, topic: topic, id: nil))
            }
            return state.wake
        }
        wake()
    }

    /// Sends messages that nobody answers, and returns when the log has them: on the embedded log all at once.
    ///
    /// - Throws: ``EventLogError`` of the first that the log does not take; `closed` when the transport is.
    package func post(_ messages: [(record: MessageRecord, topic: String)]) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            post(messages) { error in
                if let error { continuation.resume(throwing: error) } else { continuation.resume() }
            }
        }
    }

    private func post(
        _ messages: [(record: MessageRecord, topic: String)], _ done: @escaping @Sendable (EventLogError?) -> Void
    ) {
        guard !messages.isEmpty else { return done(nil) }
        let rest = Mutex(messages.count)
        // Called once for each message; the first error ends it, else the last message.
        let each: @Sendable (EventLogError?) -> Void = { error in
            let isEnd = rest.withLock { rest in
                guard rest > 0 else { return false }
                rest = error == nil ? rest - 1 : 0
                return rest == 0
            }
            if isEnd { done(error) }
        }
        let wake = state.withLock { state in
            guard !state.isClosed else { return nil as (@Sendable () -> Void)? }
            for message in messages {
                state.outgoing.append(Outgoing(record: message.record, topic: message.topic, id: nil, done: each))
            }
            return state.wake
        }
        guard let wake else { return done(EventLogError(.closed, "the client is closed")) }
        wake()
    }

    /// Ends all requests with code `cancelled`, and the thread; deletes what it made.
    package func close() {
        let wake = state.withLock { state in
            guard !state.isClosed else { return nil as (@Sendable () -> Void)? }
            state.isClosed = true
            return state.wake
        }
        guard let wake else { return }
        wake()
        stopped.wait()
        inbox.close(on: log)
    }

    package static func failure(_ code: AgentFailure.Code, _ message: String, _ id: String) -> AgentFailure {
        AgentFailure(code, message, attempts: 1, idempotencyKey: id)
    }
}

// MARK: - The thread

extension RequestTransport {
    /// What the thread alone knows.
    private struct Reading {
        let reader: any LogReader
        let inbox: TopicPartition
        /// The topics of others that it reads, with their partitions.
        var opened: [String: [TopicPartition]] = [:]
        /// When what could not be sent is tried again.
        var retryAt: Timestamp?
        var partitions: [String: Int32] = [:]
    }

    private func run(_ place: TopicPartition, from start: Int64) {
        defer { stopped.signal() }
        var reading: Reading
        do {
            reading = Reading(reader: try log.makeReader(isolation: .committed), inbox: place)
            try reading.reader.open(place, at: start)
        } catch {
            return giveUp("the client cannot read its inbox: \(error)")
        }
        let wake = reading.reader.wake
        state.withLock { $0.wake = wake }
        while !state.withLock({ $0.isClosed }) {
            do {
                try listen(&reading)
                let isSent = try send(&reading)
                let isRead = try receive(&reading)
                if !isSent && !isRead { reading.reader.wait(upTo: pause(reading)) }
            } catch {
                guard error.isRetriable else { return giveUp("the client cannot go on: \(error)") }
                reading.reader.wait(upTo: .milliseconds(100))
            }
            expire()
        }
        // What was taken back at the last moment is told.
        _ = try? send(&reading)
        giveUp("the client was closed")
    }

    private func giveUp(_ reason: String) {
        let (waiters, outgoing) = state.withLock { state in
            state.isClosed = true
            defer { (state.waiters, state.outgoing) = ([:], []) }
            return (state.waiters, state.outgoing)
        }
        for message in outgoing { message.done?(EventLogError(.closed, reason)) }
        for (id, waiter) in waiters { waiter.listener(.failure(Self.failure(.cancelled, reason, id))) }
    }

    private func pause(_ reading: Reading) -> Duration {
        let now = clock.now()
        var due = now + .milliseconds(100)
        if let retry = reading.retryAt { due = min(due, retry) }
        due = min(due, state.withLock { $0.earliest })
        return max(.milliseconds(1), due - now)
    }

    /// Opens the topics where replies will come, from their present ends.
    private func listen(_ reading: inout Reading) throws(EventLogError) {
        let wanted = state.withLock { $0.wanted }
        for topic in wanted where reading.opened[topic] == nil {
            guard let known = try log.topic(topic) else { continue }
            let places = (0..<known.partitions).map { TopicPartition(topic, $0) }
            for place in places {
                try reading.reader.open(place, at: try log.offsets(of: place, isolation: .committed).end)
            }
            reading.opened[topic] = places
        }
    }

    /// Appends what is to be sent, all at once; when the log takes not all, one by one.
    private func send(_ reading: inout Reading) throws(EventLogError) -> Bool {
        if let retry = reading.retryAt, clock.now() < retry { return false }
        reading.retryAt = nil
        let outgoing = state.withLock { state in
            defer { state.outgoing.removeAll() }
            return state.outgoing
        }
        guard !outgoing.isEmpty else { return false }
        if append(outgoing, &reading) == nil {
            for message in outgoing { message.done?(nil) }
            return true
        }
        for (index, message) in outgoing.enumerated() {
            guard let error = append([message], &reading) else {
                message.done?(nil)
                continue
            }
            guard error.isRetriable else {
                reading.partitions[message.topic] = nil
                if let id = message.id { end(id, .undeliverable, "\(error)") }
                message.done?(error)
                continue
            }
            // The rest waits; a request whose deadline passes meanwhile is not sent any more.
            reading.retryAt = clock.now() + .milliseconds(200)
            let rest = outgoing[index...]
            state.withLock { state in
                state.outgoing.insert(
                    contentsOf: rest.filter { $0.id == nil || state.waiters[$0.id ?? ""] != nil }, at: 0)
            }
            return true
        }
        return true
    }

    /// Appends `messages`; returns what was in the way.
    private func append(_ messages: [Outgoing], _ reading: inout Reading) -> EventLogError? {
        var buffer = RecordBuffer()
        do throws(EventLogError) {
            for message in messages {
                let count = try partitions(of: message.topic, &reading)
                buffer.append(
                    to: TopicPartition(
                        message.topic,
                        message.record.key.map { Murmur2.partition($0, of: count) } ?? Int32.random(in: 0..<count)),
                    key: message.record.key, value: message.record.value, timestamp: clock.now(),
                    headers: message.record.headers)
            }
            try log.append(buffer)
            return nil
        } catch { return error }
    }

    private func partitions(of topic: String, _ reading: inout Reading) throws(EventLogError) -> Int32 {
        if let known = reading.partitions[topic] { return known }
        guard let found = try log.topic(topic) else {
            throw EventLogError(.unknownTopic, "topic '\(topic)' does not exist, so nobody can be asked there")
        }
        reading.partitions[topic] = max(1, found.partitions)
        return max(1, found.partitions)
    }

    private func receive(_ reading: inout Reading) throws(EventLogError) -> Bool {
        var isBusy = false
        for place in [reading.inbox] + reading.opened.values.joined() {
            let batch: RecordBatch
            do {
                batch = try reading.reader.read(place, maxRecords: 1_000, maxBytes: 4 << 20)
            } catch {
                guard error.code == .offsetOutOfRange else { throw error }
                // Deleted before they were read: who waits for what was there learns it from the deadline.
                try reading.reader.open(place, at: try log.offsets(of: place, isolation: .committed).start)
                continue
            }
            if !batch.records.isEmpty { isBusy = true }
            for record in batch.records { deliver(MessageRecord(record)) }
        }
        return isBusy
    }

    private func deliver(_ record: MessageRecord) {
        guard let (message, waiter) = find(record) else { return }
        switch message.kind {
        case .partial: waiter.listener(.success(message))
        case .reply, .error:
            state.withLock { $0.waiters[message.id] = nil }
            waiter.listener(.success(message))
        case .request, .message, .cancel, .decision: drop("no reply")
        }
    }

    /// The message that `record` is to somebody who waits.
    private func find(_ record: MessageRecord) -> (AgentMessage, Waiter)? {
        // Others' replies in a shared inbox are known by one header.
        if let id = record.headers[MessageHeader.id], !id.hasPrefix(name) { return nil }
        for codec in state.withLock({ $0.codecs }).values {
            guard let message = try? codec.read(record, as: .reply) else { continue }
            if let waiter = state.withLock({ $0.waiters[message.id] }) { return (message, waiter) }
        }
        drop("late, doubled or unknown")
        return nil
    }

    private func drop(_ reason: String) { state.withLock { $0.dropped[reason, default: 0] += 1 } }

    private func expire() {
        let now = clock.now()
        let late = state.withLock { state in
            guard state.earliest <= now else { return [:] as [String: Waiter] }
            let late = state.waiters.filter { $0.value.deadline <= now }
            for id in late.keys { state.waiters[id] = nil }
            state.earliest = state.waiters.values.map(\.deadline).min() ?? .latest
            if !late.isEmpty { state.outgoing.removeAll { $0.id.map { late[$0] != nil } ?? false } }
            return late
        }
        for (id, waiter) in late {
            waiter.listener(.failure(Self.failure(.timedOut, "no answer before the deadline", id)))
        }
    }

    private func end(_ id: String, _ code: AgentFailure.Code, _ reason: String) {
        let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
        waiter?.listener(.failure(Self.failure(code, reason, id)))
    }
}

extension AsyncThrowingStream<AgentMessage, any Error>.Continuation {
    /// Passes on what came of a request; ends with the reply or the failure.
    package func take(_ result: Result<AgentMessage, AgentFailure>) {
        switch result {
        case .success(let message):
            yield(message)
            if message.kind != .partial { finish() }
        case .failure(let failure): finish(throwing: failure)
        }
    }
}
