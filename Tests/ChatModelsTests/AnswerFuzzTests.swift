import JSON
import StreamCore
import Testing

@testable import ChatModels

/// Answers that chance has changed: whatever a server sends is an answer or an error, never a trap.
@Suite("Answers changed by chance")
struct AnswerFuzzTests {
    private let whole = """
        {"id":"x","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"a\\u00e4😀","tool_calls":[\
        {"id":"c","type":"function","function":{"name":"f","arguments":"{\\"a\\":1}"}}]},"finish_reason":"stop"}],\
        "usage":{"prompt_tokens":9223372036854775807,"completion_tokens":-3,"prompt_tokens_details":{"cached_tokens":2}}}
        """
    private let chunk = """
        data: {"choices":[{"delta":{"content":"a","tool_calls":[{"index":-9223372036854775808,"id":"c",\
        "function":{"name":"f","arguments":"{"}}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}


        """

    private func change(_ text: String, _ random: inout SeededRandom) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0...random.below(4) {
            let place = random.below(max(1, bytes.count))
            guard bytes.indices.contains(place) else { continue }
            switch random.below(4) {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.remove(at: place)
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + random.below(40)))
            default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + random.below(40))], at: place)
            }
        }
        return bytes
    }

    @Test func `whole answers`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        var answers = 0
        for _ in 0..<4_000 {
            guard let json = try? JSONValue(parsing: Bytes(change(whole, &random))) else { continue }
            if let reply = try? OpenAIReplies.reply(json) {
                answers += 1
                let used = (reply.usage ?? TokenUsage()) + TokenUsage(input: 1, output: 1)
                #expect(used.total >= 0, "seed \(seed)")
            }
            _ = OpenAIFailure.read(
                HTTPHead(status: 400 + random.below(200), headers: [:]), Array(json.text.utf8), now: .latest)
        }
        #expect(answers > 0)
    }

    @Test func `answers in parts`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<4_000 {
            var parser = ServerSentEventParser(limit: 2_000)
            var chunks = OpenAIChunks()
            var assembler = ChatReplyAssembler()
            for _ in 0..<3 {
                guard let events = try? parser.feed(change(chunk, &random)) else { break }
                for event in events { for delta in (try? chunks.deltas(of: event)) ?? [] { assembler.add(delta) } }
            }
            #expect(assembler.reply.message.toolCalls.allSatisfy { !$0.id.isEmpty }, "seed \(seed)")
        }
    }

    @Test func `schemas and values`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        let text =
            ##"{"type":["object","array"],"properties":{"a":{"$ref":"#"},"b":{"enum":[1,null,"x"]}},"##
            + ##""items":{"anyOf":[{"minimum":1e308},{"$ref":"#"}]},"additionalProperties":{"maxLength":2},"uniqueItems":true}"##
        let values = ["[[[1e400]]]", #"{"a":{"a":[]},"b":2,"c":"xyz"}"#, "[9223372036854775808,1,1]", "null", "[]"]
        var made = 0
        for _ in 0..<4_000 {
            guard let json = try? JSONValue(parsing: Bytes(change(text, &random))), let schema = try? JSONSchema(json)
            else { continue }
            made += 1
            for value in values { _ = schema.violations(of: try JSONValue(parsing: value)) }
        }
        #expect(made > 0, "seed \(seed)")
    }
}
