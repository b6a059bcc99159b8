import Foundation
import JSON
import ModelContextProtocol
import Testing

/// The server over two pipes: what a client that starts it sees.
@Suite("MCP over standard streams", .timeLimit(.minutes(15)))
struct MCPStdioTests {
    /// Sends `lines`, closes the input, and returns what came.
    private func exchange(_ lines: [String]) async throws -> [JSONValue] {
        let (input, output) = (Pipe(), Pipe())
        let reader = output.fileHandleForReading
        async let reading = withCheckedContinuation { waiting in
            Thread.detachNewThread { waiting.resume(returning: reader.readDataToEndOfFile()) }
        }
        try input.fileHandleForWriting.write(contentsOf: Data(lines.joined(separator: "\n").utf8))
        try input.fileHandleForWriting.close()
        await TestServer.server.serve(
            input: input.fileHandleForReading.fileDescriptor, output: output.fileHandleForWriting.fileDescriptor)
        try output.fileHandleForWriting.close()
        let text = String(decoding: await reading, as: UTF8.self)
        return try text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    }

    @Test(
        "requests are answered by their ids, garbage is answered and the next line read, the end of the input ends it")
    func answers() async throws {
        let call = [
            JSONMember("name", "add"), JSONMember("arguments", .object([JSONMember("a", 2), JSONMember("b", 3)])),
        ]
        let answers = try await exchange([
            TestServer.request("tools/call", call, id: "one").body.text, "garbage", "",
            "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}\r", "{\"jsonrpc\":\"2.0\",\"id\":3}",
        ])
        #expect(answers.count == 4)
        let byID = Dictionary(answers.map { ($0["id"] ?? .null, $0) }) { first, _ in first }
        #expect(byID["one"]?["result"]?["structuredContent"]?["sum"] == 5)
        #expect(byID[2]?["result"] == .object([]))
        #expect(byID[3]?["error"]?["code"] == -32600)
        #expect(byID[.null]?["error"]?["code"] == -32700)
    }

    @Test("a request that is taken back is ended and not answered")
    func cancels() async throws {
        let answers = try await exchange([
            TestServer.request("tools/call", [JSONMember("name", "wait")], id: 1).body.text,
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}",
            TestServer.request("tools/list", id: 2).body.text,
        ])
        #expect(answers.map { $0["id"] } == [2])
    }
}
