import AgentOperators
import ChatModels
import HTTPServer
import JSON
import ModelContextProtocol
import StreamCore
import StreamTesting
import Synchronization
import Testing

/// Tools of another server in a ReAct agent's hands.
@Suite("MCP servers as tools", .timeLimit(.minutes(15)))
struct MCPToolsTests {
    private final class Calls: Sendable {
        private let names = Mutex<[String]>([])
        var all: [String] { names.withLock { $0 } }
        func note(_ name: String) { names.withLock { $0.append(name) } }
    }

    private static func server(_ calls: Calls) throws -> HTTPServer {
        let tools = MCPServer(
            MCPImplementation(name: "shop", version: "1"), instructions: "",
            tools: [
                MCPTool(
                    "stock.level", "Tells how many there are.", parameters: [MCPParameter("item", .string, "which")]
                ) {
                    calls.note("stock.level \($0.string("item") ?? "")")
                    return MCPToolResult(text: "3 left")
                },
                MCPTool("order", "Orders.", isReadOnly: false) { _ in
                    calls.note("order")
                    throw MCPToolProblem("sold out")
                },
            ])
        return try HTTPServer(handler: tools.handler())
    }

    @Test("a model calls them by name, is told results and failures, and a run after a crash asks nothing twice")
    func inAgent() async throws {
        let calls = Calls()
        let shop = try Self.server(calls)
        let client = MCPClient(.http("http://127.0.0.1:\(shop.port)/mcp"))
        let tools = try await client.agentTools(prefix: "shop_") { $0.isReadOnly ? .again : .once }
        #expect(tools.map(\.declaration.name) == ["shop_stock_level", "shop_order"])
        let turns: [ScriptedTurn] = [
            .toolCalls([
                ToolCall(id: "c1", name: "shop_stock_level", arguments: #"{"item":"lamp"}"#),
                ToolCall(id: "c2", name: "shop_order", arguments: "{}"),
            ]), .answer("sold out"),
        ]
        let model = try ScriptedModelServer(turns: turns)
        let agent = ReActAgent("buyer", model: model.model(), instructions: "buy", tools: tools)
        let journal = MemoryJournal()
        let answer = try await agent.run("a lamp", in: journal.run())
        #expect(answer.text == "sold out")
        let told = answer.messages.filter { $0.role == .tool }.map(\.content)
        #expect(told.first == "3 left")
        #expect(told.last?.contains("sold out") == true)
        #expect(calls.all == ["stock.level lamp", "order"])
        _ = try await agent.run("a lamp", in: journal.run())
        #expect(calls.all == ["stock.level lamp", "order"])
    }

    @Test("a server that is gone is a failure that may pass, told to the model")
    func gone() async throws {
        let calls = Calls()
        let shop = try Self.server(calls)
        let tools = try await MCPClient(.http("http://127.0.0.1:\(shop.port)/mcp"), timeout: .seconds(20)).agentTools()
        shop.stop()
        let model = try ScriptedModelServer(turns: [
            .toolCalls([ToolCall(id: "c1", name: "order", arguments: "{}")]), .answer("later"),
        ])
        let agent = ReActAgent("buyer", model: model.model(), instructions: "buy", tools: tools)
        let answer = try await agent.run("a lamp", in: MemoryJournal().run())
        #expect(answer.messages.contains { $0.role == .tool && $0.content.contains("may succeed later") })
    }
}
