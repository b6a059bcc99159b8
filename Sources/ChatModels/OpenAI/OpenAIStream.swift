/// Reads an answer in parts; one reader at a time.
actor OpenAIStream {
    private let endpoint: OpenAIEndpoint
    private let model: String
    private let request: ChatRequest
    private var format: OpenAIFormat
    private var events: AsyncThrowingStream<HTTPEvent, any Error>?
    private var head: HTTPHead?
    private var refusal: [UInt8] = []
    private var parser = ServerSentEventParser()
    private var chunks = OpenAIChunks()
    /// Parts that are read and not yet wanted, the next one last.
    private var ready: [ChatDelta] = []
    private var isOver = false

    init(_ endpoint: OpenAIEndpoint, model: String, _ request: ChatRequest) {
        self.endpoint = endpoint
        self.model = model
        self.request = request
        format = endpoint.knownFormat
    }

    /// The next part; nil after the last.
    func next() async throws -> ChatDelta? {
        do {
            while ready.isEmpty, !isOver { try await read() }
            return ready.popLast()
        } catch let error as ChatModelError {
            events = nil
            throw endpoint.hiding(error)
        }
    }

    private func read() async throws {
        let events =
            try events
            ?? endpoint.post(
                "chat/completions",
                OpenAIMessages.body(request, model: model, isStreamed: true, format: format),
                idempotencyKey: request.idempotencyKey, deadline: request.deadline, accept: "text/event-stream")
        self.events = events
        var iterator = events.makeAsyncIterator()
        switch try await iterator.next(isolation: self) {
        case .head(let new): head = new
        case .body(let bytes) where head?.status == 200:
            var deltas: [ChatDelta] = []
            for event in try parser.feed(bytes) { deltas += try chunks.deltas(of: event) }
            ready = deltas.reversed()
        case .body(let bytes): refusal.append(contentsOf: bytes)
        case nil: try finish()
        }
    }

    private func finish() throws {
        events = nil
        // A stream ends quietly when its reader is cancelled.
        try Task.checkCancellation()
        guard let head else { throw ChatModelError(.malformed, "an answer without a status") }
        guard head.status == 200 else {
            let error = endpoint.failure(head, refusal)
            guard let simpler = endpoint.simplerFormat(than: format, after: error) else { throw error }
            format = simpler
            (self.head, refusal) = (nil, [])
            return
        }
        isOver = true
        guard chunks.isFinished else { throw ChatModelError(.cut, "the answer stopped before its end") }
    }
}
