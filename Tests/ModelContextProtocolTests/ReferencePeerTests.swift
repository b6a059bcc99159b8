import Foundation
import HTTPServer
import JSON
import ModelContextProtocol
import StreamCore
import TestPrograms
import Testing

/// The reference implementation in a Python process, on either side.
@Suite(
    "the reference implementation of MCP",
    .enabled(if: PythonPeer.has("mcp", "uvicorn"), "make peers has not been run"),
    .timeLimit(.minutes(15)))
struct ReferencePeerTests {
    @Test(
        "its client reads and calls our server in both revisions",
        arguments: [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
    func theirClient(_ mode: String, _ revision: String) async throws {
        let server = try TestServer.start()
        let folder = try TemporaryFolder()
        let calls = #"[["add", {"a": 40, "b": 2}], ["fail", {}]]"#
        let text = try await PythonPeer("Tests/ModelContextProtocolTests/Peers/mcp_client.py").answer(
            ["http", mode, calls, "http://127.0.0.1:\(server.port)/mcp"], in: folder.path)
        let told = try JSONValue(parsing: text)
        #expect(told["revision"]?.stringValue == revision)
        #expect(told["tools"]?.elements?.count == 4)
        #expect(told["read"]?.elements == ["{\"state\":\"well\"}"])
        #expect(told["results"]?.elements?.first?["json"]?["sum"] == 42)
        #expect(told["results"]?.elements?.last?["error"] == true)
        #expect(told["results"]?.elements?.last?["text"] == "it is broken")
    }

    private func check(_ client: MCPClient) async throws {
        #expect(try await client.revision() == .stateless)
        #expect(try await client.tools().map(\.name) == ["add", "fail"])
        let sum = try await client.call("add", .object([JSONMember("a", 40), JSONMember("b", 2)]))
        #expect(sum.text == "42")
        #expect(!sum.isError)
        let failure = try await client.call("fail", .object([JSONMember("reason", "too bad")]))
        #expect(failure.isError)
        #expect(failure.text.contains("fail"))
        #expect(try await client.read("notes://today") == ["nothing"])
        await client.close()
    }

    @Test("our client starts its server as a program and ends it")
    func theirProgram() async throws {
        let package = try #require(PythonPeer.package)
        let script = package.appendingPathComponent("Tests/ModelContextProtocolTests/Peers/mcp_server.py").path
        let python = package.appendingPathComponent(".build/peers/bin/python").path
        try await check(MCPClient(.program(python, arguments: [script, "stdio"]), timeout: .seconds(120)))
    }

    @Test("our client calls its server over HTTP")
    func theirServer() async throws {
        let folder = try TemporaryFolder()
        // A free port: somebody else may take it in between, and then this fails rather than passes.
        let port = try HTTPServer { _ in .cut }.port
        let python = try PythonPeer("Tests/ModelContextProtocolTests/Peers/mcp_server.py").start(
            ["http", "\(port)"], in: folder.path)
        defer { python.kill() }
        while !python.errorText.contains("Uvicorn running") {
            try #require(python.process.isRunning, "\(python.errorText)")
            try await Task.sleep(for: .milliseconds(20))
        }
        try await check(MCPClient(.http("http://127.0.0.1:\(port)/mcp"), timeout: .seconds(120)))
    }
}
