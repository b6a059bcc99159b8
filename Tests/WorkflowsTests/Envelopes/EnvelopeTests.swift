import Foundation
import JSON
import StreamCore
import Testing

@testable import Workflows

@Suite("Envelopes", .timeLimit(.minutes(15)))
struct EnvelopeTests {
    /// What `json.dumps(message.dict())` of Aika's class writes.
    static let golden =
        #"{"message_id": "msg-0b5d6a52-3c6b-4a43-9c3a-7a2f6a0f5d11", "timestamp": "2025-07-06T10:00:00.123456", "#
        + #""source_agent_id": "customer-agent-1", "target_agent_id": null, "message_type": "CLAIM_SUBMITTED", "#
        + #""priority": "NORMAL", "payload": {"claim": "C-7", "amount": 1250.5, "note": "caf\u00e9 \ud83d\ude97\n\"x\"", "#
        + #""items": [1, 2.0, true, null, {}], "big": 1e+16, "small": 1e-05}, "#
        + #""metadata": {"conversation_id": "conv-9", "session_id": null, "trace_id": "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"}}"#

    /// The document's spelling.
    static let camel =
        #"{"messageId": "msg-1", "timestamp": "2025-07-06T10:00:00Z", "sourceAgentId": "a", "targetAgentId": "b", "#
        + #""messageType": "RISK", "priority": "HIGH", "payload": {}, "#
        + #""metadata": {"conversationId": "c", "sessionId": "s", "traceId": "t"}}"#

    @Test("AIK-01: the code's envelope is read and written again byte for byte")
    func snakeCase() throws {
        let envelope = try Envelope(parsing: Bytes(Self.golden))
        #expect(envelope.id == "msg-0b5d6a52-3c6b-4a43-9c3a-7a2f6a0f5d11")
        #expect(envelope.time.microseconds == 1_751_796_000_123_456)
        #expect(envelope.target == nil)
        #expect(envelope.metadata.conversation == "conv-9")
        #expect(envelope.metadata.session == nil)
        #expect(envelope.payload["note"]?.stringValue == "café 🚗\n\"x\"")
        #expect(envelope.bytes().description == Self.golden)
    }

    @Test("AIK-01: the document's envelope is read and written again byte for byte, and either becomes the other")
    func camelCase() throws {
        let envelope = try Envelope(parsing: Bytes(Self.camel))
        #expect(envelope.bytes(.camelCase).description == Self.camel)
        let snake = envelope.bytes(.snakeCase).description
        #expect(
            snake.hasPrefix(#"{"message_id": "msg-1", "timestamp": "2025-07-06T10:00:00", "source_agent_id": "a", "#))
        #expect(try Envelope(parsing: Bytes(snake)) == envelope)
        let loaded = try JSONSerialization.jsonObject(with: Data(snake.utf8)) as? [String: Any]
        #expect(loaded?.keys.count == 8)
    }

    @Test("AIK-01: members that nobody knows travel on, in both places")
    func unknownMembers() throws {
        let text =
            #"{"message_id": "m", "timestamp": "2025-07-06T10:00:00", "source_agent_id": "a", "message_type": "T", "#
            + #""hop": 3, "metadata": {"region": "eu", "trace_id": "x"}, "tags": ["a"]}"#
        let envelope = try Envelope(parsing: Bytes(text))
        #expect(envelope.unknown.map(\.name) == ["hop", "tags"])
        let again = try Envelope(parsing: envelope.bytes())
        #expect(again == envelope)
        #expect(envelope.bytes().description.hasSuffix(#""trace_id": "x", "region": "eu"}, "hop": 3, "tags": ["a"]}"#))
    }

    @Test("W55: a time without a zone is UTC, one with a zone is the same moment")
    func times() {
        let naive = EnvelopeTime(parsing: "2025-07-06T10:00:00")
        #expect(naive?.timestamp.milliseconds == 1_751_796_000_000)
        for same in ["2025-07-06T10:00:00Z", "2025-07-06T12:00:00+02:00", "2025-07-06 05:30:00.000-0430"] {
            #expect(EnvelopeTime(parsing: same) == naive)
        }
        let bad = [
            "", "2025-07-06", "2025-02-29T00:00:00", "2025-07-06T24:00:00", "2025-07-06T10:00:00.",
            "1969-12-31T23:59:59",
            "2025-07-06T10:00:00z", "2025-07-06T10:00:00+99:00", "yesterday", "2025-07-06T10:00:00Zx",
        ]
        for text in bad { #expect(EnvelopeTime(parsing: text) == nil, "\(text)") }
        let leap = EnvelopeTime(parsing: "2024-02-29T23:59:59.000007")
        #expect(leap?.naiveText == "2024-02-29T23:59:59.000007")
        #expect(EnvelopeTime(microseconds: .max).naiveText == "9999-12-31T23:59:59.999999")
        #expect(EnvelopeTime(microseconds: -5).zonedText == "1970-01-01T00:00:00Z")
    }

    @Test("every day from 1970 to 2105 is written and read as itself")
    func days() {
        for day in Int64(0)..<49_500 {
            let time = EnvelopeTime(microseconds: day * 86_400_000_000 + day)
            guard EnvelopeTime(parsing: time.naiveText) == time else {
                Issue.record("day \(day) is written as \(time.naiveText)")
                return
            }
        }
    }

    @Test("garbage is refused in words that name the member")
    func refusals() {
        let cases = [
            ("[]", "an envelope must be a JSON object"), ("{}", "'message_id' is missing"),
            (#"{"message_id":"m"}"#, "'timestamp' is missing"),
            (#"{"message_id":7}"#, "'message_id' must be text"),
            (
                #"{"message_id":"m","timestamp":"soon"}"#,
                "'timestamp' must be an ISO 8601 time from 1970 on, not 'soon'"
            ),
            (
                #"{"message_id":"m","timestamp":"2025-07-06T10:00:00","source_agent_id":"a","message_type":"T","priority":"NOW"}"#,
                "'priority' must be HIGH, NORMAL or LOW, not 'NOW'"
            ),
            (
                #"{"message_id":"m","timestamp":"2025-07-06T10:00:00","source_agent_id":"a","message_type":"T","metadata":[]}"#,
                "'metadata' must be an object"
            ),
            ("\u{0}\u{1}", "unexpected byte"), ("{\"message_id\":", "unexpected end"),
        ]
        for (text, words) in cases {
            do {
                _ = try Envelope(parsing: Bytes(text))
                Issue.record("\(text) was taken")
            } catch {
                if "\(error)".contains("byte") { continue }
                #expect("\(error)" == words)
            }
        }
    }

    @Test("an id made of one idempotency key is one id, of another another, and looks like Aika's")
    func ids() {
        let ids = (0..<20_000).map { EnvelopeID.message("app/step/in-0-\($0)/0") }
        #expect(Set(ids).count == 20_000)
        #expect(EnvelopeID.message("app/step/in-0-7/0") == ids[7])
        #expect(ids.allSatisfy { $0.hasPrefix("msg-") && UUID(uuidString: String($0.dropFirst(4))) != nil })
    }

    @Test("a UUID in trace_id is a W3C trace, a traceparent goes before it, and a trace is said in trace_id")
    func traces() throws {
        var envelope = try Envelope(parsing: Bytes(Self.golden))
        #expect(envelope.trace(.none)?.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(envelope.trace(.none) == envelope.trace(.none))
        var headers = Headers()
        headers.append("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        #expect(envelope.trace(headers)?.traceID == "0af7651916cd43dd8448eb211c80319c")
        for odd in [
            "", "x", "4bf92f35-77b3-4da6-a3ce-929d0e0e473", "00000000-0000-0000-0000-000000000000",
            "+bf92f3577b34da6a3ce929d0e0e4736",
        ] {
            envelope.metadata.trace = odd
            #expect(envelope.trace(.none) == nil)
        }
        envelope.metadata.trace = nil
        let context = try #require(TraceContext(headers))
        envelope.join(context)
        #expect(envelope.metadata.trace == "0af76519-16cd-43dd-8448-eb211c80319c")
        #expect(envelope.trace(.none)?.traceID == context.traceID)
    }
}
