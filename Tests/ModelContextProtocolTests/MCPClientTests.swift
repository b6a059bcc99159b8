import Foundation
import HTTPServer
import JSON
import ModelContextProtocol
import StreamCore
import Synchronization
import Testing

@Suite("MCP client", .timeLimit(.minutes(15)))
struct MCPClientTests {
    @Test("over HTTP: tools, calls, resources, errors, in the stateless revision")
    func http() async throws {
        let server = try TestServer.start()
        let client = MCPClient(.http("http://127.0.0.1:\(server.port)/mcp"))
        #expect(try await client.revision() == .stateless)
        #expect(try await client.tools().map(\.name) == ["add", "fail", "wait", "grüße"])
        let sum = try await client.call("add", .object([JSONMember("a", 20), JSONMember("b", 22)]))
        #expect(sum.structured?["sum"] == 42)
        #expect(try await client.call("fail", .object([])).isError)
        #expect(try await client.call("grüße", .object([])).text == "hallo")
        #expect(try await client.resources().map(\.uri) == ["test://state"])
        #expect(try await client.read("test://state") == ["{\"state\":\"well\"}"])
        let error = await #expect(throws: MCPError.self) { try await client.call("none", .object([])) }
        #expect(error?.message.contains("there is no tool 'none'; there are add") == true)
    }

    /// A server of the time before: refuses what it does not know in its own way, gives a session, answers in events.
    private static func older(_ seen: Seen) throws -> HTTPServer {
        try HTTPServer { request in
            guard let json = try? JSONValue(parsing: request.body), let method = json["method"]?.stringValue else {
                return HTTPResponse(status: 400)
            }
            seen.append("\(method) \(request.header("Mcp-Session-Id") ?? "-")")
            guard let id = json["id"] else { return HTTPResponse(status: 202) }
            let result: JSONValue
            switch method {
            case "initialize":
                result = .object([JSONMember("protocolVersion", "2025-11-25"), JSONMember("capabilities", .object([]))])
            case "tools/list": result = .object([JSONMember("tools", .array([.object([JSONMember("name", "old")])]))])
            default:
                return .text(
                    "{\"jsonrpc\":\"2.0\",\"id\":\"server-error\",\"error\":{\"code\":-32600,\"message\":\"Missing session ID\"}}",
                    type: "application/json", status: 400)
            }
            let answer = JSONValue.object([
                JSONMember("jsonrpc", "2.0"), JSONMember("id", id), JSONMember("result", result),
            ])
            let other = "event: message\r\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\r\n\r\n"
            var response = HTTPResponse.text(
                other + ": still here\r\nevent: message\r\ndata: \(answer.text)\r\n\r\n", type: "text/event-stream")
            response.headers.append(HTTPField("Mcp-Session-Id", "s-1"))
            return response
        }
    }

    @Test("a server of the revision before is met with its handshake, and its session is kept")
    func fallsBack() async throws {
        let seen = Seen()
        let server = try Self.older(seen)
        let client = MCPClient(.http("http://127.0.0.1:\(server.port)"))
        #expect(try await client.tools().map(\.name) == ["old"])
        #expect(try await client.revision() == .handshake)
        #expect(
            seen.all == [
                "server/discover -", "initialize -", "notifications/initialized s-1", "tools/list s-1",
            ])
    }

    @Test(
        "servers that are none, or not there, are told apart from servers that refuse",
        arguments: ["ftp://x", "nothing", "http://127.0.0.1:1/mcp"])
    func unreachable(_ address: String) async throws {
        let client = MCPClient(.http(address), timeout: .seconds(20))
        await #expect(throws: MCPError.self) { try await client.tools() }
    }

    @Test("a page that is no answer of the protocol is an error that shows it")
    func noProtocol() async throws {
        let server = try HTTPServer { _ in .text("<html>hello</html>", type: "text/html") }
        let client = MCPClient(.http("http://127.0.0.1:\(server.port)"))
        let error = await #expect(throws: MCPError.self) { try await client.tools() }
        #expect(error?.message.contains("<html>hello</html>") == true)
    }

    @Test("a program that is not there, ends at once, or says nothing, ends the call")
    func programs() async throws {
        for (path, arguments) in [("/nonexistent/server", []), ("true", []), ("sh", ["-c", "echo talk; exit 3"])] {
            let client = MCPClient(.program(path, arguments: arguments), timeout: .seconds(60))
            await #expect(throws: MCPError.self) { try await client.tools() }
        }
        let silent = MCPClient(.program("sleep", arguments: ["600"]), timeout: .milliseconds(50))
        let error = await #expect(throws: MCPError.self) { try await silent.tools() }
        #expect(error?.message.contains("did not answer within") == true)
        await silent.close()
    }

    @Test("arguments that a tool wants in headers are sent there; a tool whose annotations are wrong is left out")
    func mirrorsArguments() async throws {
        let seen = Seen()
        let inner = TestServer.server.handler()
        let server = try HTTPServer { request in
            guard request.header("Mcp-Method") == "tools/list" else {
                if let region = request.header("Mcp-Param-Region") { seen.append(region) }
                return await inner(request)
            }
            let tools =
                #"[{"name":"add","inputSchema":{"type":"object","properties":{"a":{"type":"integer","x-mcp-header":"Region"}}}},"#
                + #"{"name":"bad","inputSchema":{"type":"object","properties":{"a":{"type":"number","x-mcp-header":"A"}}}},"#
                + #"{"name":"hidden","inputSchema":{"items":{"x-mcp-header":"B","type":"string"}}},"#
                + #"{"name":"split","inputSchema":{"properties":{"a":{"type":"string","x-mcp-header":"a b"}}}}]"#
            return .text(
                #"{"jsonrpc":"2.0","id":\#((try? JSONValue(parsing: request.body))?["id"]?.text ?? ""),"result":{"resultType":"complete","tools":\#(tools)}}"#,
                type: "application/json")
        }
        let client = MCPClient(.http("http://127.0.0.1:\(server.port)"))
        #expect(try await client.tools().map(\.name) == ["add"])
        _ = try await client.call("add", .object([JSONMember("a", -7), JSONMember("b", 1)]))
        #expect(seen.all == ["-7"])
    }
}

/// What a server has seen, in order.
private final class Seen: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }
    func append(_ line: String) { lines.withLock { $0.append(line) } }
}
