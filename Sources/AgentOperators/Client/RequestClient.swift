public import EventLog
public import StreamCore
import Synchronization

/// Asks agents behind topics from any process, without a topology: a web server, a tool, a test.
///
/// ```swift
/// let client = try RequestClient(on: log)
/// let answer = try await client.ask(sentiment, key: "r1", review, timeout: .seconds(5))
/// ```
///
/// Every request has a deadline; a recipient that does not exist is told at once. Nothing is durable here: a client that ends
/// does not hear its replies. Any thread may call; close it when done.
public final class RequestClient: Sendable {
    private let transport: RequestTransport
    private let clock: any WallClock

    /// A client on `log`.
    ///
    /// - Parameters:
    ///   - log: where requests and replies are.
    ///   - inbox: where its replies come; by default a topic that all clients share.
    ///   - clock: the time of day, for deadlines.
    /// - Throws: ``EventLogError`` when the inbox cannot be made or read.
    public init(
        on log: any EventLog, inbox: ClientInbox = .shared(), clock: any WallClock = SystemWallClock()
    ) throws(EventLogError) {
        transport = try RequestTransport(on: log, inbox: inbox, clock: clock)
        self.clock = clock
    }

    deinit { transport.close() }

    /// Ends it: open requests fail with code `cancelled`, and an inbox of its own is deleted.
    ///
    /// Blocks for up to 100 ms.
    public func close() { transport.close() }

    /// Where replies to this client go.
    public var address: MessageAddress { transport.address }

    /// How many messages came that nobody here waits for, by reason.
    public var dropped: [String: Int] { transport.dropped }

    /// Asks and waits for the reply.
    ///
    /// - Parameters:
    ///   - remote: whom.
    ///   - key: decides the partition, and with it whom; requests of one key are answered one after the other.
    ///   - request: what.
    ///   - timeout: how long.
    ///   - headers: further headers.
    /// - Returns: the reply.
    /// - Throws: ``AgentFailure``; `CancellationError` when the task is cancelled, and then whoever answers is told; what the
    ///   request's serde and the codec throw.
    public func ask<Request, Reply>(
        _ remote: RequestTopic<Request, Reply>, key: Bytes?, _ request: Request, timeout: Duration = .seconds(30),
        headers: Headers = .none
    ) async throws -> Reply {
        for try await element in try exchange(remote, key, request, timeout, headers) where element.kind != .partial {
            return try Self.reply(element, of: remote)
        }
        throw CancellationError()
    }

    /// Asks and hears the parts of the reply as they come, then the outcome.
    ///
    /// Parts come in order, each once. When the server begins again after a crash a new attempt follows, whose parts count
    /// from 0 and replace those before; when some are missing at the end the outcome is ``AgentFailure/Code/incomplete``.
    ///
    /// - Parameters:
    ///   - remote: whom.
    ///   - key: decides the partition.
    ///   - request: what.
    ///   - part: how parts are written.
    ///   - timeout: how long all of it may take.
    ///   - headers: further headers.
    /// - Returns: the parts and, last, the outcome; iterating throws `CancellationError` when the task is cancelled. Who
    ///   stops iterating takes the request back.
    /// - Throws: what the request's serde and the codec throw.
    public func askStreaming<Request, Part: Sendable, Reply>(
        _ remote: RequestTopic<Request, Reply>, key: Bytes?, _ request: Request, part: Serde<Part>,
        timeout: Duration = .seconds(30), headers: Headers = .none
    ) throws -> AsyncThrowingStream<StreamedReply<Part, Reply>, any Error> {
        let assembly = Mutex(PartAssembly<Part>(part))
        return try stream(remote, key, request, timeout, headers) { result in
            switch result {
            case .failure(let failure): return [.outcome(.failure(failure))]
            case .success(let message) where message.kind == .partial:
                do {
                    return try assembly.withLock { try $0.take(message) }.map {
                        .part($0.part, index: $0.index, attempt: $0.attempt)
                    }
                } catch {
                    return [.outcome(.failure(Self.unreadable(error, message.id)))]
                }
            case .success(let message):
                if message.kind == .reply, let missing = assembly.withLock({ $0.missing(at: message) }) {
                    return [.outcome(.failure(RequestTransport.failure(.incomplete, missing, message.id)))]
                }
                do { return [.outcome(.success(try Self.reply(message, of: remote)))] } catch {
                    let failure = error as? AgentFailure ?? Self.unreadable(error, message.id)
                    return [.outcome(.failure(failure))]
                }
            }
        }
    }

    /// All messages that come of a request.
    private func exchange<Request, Reply>(
        _ remote: RequestTopic<Request, Reply>, _ key: Bytes?, _ request: Request, _ timeout: Duration,
        _ headers: Headers
    ) throws -> AsyncThrowingStream<AgentMessage, any Error> {
        AsyncThrowingStream { continuation in
            do {
                try begin(remote, key, request, timeout, headers, continuation) { continuation.take($0) }
            } catch { continuation.finish(throwing: error) }
        }
    }

    private func stream<Request, Reply, Element: Sendable>(
        _ remote: RequestTopic<Request, Reply>, _ key: Bytes?, _ request: Request, _ timeout: Duration,
        _ headers: Headers, _ make: @escaping @Sendable (Result<AgentMessage, AgentFailure>) -> [Element]
    ) throws -> AsyncThrowingStream<Element, any Error> {
        AsyncThrowingStream { continuation in
            do {
                try begin(remote, key, request, timeout, headers, continuation) { result in
                    for element in make(result) { continuation.yield(element) }
                    if case .success(let message) = result, message.kind == .partial { return }
                    continuation.finish()
                }
            } catch { continuation.finish(throwing: error) }
        }
    }

    private func begin<Request, Reply, Element>(
        _ remote: RequestTopic<Request, Reply>, _ key: Bytes?, _ request: Request, _ timeout: Duration,
        _ headers: Headers, _ continuation: AsyncThrowingStream<Element, any Error>.Continuation,
        _ listener: @escaping RequestTransport.Listener
    ) throws {
        var message = AgentMessage(.request, id: transport.newID())
        message.key = key
        message.payload = try remote.request.encode(request)
        message.type = remote.requestType
        message.agent = remote.agent
        message.deadline = clock.now() + timeout
        message.headers = headers
        let id = message.id
        continuation.onTermination = { [transport, codec = remote.codec, topic = remote.name] _ in
            // Does nothing when the request has ended by itself.
            var cancel = AgentMessage(.cancel, id: id)
            cancel.key = key
            transport.withdraw(id, cancel, to: topic, codec: codec)
        }
        try transport.exchange(message, to: remote.name, codec: remote.codec, route: remote.replies, listener)
    }

    /// The reply that a final message is.
    private static func reply<Request, Reply>(
        _ message: AgentMessage, of remote: RequestTopic<Request, Reply>
    ) throws -> Reply {
        if let error = message.error, message.kind == .error { throw error.failure(of: message.id) }
        guard remote.accepts(replyType: message.type) else {
            throw AgentFailure(
                .refused, "the reply is a '\(message.type ?? "")', expected is '\(remote.replyType ?? "")'",
                attempts: 1, idempotencyKey: message.id, remoteCode: "unknownType")
        }
        do { return try remote.reply.decode(message.payload) } catch { throw unreadable(error, message.id) }
    }

    private static func unreadable(_ error: any Error, _ id: String) -> AgentFailure {
        AgentFailure(
            .refused, "the reply cannot be read: \(error)", attempts: 1, idempotencyKey: id, remoteCode: "unreadable")
    }
}

/// Puts the parts of a reply in order.
private struct PartAssembly<Part: Sendable> {
    private let serde: Serde<Part>
    private var progress = PartProgress(attempt: 1)

    init(_ serde: Serde<Part>) { self.serde = serde }

    /// The parts that `message` makes ready.
    mutating func take(_ message: AgentMessage) throws -> [(part: Part, index: Int, attempt: Int)] {
        let attempt = message.attempt ?? 1
        guard let index = message.sequence, attempt >= progress.attempt else { return [] }
        if attempt > progress.attempt { progress = PartProgress(attempt: attempt) }
        guard case .next(let payloads) = progress.take(index, message.payload) else { return [] }
        return try payloads.enumerated().map { (try serde.decode($1), index + $0, attempt) }
    }

    /// What is missing when `message` is the end.
    func missing(at message: AgentMessage) -> String? { progress.missing(at: message) }
}

extension PartProgress {
    /// What is missing of the parts that the final `message` counts; nil when nothing is.
    func missing(at message: AgentMessage) -> String? {
        guard let count = message.sequence, count > 0 else { return nil }
        let announced = message.attempt ?? 1
        let seen = attempt == announced ? next : 0
        guard seen < count else { return nil }
        return "\(count) parts were announced for attempt \(announced), part \(seen) is missing"
    }
}
