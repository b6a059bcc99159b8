import Foundation
import FoundationNetworking
import HTTPServer
import JSON
import ModelContextProtocol
import StreamCore
import Testing

@Suite("MCP server", .timeLimit(.minutes(15)))
struct MCPServerTests {
    private struct Answer {
        let status: Int
        let json: JSONValue?
        var code: Int64? { json?["error"]?["code"]?.integerValue }
        var message: String { json?["error"]?["message"]?.stringValue ?? "" }
    }

    private let server: HTTPServer

    init() throws { server = try TestServer.start(origins: ["http://known.example"]) }

    private func post(_ body: String, _ headers: [String: String] = [:], method: String = "POST") async throws -> Answer
    {
        let address = try #require(URL(string: "http://127.0.0.1:\(server.port)/mcp"))
        var request = URLRequest(url: address)
        request.httpMethod = method
        if method == "POST" { request.httpBody = Data(body.utf8) }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await URLSession.shared.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        return Answer(status: status, json: try? JSONValue(parsing: Bytes([UInt8](data))))
    }

    private func ask(
        _ method: String, _ parameters: [JSONMember] = [], name: String? = nil, headers: [String: String] = [:]
    ) async throws -> Answer {
        let (body, usual) = TestServer.request(method, parameters, name: name)
        return try await post(body.text, usual.merging(headers) { $1 })
    }

    @Test("the stateless revision says what it is, what it has, and how long that may be kept")
    func discovers() async throws {
        let found = try await ask("server/discover")
        #expect(found.status == 200)
        let result = try #require(found.json?["result"])
        #expect(result["resultType"] == "complete")
        #expect(result["supportedVersions"]?.elements == ["2026-07-28", "2025-11-25"])
        #expect(result["_meta"]?["io.modelcontextprotocol/serverInfo"]?["name"] == "test")
        #expect(result["ttlMs"]?.integerValue == 60_000)
        #expect(result["cacheScope"] == "public")
        let tools = try await ask("tools/list")
        let first = try #require(tools.json?["result"]?["tools"]?.elements?.first)
        #expect(first["inputSchema"]?["required"]?.elements == ["a", "b"])
        #expect(first["inputSchema"]?["additionalProperties"] == false)
        #expect(first["annotations"]?["readOnlyHint"] == true)
        let read = try await ask("resources/read", [JSONMember("uri", "test://state")], name: "test://state")
        #expect(read.json?["result"]?["contents"]?.elements?.first?["text"] == "{\"state\":\"well\"}")
        #expect(read.json?["result"]?["cacheScope"] == "private")
    }

    @Test(
        "a tool's failure, and arguments that it does not take, are told to the model and are no error of the protocol")
    func failures() async throws {
        let cases: [(String, JSONValue, String)] = [
            ("fail", .object([]), "it is broken"), ("add", .object([]), "'add' needs 'a': the first"),
            ("add", .object([JSONMember("a", 1), JSONMember("b", "2")]), "'b' must be an integer"),
            (
                "add", .object([JSONMember("a", 1), JSONMember("b", 2), JSONMember("c", 3)]),
                "'add' takes no 'c'; it takes a, b"
            ),
            ("add", .object([JSONMember("a", .integer(.max)), JSONMember("b", 1)]), "the sum is too large"),
            ("add", .array([]), "arguments must be an object"),
        ]
        for (name, arguments, words) in cases {
            let parameters = [JSONMember("name", .string(name)), JSONMember("arguments", arguments)]
            let answer = try await ask("tools/call", parameters, name: name)
            #expect(answer.status == 200)
            #expect(answer.json?["result"]?["isError"] == true)
            #expect(answer.json?["result"]?["content"]?.elements?.first?["text"]?.stringValue == words)
        }
    }

    @Test("headers that say something else than the body are refused, whatever their case")
    func headerMismatches() async throws {
        let call = [JSONMember("name", "add"), JSONMember("arguments", .object([]))]
        for headers in [
            ["Mcp-Method": "tools/list"], ["Mcp-Name": "fail"], ["MCP-Protocol-Version": "2025-11-25"],
            ["Mcp-Name": "=?base64?!!?="],
        ] {
            let answer = try await ask("tools/call", call, name: "add", headers: headers)
            #expect(answer.status == 400)
            #expect(answer.code == -32020)
        }
        let missing = try await post(TestServer.request("tools/list").body.text, ["MCP-Protocol-Version": "2026-07-28"])
        #expect(missing.code == -32020)
        #expect(missing.message.contains("Mcp-Method is missing"))
        let encoded = "=?base64?" + Data("grüße".utf8).base64EncodedString() + "?="
        let call2 = [JSONMember("name", "grüße")]
        let answer = try await ask("tools/call", call2, headers: ["mcp-name": encoded])
        #expect(answer.json?["result"]?["content"]?.elements?.first?["text"] == "hallo")
    }

    @Test("a revision that nobody speaks is refused with those that are spoken")
    func revisions() async throws {
        let (body, headers) = TestServer.request("tools/list")
        let text = body.text.replacingOccurrences(of: "2026-07-28", with: "1900-01-01")
        let answer = try await post(text, headers.merging(["MCP-Protocol-Version": "1900-01-01"]) { $1 })
        #expect(answer.status == 400)
        #expect(answer.code == -32022)
        #expect(answer.json?["error"]?["data"]?["supported"]?.elements == ["2026-07-28", "2025-11-25"])
        #expect(answer.json?["error"]?["data"]?["requested"] == "1900-01-01")
    }

    @Test("what is no request gets an error that says why, with the id where there is one")
    func hostile() async throws {
        let cases: [(String, Int, Int64?)] = [
            ("", 400, -32700), ("{", 400, -32700), ("[]", 400, -32600), ("3", 400, -32600),
            ("{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}", 400, -32600),
            ("{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}", 400, -32600),
            ("{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}", 400, -32600),
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":3}", 400, -32600),
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[]}", 400, -32600),
            ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\"}", 400, -32602),
            (String(repeating: "[", count: 100_000), 400, -32700),
            ("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/anything\"}", 202, nil),
        ]
        for (body, status, code) in cases {
            let answer = try await post(body)
            #expect(answer.status == status, "\(body.prefix(80))")
            #expect(answer.code == code, "\(body.prefix(80))")
        }
        #expect(try await post("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":3}").json?["id"] == 7)
        let unknown = try await ask("tools/burn")
        #expect(unknown.status == 404)
        #expect(unknown.code == -32601)
        let absent = try await ask("resources/read", [JSONMember("uri", "test://else")], name: "test://else")
        #expect(absent.code == -32602)
        #expect(try await post("", method: "GET").status == 405)
        #expect(try await post("", method: "DELETE").status == 405)
    }

    @Test("a page in a browser is answered only for an origin that is let in")
    func origins() async throws {
        let (body, headers) = TestServer.request("tools/list")
        let evil = try await post(body.text, headers.merging(["Origin": "http://evil.example"]) { $1 })
        #expect(evil.status == 403)
        #expect(evil.json?["result"] == nil)
        let known = try await post(body.text, headers.merging(["Origin": "http://known.example"]) { $1 })
        #expect(known.status == 200)
    }

    @Test("the revision before has its handshake, without a session, and no members of the new one")
    func handshake() async throws {
        let hello =
            "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{}}}"
        let answer = try await post(hello)
        #expect(answer.json?["id"] == "a")
        #expect(answer.json?["result"]?["protocolVersion"] == "2025-06-18")
        let newer = try await post(hello.replacingOccurrences(of: "2025-06-18", with: "2099-01-01"))
        #expect(newer.json?["result"]?["protocolVersion"] == "2025-11-25")
        let version = ["MCP-Protocol-Version": "2025-11-25"]
        #expect(try await post("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}", version).status == 202)
        #expect(
            try await post("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}", version).json?["result"] == .object([])
        )
        let tools = try await post("{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/list\"}", version)
        #expect(tools.json?["result"]?["tools"]?.elements?.count == 4)
        #expect(tools.json?["result"]?["resultType"] == nil)
        let strange = ["MCP-Protocol-Version": "1999-01-01"]
        let refused = try await post("{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"tools/list\"}", strange)
        #expect(refused.status == 400)
    }
}
