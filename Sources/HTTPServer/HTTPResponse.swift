public import StreamCore

/// What a server answers.
public struct HTTPResponse: Sendable {
    /// What comes after the headers.
    public enum Body: Sendable {
        /// All of it.
        case bytes(Bytes)
        /// What the closure writes, in chunks; it ends when the closure returns, and the connection is cut when that throws.
        case stream(@Sendable (HTTPBodyWriter) async throws -> Void)
        /// No answer at all: the connection is closed.
        case none
    }

    /// For example 200.
    public var status: Int
    /// The headers; length and connection are the server's.
    public var headers: [HTTPField]
    /// What comes after them.
    public var body: Body

    /// A response.
    public init(status: Int = 200, headers: [HTTPField] = [], body: Body = .bytes(.empty)) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Text of a type, UTF-8.
    public static func text(
        _ text: String, type: String = "text/plain; charset=utf-8", status: Int = 200
    ) -> HTTPResponse {
        HTTPResponse(status: status, headers: [HTTPField("Content-Type", type)], body: .bytes(Bytes(text)))
    }

    /// Closes the connection without an answer.
    public static let cut = HTTPResponse(body: .none)
}

/// Where the closure of a streamed body writes; any thread, one at a time.
public struct HTTPBodyWriter: Sendable {
    let exchange: Exchange

    /// Writes `bytes`, which the client gets at once; waits while more than a few hundred kilobytes are under way.
    ///
    /// - Throws: `CancellationError` when the client is gone or the server stops.
    public func write(_ bytes: Bytes) async throws {
        guard !bytes.isEmpty else { return }
        try await exchange.write(bytes)
    }

    /// Writes `text` in UTF-8.
    ///
    /// - Throws: `CancellationError` when the client is gone or the server stops.
    public func write(_ text: String) async throws { try await write(Bytes(text)) }
}
