import Foundation
import HTTPServer
import StreamCore
import StreamTesting
import Testing

@testable import ChatModels

/// Servers that do everything wrong: errors are typed, memory is bounded, nothing waits for ever.
@Suite("Hostile servers", .timeLimit(.minutes(15)))
struct HostileServerTests {
    private let hello = ChatRequest([.user("hello")])

    private func codes(
        _ turn: ScriptedTurn, _ options: OpenAIEndpoint.Options = .init(), deadline: Timestamp? = nil
    ) async throws -> [ChatModelError.Code?] {
        let server = try ScriptedModelServer { _ in turn }
        let model = OpenAIChatModel("m", at: server.endpoint(options: options))
        var request = hello
        request.deadline = deadline
        let asked = request
        let whole = await #expect(throws: ChatModelError.self) { try await model.complete(asked) }
        let parts = await #expect(throws: ChatModelError.self) { try await model.complete(asked) { _ in } }
        return [whole?.code, parts?.code]
    }

    @Test func `silence ends at the timeout, at the idle timeout and at the deadline`() async throws {
        let short = OpenAIEndpoint.Options(timeout: .milliseconds(80))
        #expect(try await codes(.silence, short) == [.timedOut, .timedOut])
        let idle = OpenAIEndpoint.Options(idleTimeout: .milliseconds(80))
        #expect(try await codes(.silence, idle) == [.timedOut, .timedOut])
        let soon = SystemWallClock().now() + .milliseconds(300)
        #expect(try await codes(.silence, deadline: soon) == [.timedOut, .timedOut])
        #expect(try await codes(.answer("x"), deadline: Timestamp(milliseconds: 1)) == [.timedOut, .timedOut])
    }

    @Test func `a stream that goes quiet in its middle ends`() async throws {
        let slow = ScriptedTurn.answer("a long answer").inFragments(of: 1, pause: .seconds(3_600))
        let server = try ScriptedModelServer { _ in slow }
        let model = OpenAIChatModel("m", at: server.endpoint(options: .init(idleTimeout: .milliseconds(100))))
        let error = await #expect(throws: ChatModelError.self) { try await model.complete(hello) { _ in } }
        #expect(error?.code == .timedOut)
    }

    @Test(
        arguments: [
            "", "garbage", "{", "{}", "[1]", "null", #"{"choices":[]}"#, #"{"choices":[{}]}"#, #"{"choices":3}"#,
        ])
    func `answers that are none are malformed`(_ text: String) async throws {
        #expect(try await codes(.raw(Bytes(text))).first == .malformed)
    }

    @Test func `text that is not UTF-8 is malformed`() async throws {
        let bytes = Array(#"{"choices":[{"message":{"content":""#.utf8) + [0xff, 0xfe] + Array(#""}}]}"#.utf8)
        #expect(try await codes(.raw(Bytes(bytes))).first == .malformed)
        let event = Array(#"data: {"choices":[{"delta":{"content":""#.utf8) + [0xff] + Array("\"}}]}\n\n".utf8)
        #expect(try await codes(.raw(Bytes(event), type: "text/event-stream")).last == .malformed)
    }

    @Test(
        arguments: [
            ("data: nothing\n\n", ChatModelError.Code.malformed), ("data: {}\n\n", .malformed), ("", .cut),
            ("data: [DONE]\n\n", .cut), ("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n", .cut),
            (#"data: {"error":{"message":"m","code":"rate_limit_exceeded"}}"# + "\n\n", .rateLimited),
            (#"data: {"error":{"message":"m","code":503}}"# + "\n\n", .overloaded),
            ("<html>busy</html>", .cut),
        ])
    func `streams that are none are typed`(_ text: String, _ code: ChatModelError.Code) async throws {
        #expect(try await codes(.raw(Bytes(text), type: "text/event-stream")).last == code)
    }

    @Test(arguments: [0, 1, 20, 200, 600])
    func `a connection cut anywhere is a cut, never an answer`(_ bytes: Int) async throws {
        let found = try await codes(.answer(String(repeating: "word ", count: 200)).cut(after: bytes))
        #expect(found == [.cut, .cut])
    }

    @Test func `a connection closed without an answer is a cut`() async throws {
        #expect(try await codes(.response(.cut)) == [.cut, .cut])
    }

    @Test func `ten megabytes are too large`() async throws {
        let options = OpenAIEndpoint.Options(maxAnswerBytes: 1 << 20)
        let large = Bytes([UInt8](repeating: 0x20, count: 10 << 20))
        let found = try await codes(.raw(large), options)
        #expect(found == [.tooLarge, .tooLarge])
    }

    @Test func `an endless answer ends at the limit`() async throws {
        let endless = HTTPResponse(
            headers: [HTTPField("Content-Type", "text/event-stream")],
            body: .stream { writer in
                while true { try await writer.write(Bytes([UInt8](repeating: 0x3a, count: 60_000))) }
            })
        let options = OpenAIEndpoint.Options(maxAnswerBytes: 2 << 20)
        #expect(try await codes(.response(endless), options) == [.tooLarge, .tooLarge])
    }

    @Test func `arguments of two megabytes pass, whole and streamed`() async throws {
        let arguments = "{\"text\":\"" + String(repeating: "x", count: 2 << 20) + "\"}"
        let call = ToolCall(id: "c", name: "t", arguments: arguments)
        let server = try ScriptedModelServer { _ in ScriptedTurn.toolCalls([call]).inFragments(of: 100_000) }
        let model = server.model()
        #expect(try await model.complete(hello).message.toolCalls == [call])
        #expect(try await model.complete(hello) { _ in }.message.toolCalls == [call])
    }

    @Test func `a cancelled task ends the call at the server too`() async throws {
        let server = try ScriptedModelServer { _ in .silence }
        let model = server.model()
        for isStreamed in [false, true] {
            let before = server.count
            let call = Task {
                if isStreamed {
                    _ = try await model.complete(hello) { _ in }
                } else {
                    _ = try await model.complete(hello)
                }
            }
            while server.count == before { try await Task.sleep(for: .milliseconds(5)) }
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
        }
    }

    @Test func `letting go of a stream ends the call at the server too`() async throws {
        let server = try ScriptedModelServer { _ in
            ScriptedTurn.answer(String(repeating: "word ", count: 100_000)).inFragments(of: 5, pause: .milliseconds(2))
        }
        let model = server.model()
        for try await delta in model.stream(hello) { if case .text = delta { break } }
        while server.writing > 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(server.count == 1)
    }

    @Test func `many calls end at their own times`() async throws {
        let server = try ScriptedModelServer { _ in .silence }
        let model = server.model()
        let codes = await withTaskGroup(of: ChatModelError.Code?.self) { group in
            for number in 0..<40 {
                group.addTask {
                    var request = hello
                    request.deadline = SystemWallClock().now() + .milliseconds(50 + number * 7 % 100)
                    do {
                        _ = try await model.complete(request)
                        return nil
                    } catch {
                        return (error as? ChatModelError)?.code
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes == Array(repeating: .timedOut, count: 40))
    }

    @Test func `compatible servers may leave numbers out or repeat them`() throws {
        func assemble(_ events: [String]) throws -> [ToolCall] {
            var chunks = OpenAIChunks()
            var assembler = ChatReplyAssembler()
            for event in events {
                let text = #"{"choices":[{"delta":{"tool_calls":["# + event + "]}}]}"
                for delta in try chunks.deltas(of: ServerSentEvent(data: Bytes(text))) { assembler.add(delta) }
            }
            return assembler.reply.message.toolCalls
        }
        let both = [
            ToolCall(id: "a", name: "f", arguments: "{}"), ToolCall(id: "b", name: "g", arguments: "[1]"),
        ]
        #expect(
            try assemble([
                #"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#,
                #"{"index":0,"id":"b","function":{"name":"g","arguments":"["}}"#,
                #"{"index":0,"function":{"arguments":"1]"}}"#,
            ]) == both)
        #expect(
            try assemble([
                #"{"id":"a","function":{"name":"f","arguments":{}}}"#,
                #"{"id":"b","function":{"name":"g","arguments":"["}}"#, #"{"function":{"arguments":"1]"}}"#,
            ]) == both)
    }
}
