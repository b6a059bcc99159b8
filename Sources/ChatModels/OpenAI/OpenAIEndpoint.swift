public import Foundation
import FoundationNetworking
import JSON
public import StreamCore
import Synchronization

/// A server that speaks the OpenAI interface, with what is needed to call it; models share one for its connections.
public final class OpenAIEndpoint: Sendable {
    /// How calls are made.
    public struct Options: Sendable, Hashable {
        /// How long a call may take; a request's deadline may be earlier.
        public var timeout: Duration
        /// How long a call may go without a byte of answer.
        public var idleTimeout: Duration
        /// How many bytes an answer may have.
        public var maxAnswerBytes: Int
        /// How many calls run at once; more wait.
        public var connections: Int
        /// Headers beside those of the interface, for example an organisation.
        public var headers: [String: String]

        /// Options.
        public init(
            timeout: Duration = .minutes(2), idleTimeout: Duration = .minutes(1), maxAnswerBytes: Int = 16 << 20,
            connections: Int = 64, headers: [String: String] = [:]
        ) {
            self.timeout = timeout
            self.idleTimeout = idleTimeout
            self.maxAnswerBytes = maxAnswerBytes
            self.connections = connections
            self.headers = headers
        }
    }

    /// Where the interface begins, for example `https://api.openai.com/v1`.
    public let baseURL: URL
    private let key: APIKey?
    private let options: Options
    private let clock: any WallClock
    private let transport: HTTPTransport
    /// The strictest way to ask for JSON that the server has not refused so far.
    private let format = Mutex(OpenAIFormat.schema)

    /// An endpoint.
    ///
    /// - Parameters:
    ///   - baseURL: where the interface begins, `/v1` included.
    ///   - key: sent as a bearer token; nil for servers that want none.
    ///   - options: how calls are made.
    ///   - clock: what deadlines are held against.
    public init(
        _ baseURL: URL, key: APIKey?, options: Options = Options(), clock: any WallClock = SystemWallClock()
    ) {
        self.baseURL = baseURL
        self.key = key
        self.options = options
        self.clock = clock
        transport = HTTPTransport(connections: max(1, options.connections))
    }

    /// Posts `body` to `path` and hands the answer over; an answer that is no success is an error with what it says.
    func post(
        _ path: String, _ body: JSONValue, idempotencyKey: String?, deadline: Timestamp?, accept: String
    ) throws -> AsyncThrowingStream<HTTPEvent, any Error> {
        try Task.checkCancellation()
        guard ["http", "https"].contains(baseURL.scheme?.lowercased()), baseURL.host?.isEmpty == false else {
            throw ChatModelError(.invalidRequest, "the base URL is no http or https address with a host")
        }
        var request = URLRequest(url: baseURL.appendingPathComponent(path))
        request.httpMethod = "POST"
        request.httpBody = Data(body.text.utf8)
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.setValue(accept, forHTTPHeaderField: "Accept")
        for (name, value) in options.headers { request.setValue(value, forHTTPHeaderField: name) }
        if let key {
            guard key.fitsHeader else {
                throw ChatModelError(.unauthorized, "the key has a character that no key has: a space, a line end?")
            }
            request.setValue("Bearer \(key.secret)", forHTTPHeaderField: "Authorization")
        }
        if let idempotencyKey, !idempotencyKey.isEmpty {
            request.setValue(HTTPText.headerValue(idempotencyKey), forHTTPHeaderField: "Idempotency-Key")
        }
        var limits = HTTPLimits(
            total: options.timeout, idle: options.idleTimeout, bytes: options.maxAnswerBytes)
        if let deadline {
            let left = deadline - clock.now()
            guard left > .zero else { throw ChatModelError(.timedOut, "the deadline was over before the call") }
            limits.total = min(limits.total, left)
        }
        return transport.send(request, limits)
    }

    /// Posts `body` and gives the answer as a whole.
    func post(
        _ path: String, _ body: JSONValue, idempotencyKey: String?, deadline: Timestamp?
    ) async throws -> JSONValue {
        var head: HTTPHead?
        var answer: [UInt8] = []
        let events = try post(
            path, body, idempotencyKey: idempotencyKey, deadline: deadline, accept: "application/json")
        for try await event in events {
            switch event {
            case .head(let new): head = new
            case .body(let data): answer.append(contentsOf: data)
            }
        }
        // A stream ends quietly when its reader is cancelled.
        try Task.checkCancellation()
        guard let head else { throw ChatModelError(.malformed, "an answer without a status") }
        guard head.status == 200 else { throw failure(head, answer) }
        do {
            return try JSONValue(parsing: Bytes(answer))
        } catch {
            throw malformed("the answer is not JSON: \(error)")
        }
    }

    /// How JSON is asked for.
    var knownFormat: OpenAIFormat { format.withLock { $0 } }

    /// A simpler way to ask for JSON, when `error` is the server's complaint about `refused`; kept for all later calls.
    func simplerFormat(than refused: OpenAIFormat, after error: ChatModelError) -> OpenAIFormat? {
        guard refused.isBlamed(by: error), let simpler = refused.simpler else { return nil }
        format.withLock { known in
            // Another call may have learned more already.
            if known == refused { known = simpler }
        }
        return simpler
    }

    /// What an answer that is no success means.
    func failure(_ head: HTTPHead, _ body: [UInt8]) -> ChatModelError {
        hiding(OpenAIFailure.read(head, body, now: clock.now()))
    }

    func malformed(_ message: String) -> ChatModelError { hiding(ChatModelError(.malformed, message)) }

    /// Servers repeat wrong keys in their complaints.
    func hiding(_ error: ChatModelError) -> ChatModelError {
        let message = HTTPText.printable(key?.hidden(in: error.message) ?? error.message)
        return ChatModelError(error.code, message, status: error.status, retryAfter: error.retryAfter)
    }
}
