import StreamCore
import Synchronization

/// An agent that asks a model behind any OpenAI-compatible chat endpoint for the sentiment of a text.
///
/// One client serves any number of concurrent callers. It retries nothing by itself but the way it asks for JSON: a failure says
/// whether and when asking again makes sense, and the pipeline decides.
final class ChatSentimentClient: Sendable {
    private let settings: ChatSettings
    private let transport: ChatTransport
    private let limiter: RateLimiter?
    private let clock: any WallClock
    /// The strictest format that the server has not refused so far.
    private let format = Mutex(ReplyFormat.schema)

    /// A client of the server and model in `settings`.
    ///
    /// - Parameters:
    ///   - settings: whom to ask.
    ///   - limiter: holds requests back; one by `settings.requestsPerMinute` when nil.
    ///   - clock: the time of day, for a `Retry-After` that is a date.
    init(settings: ChatSettings, limiter: RateLimiter? = nil, clock: any WallClock = SystemWallClock()) {
        self.settings = settings
        self.limiter = limiter ?? settings.requestsPerMinute.map { RateLimiter(perMinute: $0) }
        self.clock = clock
        transport = ChatTransport(timeLimit: settings.timeLimit)
    }

    /// Asks the model what to make of `text`.
    ///
    /// - Parameters:
    ///   - text: the review; only its first 16,000 bytes are sent.
    ///   - idempotencyKey: sent as header `Idempotency-Key`, the same for every attempt at one review; empty to send none.
    /// - Returns: what the model makes of it, after it was checked.
    /// - Throws: ``ChatFailure``; `CancellationError` when the task is cancelled, which also ends the request.
    func assess(_ text: String, idempotencyKey: String) async throws -> Assessment {
        let question = ChatQuestion(text: text, idempotencyKey: idempotencyKey)
        var format = format.withLock { $0 }
        while true {
            try Task.checkCancellation()
            try await limiter?.wait()
            let reply = try await transport.send(try question.request(to: settings, format: format))
            guard reply.blamesFormat, let simpler = format.simpler else {
                return try reply.assessment(now: clock.now(), key: settings.key)
            }
            giveUp(format, for: simpler)
            format = simpler
        }
    }

    /// Remembers that the server does not know `refused`, unless another caller has learned more already.
    private func giveUp(_ refused: ReplyFormat, for simpler: ReplyFormat) {
        format.withLock { current in
            if current == refused { current = simpler }
        }
    }
}
