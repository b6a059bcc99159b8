import JSON
import StreamCore

/// What a client knows of its server, and the way there.
actor MCPSession {
    private let endpoint: MCPClient.Endpoint
    private let implementation: MCPImplementation
    private let timeout: Duration
    private var transport: (any MCPTransport)?
    private var spoken: MCPRevision?
    /// The first call finds out what the server speaks; others wait for it.
    private var finding: Task<MCPRevision, any Error>?
    private var lastID: Int64 = 0
    private var tools: [String: MCPToolDeclaration] = [:]

    init(_ endpoint: MCPClient.Endpoint, _ implementation: MCPImplementation, _ timeout: Duration) {
        self.endpoint = endpoint
        self.implementation = implementation
        self.timeout = timeout
    }

    func remember(_ declarations: [MCPToolDeclaration]) {
        tools = Dictionary(declarations.map { ($0.name, $0) }) { first, _ in first }
    }

    func tool(_ name: String) -> MCPToolDeclaration? { tools[name] }

    func close() async {
        let transport = transport
        self.transport = nil
        spoken = nil
        await transport?.close()
    }

    /// Which revision is spoken.
    func connect() async throws(MCPError) -> MCPRevision {
        if let spoken { return spoken }
        let finding = finding ?? Task { try await self.negotiate() }
        self.finding = finding
        do {
            let revision = try await finding.value
            spoken = revision
            self.finding = nil
            return revision
        } catch {
            self.finding = nil
            throw (error as? MCPError) ?? .local("\(error)")
        }
    }

    /// Asks for something and waits for its result.
    func request(
        _ method: String, _ parameters: [JSONMember], subject: String? = nil, headers: [String: String] = [:]
    ) async throws(MCPError) -> JSONValue {
        let revision = try await connect()
        let result = try await exchange(method, parameters, revision, subject: subject, headers: headers)
        let kind = result["resultType"]?.stringValue ?? "complete"
        guard kind == "complete" else {
            let wanted = result["inputRequests"]?.members?.map(\.name).joined(separator: ", ") ?? ""
            throw .local(
                kind == "input_required"
                    ? "the server wants to ask something first (\(wanted)), which this client does not do"
                    : "the server's result is of the unknown kind '\(kind)'")
        }
        return result
    }

    private func negotiate() async throws -> MCPRevision {
        do {
            let found = try await exchange("server/discover", [], .stateless)
            let supported = found["supportedVersions"]?.elements?.compactMap(\.stringValue) ?? []
            return try await choose(supported)
        } catch let error as MCPError {
            if error.code == -32022 { return try await choose(error.supported) }
            if error.isModern || error.code == MCPError.unreachableCode { throw error }
            // Whatever else a server says to this: it is of the time before.
            return try await shakeHands()
        }
    }

    private func choose(_ supported: [String]) async throws -> MCPRevision {
        if supported.contains(MCPRevision.stateless.rawValue) { return .stateless }
        guard supported.contains(MCPRevision.handshake.rawValue) else {
            throw MCPError.local(
                "no revision in common: the server speaks \(supported.joined(separator: ", ")), "
                    + "this client \(MCPRevision.supported.joined(separator: ", "))")
        }
        return try await shakeHands()
    }

    private func shakeHands() async throws -> MCPRevision {
        let parameters = [
            JSONMember("protocolVersion", .string(MCPRevision.handshake.rawValue)),
            JSONMember("capabilities", .object([])), JSONMember("clientInfo", identity),
        ]
        let answer = try await exchange("initialize", parameters, .handshake)
        let version = answer["protocolVersion"]?.stringValue ?? "nothing"
        // Older servers answer with what they speak: what is used here has been the same since.
        guard version == MCPRevision.handshake.rawValue || version == MCPRevision.olderHandshake else {
            throw MCPError.local("the server speaks revision '\(version)', which this client does not")
        }
        try await way().notify(MCPMessage.notification("notifications/initialized"), version: version)
        return .handshake
    }

    private var identity: JSONValue {
        .object([
            JSONMember("name", .string(implementation.name)), JSONMember("version", .string(implementation.version)),
        ])
    }

    private func exchange(
        _ method: String, _ parameters: [JSONMember], _ revision: MCPRevision, subject: String? = nil,
        headers: [String: String] = [:]
    ) async throws(MCPError) -> JSONValue {
        lastID += 1
        var parameters = parameters
        var headers = headers
        if method != "initialize" { headers[MCPHeader.version] = revision.rawValue }
        if revision == .stateless {
            let meta = [
                JSONMember(MCPRevision.versionKey, .string(revision.rawValue)),
                JSONMember(MCPRevision.clientKey, identity), JSONMember(MCPRevision.capabilitiesKey, .object([])),
            ]
            parameters.append(JSONMember("_meta", .object(meta)))
            headers[MCPHeader.method] = method
            if let subject { headers[MCPHeader.name] = MCPHeader.encode(subject) }
        }
        let message = MCPMessage.request(lastID, method, .object(parameters))
        let answer = try await way().send(message, id: lastID, headers: headers, timeout: timeout)
        if let error = answer["error"] {
            throw MCPError(
                code: Int(error["code"]?.integerValue ?? -32603), error["message"]?.stringValue ?? "no message",
                data: error["data"])
        }
        guard let result = answer["result"] else { throw .local("the answer has neither a result nor an error") }
        return result
    }

    private func way() throws(MCPError) -> any MCPTransport {
        if let transport { return transport }
        let made: any MCPTransport =
            switch endpoint {
            case .http(let address, let headers): try MCPOverHTTP(address, headers)
            case .program(let path, let arguments, let environment):
                try MCPProgram(path, arguments, environment)
            }
        transport = made
        return made
    }
}

/// The way to a server.
protocol MCPTransport: Sendable {
    /// Sends a request and waits for its answer.
    func send(
        _ request: JSONValue, id: Int64, headers: [String: String], timeout: Duration
    ) async throws(MCPError) -> JSONValue

    /// Sends what is not answered.
    func notify(_ message: JSONValue, version: String) async throws(MCPError)

    /// Ends it.
    func close() async
}

extension MCPError {
    /// The code of an error that no server sent: it was not reached, or did not answer in time.
    public static let unreachableCode = -2

    static func unreachable(_ message: String) -> MCPError { MCPError(code: unreachableCode, message) }
}
