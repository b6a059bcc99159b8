import JSON
import StreamCore

/// A server of the Model Context Protocol: tools and resources for a client's model, in the stateless revision and the one before.
///
/// It is a value without state of its own: ``handler(_:)`` answers over HTTP, ``serve(input:output:)`` over standard streams, both as often as wanted.
public struct MCPServer: Sendable {
    /// Who it is.
    public let implementation: MCPImplementation
    /// What clients' models should know of it.
    public let instructions: String
    /// What may be done, in order.
    public let tools: [MCPTool]
    /// What may be read, in order.
    public let resources: [MCPResource]

    /// A server.
    ///
    /// - Parameters:
    ///   - implementation: who it is.
    ///   - instructions: what clients' models should know of it.
    ///   - tools: what may be done; of two with one name the first counts.
    ///   - resources: what may be read; of two with one address the first counts.
    public init(
        _ implementation: MCPImplementation, instructions: String, tools: [MCPTool], resources: [MCPResource] = []
    ) {
        self.implementation = implementation
        self.instructions = instructions
        self.tools = tools
        self.resources = resources
    }

    /// Answers a request of whichever revision.
    func answer(_ message: MCPMessage) async throws(MCPError) -> JSONValue {
        if message.method == "initialize" { return initialized(message) }
        let isStateless = try checkMeta(message)
        switch message.method {
        case "server/discover" where isStateless: return finish(discovered, isStateless, maxAge: 60_000)
        case "ping" where !isStateless: return .object([])
        case "tools/list":
            try checkCursor(message)
            let list = JSONMember("tools", .array(tools.map(\.declaration)))
            return finish([list], isStateless, maxAge: 60_000)
        case "tools/call": return finish(try await call(message), isStateless)
        case "resources/list":
            try checkCursor(message)
            let list = JSONMember("resources", .array(resources.map(\.declaration)))
            return finish([list], isStateless, maxAge: 60_000)
        case "resources/templates/list":
            return finish([JSONMember("resourceTemplates", .array([]))], isStateless, maxAge: 60_000)
        case "resources/read": return finish(try await read(message), isStateless, maxAge: 0)
        default: throw .unknownMethod(message.method)
        }
    }

    /// Whether the request is of the stateless revision.
    private func checkMeta(_ message: MCPMessage) throws(MCPError) -> Bool {
        guard let revision = message.revision else {
            // Nothing but the stateless revision has this method: who asks it forgot what goes with it.
            guard message.method != "server/discover" else {
                throw .invalidParameters("'_meta' must have '\(MCPRevision.versionKey)'")
            }
            return false
        }
        guard revision == MCPRevision.stateless.rawValue else { throw .unsupported(revision) }
        guard message.meta?[MCPRevision.capabilitiesKey]?.members != nil else {
            throw .invalidParameters("'_meta' must have '\(MCPRevision.capabilitiesKey)', an object")
        }
        return true
    }

    /// Everything is on the first page.
    private func checkCursor(_ message: MCPMessage) throws(MCPError) {
        guard message.parameters["cursor"] == nil else { throw .invalidParameters("no such cursor: there is one page") }
    }

    private var identity: JSONValue {
        .object([
            JSONMember("name", .string(implementation.name)), JSONMember("version", .string(implementation.version)),
        ])
    }

    private var capabilities: JSONMember {
        JSONMember(
            "capabilities", .object([JSONMember("tools", .object([])), JSONMember("resources", .object([]))]))
    }

    private var discovered: [JSONMember] {
        [
            JSONMember("supportedVersions", .array(MCPRevision.supported.map { .string($0) })), capabilities,
            JSONMember("instructions", .string(instructions)),
        ]
    }

    /// The handshake: the client's revision when it is ours, else the newest that has a handshake.
    private func initialized(_ message: MCPMessage) -> JSONValue {
        let isOlder = message.parameters["protocolVersion"]?.stringValue == MCPRevision.olderHandshake
        let revision = isOlder ? MCPRevision.olderHandshake : MCPRevision.handshake.rawValue
        return .object([
            JSONMember("protocolVersion", .string(revision)), capabilities,
            JSONMember("serverInfo", identity), JSONMember("instructions", .string(instructions)),
        ])
    }

    /// What every result of the stateless revision says beside its own.
    private func finish(_ members: [JSONMember], _ isStateless: Bool, maxAge: Int64? = nil) -> JSONValue {
        guard isStateless else { return .object(members) }
        var members = [JSONMember("resultType", "complete")] + members
        if let maxAge {
            members.append(JSONMember("ttlMs", .integer(maxAge)))
            members.append(JSONMember("cacheScope", maxAge > 0 ? "public" : "private"))
        }
        members.append(JSONMember("_meta", .object([JSONMember(MCPRevision.serverKey, identity)])))
        return .object(members)
    }

    private func call(_ message: MCPMessage) async throws(MCPError) -> [JSONMember] {
        guard let name = message.parameters["name"]?.stringValue else {
            throw .invalidParameters("'name' must be the name of a tool")
        }
        guard let tool = tools.first(where: { $0.name == name }) else {
            throw .invalidParameters(
                "there is no tool '\(name)'; there are \(tools.map(\.name).joined(separator: ", "))")
        }
        do {
            let arguments = try MCPArguments(message.parameters["arguments"] ?? .object([]), of: tool)
            return try await tool.call(arguments).members
        } catch {
            // The model is to read this and do better; the protocol itself is well.
            return MCPToolResult(text: "\(error)", isError: true).members
        }
    }

    private func read(_ message: MCPMessage) async throws(MCPError) -> [JSONMember] {
        let uri = message.parameters["uri"]?.stringValue ?? ""
        guard let resource = resources.first(where: { $0.uri == uri }) else {
            throw MCPError(
                code: -32602, "there is no resource '\(uri)'", data: .object([JSONMember("uri", .string(uri))]))
        }
        let text: String
        do { text = try await resource.read() } catch { throw .failed("'\(uri)' cannot be read: \(error)") }
        let content = JSONValue.object([
            JSONMember("uri", .string(uri)), JSONMember("mimeType", .string(resource.mimeType)),
            JSONMember("text", .string(text)),
        ])
        return [JSONMember("contents", .array([content]))]
    }
}
