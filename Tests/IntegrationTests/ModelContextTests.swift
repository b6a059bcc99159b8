import EventLog
import Foundation
import JSON
import ModelContextProtocol
import StreamCore
import StreamDSL
import TestPrograms
import Testing

/// What models see of an application: inside it, and beside its data.
@Suite("Models look at an application", .timeLimit(.minutes(15)))
struct ModelContextTests {
    private static let chat = BuiltProgram("SupportChat")
    private static let tool = BuiltProgram("tributary")

    private struct Message: Codable, Sendable {
        let text: String
    }

    private func object(_ members: [(String, String)]) -> JSONValue {
        .object(members.map { JSONMember($0.0, .string($0.1)) })
    }

    private func text(_ client: MCPClient, _ tool: String, _ arguments: [(String, String)] = []) async throws -> String
    {
        let result = try await client.call(tool, object(arguments))
        #expect(!result.isError, "\(tool): \(result.text)")
        return result.text
    }

    @Test(.enabled(if: chat.exists && tool.exists, "needs the built SupportChat and tributary"))
    func `an application that a client starts answers about itself, acts only when it may, and ends with its client`()
        async throws
    {
        let place = Workplace()
        try place.log().createTopic(TopicSpecification("chats", partitions: 2))
        let refunds = ["SUPPORT_REFUNDS": place.folder + "/refunds.jsonl"]
        func client(_ more: [String]) -> MCPClient {
            MCPClient(
                .program(
                    Self.chat.url.path, arguments: ["run", "--data-dir", place.folder, "--mcp-stdio"] + more,
                    environment: refunds), timeout: .seconds(120))
        }
        let reader = client([])
        let names = try await reader.tools().map(\.name)
        #expect(names.contains("agents_list"))
        #expect(names.contains("stores_scan"))
        #expect(!names.contains("agents_send"))
        while !(try await text(reader, "get_agent_status")).contains("\"phase\":\"running\"") {
            try await Task.sleep(for: .milliseconds(50))
        }
        while !(try await text(reader, "agents_list")).contains("assistant") {
            try await Task.sleep(for: .milliseconds(50))
        }
        let refused = await #expect(throws: MCPError.self) {
            try await reader.call("agents_send", object([("agent", "assistant/ann"), ("message", "{}")]))
        }
        #expect(refused?.message.contains("there is no tool 'agents_send'") == true)
        let unknown = try await reader.call("stores_get", object([("store", "nothing"), ("key", "k")]))
        #expect(unknown.isError)
        #expect(unknown.text.contains("there is no store 'nothing'"))
        await reader.close()

        let writer = client(["--allow-writes"])
        let declared = try await writer.tools()
        #expect(declared.first { $0.name == "agents_send" }?.isReadOnly == false)
        _ = try await text(
            writer, "agents_send",
            [("agent", "assistant/ann"), ("message", "{\"text\":\"Hello\"}"), ("type", "CustomerMessage")])
        let replies = Topic("replies", key: .string, value: .json(Message.self))
        while try place.read(replies).isEmpty { try await Task.sleep(for: .milliseconds(50)) }
        #expect(try place.read(replies).map(\.key) == ["ann"])
        await writer.close()

        let beside = MCPClient(
            .program(Self.tool.url.path, arguments: ["mcp", "serve", "--data-dir", place.folder]),
            timeout: .seconds(120))
        #expect(try await text(beside, "agents_sessions", [("type", "assistant")]).contains("ann"))
        #expect(try await text(beside, "stores_list").contains("desk-state"))
        await beside.close()
    }

    @Test(
        .enabled(if: tool.exists, "needs the built tributary"),
        .enabled(if: PythonPeer.has("mcp"), "make peers has not been run"))
    func `the reference client starts the tool and reads stores`() async throws {
        let place = Workplace()
        try place.log().createTopic(TopicSpecification("chats", partitions: 2))
        let output = try await PythonPeer("Tests/ModelContextProtocolTests/Peers/mcp_client.py").answer(
            [
                "stdio", "auto", #"[["topics_list", {}], ["topics_describe", {"topic": "none"}]]"#, Self.tool.url.path,
                "mcp", "serve", "--data-dir", place.folder,
            ], in: place.folder)
        let told = try JSONValue(parsing: output)
        #expect(told["revision"] == "2026-07-28")
        #expect(told["results"]?.elements?.first?["text"]?.stringValue?.contains("chats") == true)
        #expect(told["results"]?.elements?.last?["error"] == true)
    }
}
