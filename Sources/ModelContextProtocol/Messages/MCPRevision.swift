/// A revision of the Model Context Protocol.
public enum MCPRevision: String, Sendable, Hashable, CaseIterable {
    /// Stateless: each request says its version and what its sender can do.
    case stateless = "2026-07-28"
    /// With a handshake, the revision before.
    case handshake = "2025-11-25"

    /// The key of a request's `_meta` that says its revision.
    static let versionKey = "io.modelcontextprotocol/protocolVersion"
    /// The key that says what the client can do.
    static let capabilitiesKey = "io.modelcontextprotocol/clientCapabilities"
    /// The key that says who the client is.
    static let clientKey = "io.modelcontextprotocol/clientInfo"
    /// The key of a result's `_meta` that says who the server is.
    static let serverKey = "io.modelcontextprotocol/serverInfo"

    /// An older revision whose clients find all that they need in the answers of ``handshake``.
    static let olderHandshake = "2025-06-18"

    /// All of them as JSON, the newest first.
    static var supported: [String] { allCases.map(\.rawValue) }
}

/// A program's name and version.
public struct MCPImplementation: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// Its version.
    public let version: String

    /// A program.
    public init(name: String, version: String) {
        self.name = name
        self.version = version
    }
}
