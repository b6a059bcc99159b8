import HTTPServer
import JSON
import ModelContextProtocol

/// A server with one of everything.
enum TestServer {
    static let server = MCPServer(
        MCPImplementation(name: "test", version: "1"), instructions: "For tests.",
        tools: [
            MCPTool(
                "add", "Adds two numbers.",
                parameters: [
                    MCPParameter("a", .integer, "the first", isRequired: true),
                    MCPParameter("b", .integer, "the second", isRequired: true),
                ]
            ) { arguments in
                let (sum, isTooLarge) = (arguments.integer("a") ?? 0).addingReportingOverflow(
                    arguments.integer("b") ?? 0)
                guard !isTooLarge else { throw MCPToolProblem("the sum is too large") }
                return MCPToolResult(.object([JSONMember("sum", .integer(sum))]))
            },
            MCPTool("fail", "Fails.", isReadOnly: false) { _ in throw MCPToolProblem("it is broken") },
            MCPTool("wait", "Waits until nobody does.") { _ in
                try await Task.sleep(for: .seconds(600))
                return MCPToolResult(text: "done")
            },
            MCPTool("grüße", "Has a name that is no header.") { _ in MCPToolResult(text: "hallo") },
        ],
        resources: [MCPResource("test://state", name: "state", "What is.") { "{\"state\":\"well\"}" }])

    static func start(origins: [String] = []) throws -> HTTPServer {
        try HTTPServer(handler: server.handler(origins: origins))
    }

    /// A request of the stateless revision, with its headers.
    static func request(
        _ method: String, _ parameters: [JSONMember] = [], id: JSONValue = 1, name: String? = nil
    ) -> (body: JSONValue, headers: [String: String]) {
        let meta = JSONValue.object([
            JSONMember("io.modelcontextprotocol/protocolVersion", "2026-07-28"),
            JSONMember("io.modelcontextprotocol/clientCapabilities", .object([])),
        ])
        var headers = ["MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method]
        headers["Mcp-Name"] = name
        let body = JSONValue.object([
            JSONMember("jsonrpc", "2.0"), JSONMember("id", id), JSONMember("method", .string(method)),
            JSONMember("params", .object(parameters + [JSONMember("_meta", meta)])),
        ])
        return (body, headers)
    }
}
