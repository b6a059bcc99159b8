public import HTTPServer
import JSON

extension MCPServer {
    /// Answers the protocol's requests over HTTP, whatever the path: a part of a server, or one of its own.
    ///
    /// Each request is a POST of its own and is answered with JSON. A browser's request is answered only for an origin in `origins`, so that no
    /// page that a person looks at can reach a server on their machine.
    ///
    /// - Parameter origins: the values of `Origin` that are let in; programs send none.
    /// - Returns: the handler; several requests at once.
    public func handler(origins: [String] = []) -> HTTPServer.Handler {
        { request in await self.answer(request, origins) }
    }

    private func answer(_ request: HTTPRequest, _ origins: [String]) async -> HTTPResponse {
        if let origin = request.header("Origin"), !origins.contains(origin) {
            return Self.response(
                403, MCPMessage.error(.invalidRequest("the origin '\(origin)' is not let in"), to: nil))
        }
        guard request.method == "POST" else {
            var response = HTTPResponse.text("requests of this protocol are POSTs\n", status: 405)
            response.headers.append(HTTPField("Allow", "POST"))
            return response
        }
        let json: JSONValue
        do { json = try JSONValue(parsing: request.body) } catch {
            return Self.response(400, MCPMessage.error(.unreadable("\(error)"), to: nil))
        }
        do {
            let message = try MCPMessage(json)
            guard let id = message.id else { return HTTPResponse(status: 202) }
            try Self.check(request, message)
            return Self.response(200, MCPMessage.result(try await answer(message), to: id))
        } catch {
            return Self.response(
                Self.status(of: error, json), MCPMessage.error(error, to: MCPMessage.identity(of: json)))
        }
    }

    /// Headers must say what the body says: whoever routes by them must not be deceived.
    private static func check(_ request: HTTPRequest, _ message: MCPMessage) throws(MCPError) {
        let header = request.header(MCPHeader.version)
        guard let revision = message.revision else {
            // Before the stateless revision the header came after the handshake; its absence meant the oldest.
            guard message.method != "initialize", let header else { return }
            guard header != MCPRevision.stateless.rawValue else {
                throw .invalidParameters("'_meta' must have '\(MCPRevision.versionKey)'")
            }
            guard header == MCPRevision.handshake.rawValue || header == MCPRevision.olderHandshake else {
                throw .unsupported(header)
            }
            return
        }
        guard header == revision else {
            throw .headerMismatch(
                "\(MCPHeader.version) is \(header.map { "'\($0)'" } ?? "missing"), the body says '\(revision)'")
        }
        guard revision == MCPRevision.stateless.rawValue else { throw .unsupported(revision) }
        try match(request, MCPHeader.method, message.method)
        if let subject = message.subject { try match(request, MCPHeader.name, subject) }
    }

    private static func match(_ request: HTTPRequest, _ name: String, _ expected: String) throws(MCPError) {
        guard let value = request.header(name) else {
            throw .headerMismatch("\(name) is missing, the body says '\(expected)'")
        }
        guard MCPHeader.decode(value) == expected else {
            throw .headerMismatch("\(name) is '\(value)', the body says '\(expected)'")
        }
    }

    /// In the stateless revision the status says what kind of error it is; before it was 200 for every answer.
    private static func status(of error: MCPError, _ json: JSONValue) -> Int {
        guard let message = try? MCPMessage(json) else { return 400 }
        if error.isModern { return 400 }
        guard message.revision != nil else {
            return error.code == -32602 && message.method == "server/discover" ? 400 : 200
        }
        switch error.code {
        case -32601: return 404
        case -32602: return message.meta?[MCPRevision.capabilitiesKey] == nil ? 400 : 200
        default: return 200
        }
    }

    private static func response(_ status: Int, _ json: JSONValue) -> HTTPResponse {
        HTTPResponse.text(json.text, type: "application/json", status: status)
    }
}
