public import JSON

/// An error of the protocol: of JSON-RPC, of the Model Context Protocol, or of the way between client and server.
public struct MCPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// JSON-RPC's number for the kind of error.
    public let code: Int
    /// What happened and what to do.
    public let message: String
    /// What else is known, as JSON.
    public let data: JSONValue?

    /// An error.
    public init(code: Int, _ message: String, data: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    /// The number and the message.
    public var description: String { "\(message) (\(code))" }

    /// The message is no JSON.
    static func unreadable(_ reason: String) -> MCPError { MCPError(code: -32700, "no JSON: \(reason)") }
    /// The message is JSON and no request.
    static func invalidRequest(_ reason: String) -> MCPError { MCPError(code: -32600, reason) }
    /// Nobody knows the method.
    static func unknownMethod(_ name: String) -> MCPError { MCPError(code: -32601, "unknown method '\(name)'") }
    /// The parameters are not those of the method.
    static func invalidParameters(_ reason: String) -> MCPError { MCPError(code: -32602, reason) }
    /// Something failed inside.
    static func failed(_ reason: String) -> MCPError { MCPError(code: -32603, reason) }
    /// A header says something else than the body.
    static func headerMismatch(_ reason: String) -> MCPError { MCPError(code: -32020, reason) }

    /// The revision is none of ours.
    static func unsupported(_ requested: String) -> MCPError {
        MCPError(
            code: -32022, "unsupported protocol version",
            data: .object([
                JSONMember("supported", .array(MCPRevision.supported.map { .string($0) })),
                JSONMember("requested", .string(requested)),
            ]))
    }

    /// What a client throws for what did not come from the server: outside the numbers that JSON-RPC keeps for itself.
    static func local(_ message: String) -> MCPError { MCPError(code: -1, message) }

    /// Whether only a server of the stateless revision says this.
    var isModern: Bool { [-32020, -32021, -32022].contains(code) }

    /// The revisions that an `unsupported` error names.
    var supported: [String] { data?["supported"]?.elements?.compactMap(\.stringValue) ?? [] }
}
