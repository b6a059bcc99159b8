public import JSON
import StreamCore

/// A client of a server of the Model Context Protocol, over HTTP or as a program that it starts; any task may call.
///
/// It speaks the stateless revision, and the one before where the server knows no better: which, it finds out at the first call. Every call has a
/// deadline. Let go of it, or ``close()`` it, to end a started program.
public final class MCPClient: Sendable {
    /// Where a server is.
    public enum Endpoint: Sendable, Hashable {
        /// At an address, with headers that each request carries, such as `Authorization`.
        case http(String, headers: [String: String] = [:])
        /// A program that reads requests from its standard input: a path, or a name in `PATH`, with arguments and additions to the environment.
        case program(String, arguments: [String] = [], environment: [String: String] = [:])
    }

    private let session: MCPSession

    /// A client; nothing is sent or started before the first call.
    ///
    /// - Parameters:
    ///   - endpoint: where the server is.
    ///   - implementation: who asks.
    ///   - timeout: how long a call may take.
    public init(
        _ endpoint: Endpoint, as implementation: MCPImplementation = MCPImplementation(name: "tributary", version: "1"),
        timeout: Duration = .seconds(30)
    ) {
        session = MCPSession(endpoint, implementation, timeout)
    }

    deinit {
        let session = session
        Task { await session.close() }
    }

    /// What the server offers to do, over all pages; tools whose header annotations are wrong are left out, as the protocol says.
    ///
    /// - Throws: ``MCPError`` of the server, of the way there, or of the deadline.
    public func tools() async throws(MCPError) -> [MCPToolDeclaration] {
        let list = try await pages("tools/list", "tools").compactMap(MCPToolDeclaration.init)
        let sound = list.filter { $0.headers != nil }
        await session.remember(sound)
        return sound
    }

    /// Has a tool do something.
    ///
    /// - Parameters:
    ///   - name: the tool's.
    ///   - arguments: an object.
    /// - Returns: what the tool says, also when it says that it failed.
    /// - Throws: ``MCPError`` of the server, of the way there, or of the deadline; also when the server wants to ask a person something.
    public func call(_ name: String, _ arguments: JSONValue) async throws(MCPError) -> MCPCallResult {
        if await session.tool(name) == nil { _ = try await tools() }
        let headers = await session.tool(name)?.headerValues(of: arguments) ?? [:]
        let result = try await session.request(
            "tools/call", [JSONMember("name", .string(name)), JSONMember("arguments", arguments)], subject: name,
            headers: headers)
        return MCPCallResult(result)
    }

    /// The addresses and names of what the server offers to read, over all pages.
    ///
    /// - Throws: ``MCPError``, as ``tools()``.
    public func resources() async throws(MCPError) -> [(uri: String, name: String)] {
        try await pages("resources/list", "resources").compactMap { json in
            json["uri"]?.stringValue.map { (uri: $0, name: json["name"]?.stringValue ?? $0) }
        }
    }

    /// The texts behind an address; binary ones as Base64.
    ///
    /// - Throws: ``MCPError``, as ``tools()``.
    public func read(_ uri: String) async throws(MCPError) -> [String] {
        let result = try await session.request("resources/read", [JSONMember("uri", .string(uri))], subject: uri)
        return result["contents"]?.elements?.compactMap { ($0["text"] ?? $0["blob"])?.stringValue } ?? []
    }

    /// The revision that is spoken; asks the server when no call has yet.
    ///
    /// - Throws: ``MCPError``, as ``tools()``.
    public func revision() async throws(MCPError) -> MCPRevision { try await session.connect() }

    /// Ends the connection, and the program where there is one.
    public func close() async { await session.close() }

    private func pages(_ method: String, _ member: String) async throws(MCPError) -> [JSONValue] {
        var all: [JSONValue] = []
        var cursor: String?
        repeat {
            let parameters = cursor.map { [JSONMember("cursor", .string($0))] } ?? []
            let page = try await session.request(method, parameters)
            all += page[member]?.elements ?? []
            let next = page["nextCursor"]?.stringValue
            guard next != cursor || next == nil else {
                throw .local("the server gives the same page of '\(method)' again and again")
            }
            cursor = next
        } while cursor != nil && all.count < 10_000
        return all
    }
}

/// What a tool of a server said.
public struct MCPCallResult: Sendable, Hashable {
    /// Its texts, one after the other; other content is named by its type.
    public let text: String
    /// Its result as JSON, where it gave one.
    public let structured: JSONValue?
    /// Whether it says that it failed.
    public let isError: Bool

    init(_ json: JSONValue) {
        let parts = json["content"]?.elements ?? []
        text = parts.map { part in
            part["text"]?.stringValue ?? part["resource"]?["text"]?.stringValue
                ?? "[\(part["type"]?.stringValue ?? "content"), not shown]"
        }.joined(separator: "\n")
        structured = json["structuredContent"]
        isError = json["isError"] == .bool(true)
    }
}
