public import StreamCore

/// A small HTTP/1.1 server for monitors and tests: one thread for all connections, handlers as Swift tasks.
///
/// It speaks no TLS and knows no users: bind it to 127.0.0.1, or put a proxy before it. It stops when it is let go of.
public final class HTTPServer: Sendable {
    /// How a server listens and what it refuses.
    public struct Options: Sendable, Hashable {
        /// The IPv4 address that it listens on.
        public var address: String
        /// The port; 0 means any that is free.
        public var port: Int
        /// How many bytes a request's body may have; more is answered with 413.
        public var maxBodyBytes: Int
        /// How many clients may be connected.
        public var maxConnections: Int
        /// After how long without a byte a connection is closed.
        public var idleTimeout: Duration

        /// Options.
        public init(
            address: String = "127.0.0.1", port: Int = 0, maxBodyBytes: Int = 16 << 20, maxConnections: Int = 1_000,
            idleTimeout: Duration = .minutes(2)
        ) {
            self.address = address
            self.port = port
            self.maxBodyBytes = maxBodyBytes
            self.maxConnections = maxConnections
            self.idleTimeout = idleTimeout
        }
    }

    /// Answers a request; several at once.
    public typealias Handler = @Sendable (HTTPRequest) async -> HTTPResponse

    private let daemon: Daemon

    /// A server that listens from now on.
    ///
    /// - Throws: ``HTTPServerError`` when it cannot listen there.
    public init(_ options: Options = Options(), handler: @escaping Handler) throws(HTTPServerError) {
        daemon = try Daemon(options, handler)
    }

    deinit { daemon.stop() }

    /// The port that it listens on.
    public var port: Int { daemon.port }

    /// Stops listening, cuts what is under way and cancels its handlers; waits until the server's thread has ended.
    public func stop() { daemon.stop() }
}

/// Why there is no server.
public struct HTTPServerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What happened and what to do.
    public let description: String
}
