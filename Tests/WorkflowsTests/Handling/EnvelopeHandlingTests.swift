import AgentOperators
import JSON
import StreamCore
import StreamDSL
import Synchronization
import Testing
import Topology

@testable import Workflows

@Suite("Handling envelopes", .timeLimit(.minutes(15)))
struct EnvelopeHandlingTests {
    struct Claim: Codable, Sendable {
        var amount: Int
    }

    /// Notes what handlers are called with.
    final class Calls: Sendable {
        private let all = Mutex<[String]>([])
        func note(_ text: String) { all.withLock { $0.append(text) } }
        var list: [String] { all.withLock { $0 } }
    }

    static func bench(_ calls: Calls, options: EnvelopeOptions = EnvelopeOptions()) throws -> WorkflowBench {
        let topology = try StreamTopology("aika") {
            let desk = AikaTopics.commands.stream().byConversation(named: "by-conversation")
                .handle(named: "desk", options: options) {
                    EnvelopeAgent("risk") {
                        on("ASSESS", as: Claim.self) { claim, context in
                            calls.note("risk \(context.envelope.id)")
                            if claim.amount < 0 { throw AgentError("negative", "a negative amount") }
                            if claim.amount == 13, context.durable.attempt == 1 {
                                throw AgentError("busy", "later", isRetryable: true)
                            }
                            try context.reply("ASSESSED", Claim(amount: claim.amount * 2))
                            context.send(
                                "LOGGED", to: nil, json: ["amount": .integer(Int64(claim.amount))], priority: .low)
                        }
                        on("HELLO") { _, context in calls.note("risk hello") }
                    }
                    EnvelopeAgent("policy") {
                        on("HELLO") { _, context in calls.note("policy hello") }
                    }
                }
            desk
            desk.sent.map(named: "by-sender") { ($0.value.source as String?, $0.value) }.to(AikaTopics.events)
            desk.audit.to(AikaTopics.audit)
        }
        return try WorkflowBench(topology)
    }

    static func envelope(
        _ id: String, _ type: String = "ASSESS", to target: String? = "risk", amount: Int = 5,
        conversation: String? = "c1", priority: EnvelopePriority = .normal
    ) -> Envelope {
        Envelope(
            id: id, time: EnvelopeTime(microseconds: 1_751_796_000_000_000), source: "customer", target: target,
            type: type,
            priority: priority, payload: ["amount": .integer(Int64(amount))],
            metadata: EnvelopeMetadata(conversation: conversation, trace: "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"),
            unknown: [])
    }

    static func audit(_ bench: WorkflowBench) throws -> [String] {
        try bench.take(AikaTopics.audit).map { "\($0.value.agent) \($0.value.event.rawValue) \($0.value.type)" }
    }

    @Test(
        "AIK-04: a handler of the type runs, what it sends belongs to the conversation, and the audit trail says all of it"
    )
    func handles() async throws {
        let (calls, sent) = (Calls(), Topic.envelopes("aika.events"))
        let bench = try Self.bench(calls)
        try bench.feed(AikaTopics.commands, "customer", Self.envelope("m1"))
        try await bench.settle { !(bench.log["aika.events"] ?? []).isEmpty }
        let out = try bench.take(sent)
        #expect(out.map(\.value.type) == ["ASSESSED", "LOGGED"])
        #expect(out[0].value.target == "customer")
        #expect(out[0].value.source == "risk")
        #expect(out[0].value.metadata.conversation == "c1")
        #expect(out[0].value.metadata.trace == "4bf92f35-77b3-4da6-a3ce-929d0e0e4736")
        #expect(out[1].value.target == nil)
        #expect(out[1].value.priority == .low)
        #expect(Set(out.map(\.value.id)).count == 2)
        #expect(
            bench.log["aika.events"]?.first?.headers["traceparent"]?.contains("4bf92f3577b34da6a3ce929d0e0e4736")
                == true)
        let trail = try Self.audit(bench)
        #expect(trail == ["risk received ASSESS", "risk sent ASSESSED", "risk sent LOGGED", "risk handled ASSESS"])
    }

    @Test(
        "AIK-01: a message without a target reaches all agents of the block, one of another target none, one's own not oneself"
    )
    func targets() async throws {
        let calls = Calls()
        let bench = try Self.bench(calls)
        try bench.feed(AikaTopics.commands, "x", Self.envelope("m1", "HELLO", to: nil))
        try bench.feed(AikaTopics.commands, "x", Self.envelope("m2", "HELLO", to: "claims"))
        var own = Self.envelope("m3", "HELLO", to: nil)
        own.source = "policy"
        try bench.feed(AikaTopics.commands, "x", own)
        try bench.feed(AikaTopics.commands, "x", Self.envelope("m4", to: nil, amount: 1))
        try await bench.settle { calls.list.count >= 4 }
        #expect(calls.list.sorted() == ["policy hello", "risk hello", "risk hello", "risk m4"])
        #expect(bench.deadLetters().isEmpty)
    }

    @Test(
        "W55: a handler that throws loses nothing: tried again where that helps, a dead letter where not, and the next goes on"
    )
    func failures() async throws {
        let calls = Calls()
        let retry = RetryPolicy(attempts: 3, first: .milliseconds(10), longest: .milliseconds(10), jitter: 0)
        let bench = try Self.bench(calls, options: EnvelopeOptions(handling: AskOptions(retry: retry)))
        try bench.feed(AikaTopics.commands, "x", Self.envelope("bad", amount: -1))
        try bench.feed(AikaTopics.commands, "x", Self.envelope("busy", amount: 13))
        try bench.feed(AikaTopics.commands, "x", Self.envelope("good", amount: 1))
        var unreadable = Self.envelope("odd")
        unreadable.payload = ["amount": "many"]
        try bench.feed(AikaTopics.commands, "x", unreadable)
        try bench.feed(AikaTopics.commands, "x", Self.envelope("what", "UNKNOWN"))
        bench.feed("aika.commands", key: "x", value: "{\"message_id\": \"m\"}")
        bench.feed("aika.commands", key: nil, value: "\u{1}")
        bench.feed("aika.commands", key: nil, value: nil)
        try await bench.settle {
            bench.clock.advance(by: .milliseconds(5))
            return (bench.log["aika.events"] ?? []).count >= 4 && (bench.log["aika-dead-letters"] ?? []).count >= 6
        }
        try bench.settle()
        #expect(calls.list == ["risk bad", "risk busy", "risk busy", "risk good"])
        let dead = bench.deadLetters()
        let reasons = dead.map { $0.headers["tributary.error.message"] ?? "" }.joined(separator: "\n")
        #expect(dead.count == 6, "\(reasons)")
        #expect(reasons.contains("a negative amount"))
        #expect(reasons.contains("the payload of a 'ASSESS' cannot be read"))
        #expect(reasons.contains("no handler of messages of type 'UNKNOWN'"))
        #expect(reasons.contains("'timestamp' is missing"))
        let trail = try Self.audit(bench)
        #expect(trail.filter { $0.contains("failed") }.count == 2)
        #expect(trail.contains("risk unhandled UNKNOWN"))
    }

    @Test("W55: senders differ, the conversation decides: its messages are handled in order, one at a time")
    func conversations() async throws {
        let calls = Calls()
        let bench = try Self.bench(calls)
        for number in 0..<30 {
            let envelope = Self.envelope("c\(number % 3)-\(number)", amount: 1, conversation: "c\(number % 3)")
            try bench.feed(AikaTopics.commands, "sender-\(number)", envelope)
        }
        try await bench.settle { calls.list.count >= 30 && (bench.log["aika.events"] ?? []).count >= 60 }
        for conversation in 0..<3 {
            let order = calls.list.filter { $0.contains("c\(conversation)-") }
            #expect(order == (0..<10).map { "risk c\(conversation)-\($0 * 3 + conversation)" })
        }
        let keys = Set(try bench.take(AikaTopics.audit).map(\.key))
        #expect(keys == ["c0", "c1", "c2"])
    }

    @Test("W55: with one at a time, what is urgent overtakes what waits, and the rest still gets its turns")
    func priorities() async throws {
        let calls = Calls()
        let options = EnvelopeOptions(
            handling: AskOptions(inFlight: 1), weights: LaneWeights(high: 4, normal: 2, low: 1))
        let bench = try Self.bench(calls, options: options)
        for number in 0..<21 {
            let priority: EnvelopePriority = number % 3 == 0 ? .low : number % 3 == 1 ? .normal : .high
            let envelope = Self.envelope(
                "\(priority.rawValue)-\(number)", amount: 1, conversation: "c\(number)", priority: priority)
            try bench.feed(AikaTopics.commands, "x", envelope)
        }
        try await bench.settle { calls.list.count >= 21 }
        let order = calls.list.map { $0.split(separator: " ")[1].split(separator: "-")[0] }
        // The first came alone.
        #expect(order.first == "LOW")
        #expect(order[1...6].filter { $0 == "HIGH" }.count == 4)
        #expect(order[7...12].contains("LOW"))
        #expect(Set(calls.list).count == 21)
    }

    @Test("a crash with messages waiting and at work loses none and sends none twice")
    func crashes() async throws {
        let calls = Calls()
        let bench = try Self.bench(calls, options: EnvelopeOptions(handling: AskOptions(inFlight: 2)))
        for number in 0..<12 {
            try bench.feed(
                AikaTopics.commands, "x", Self.envelope("m\(number)", amount: number, conversation: "c\(number % 4)"))
        }
        for _ in 0..<6 {
            try bench.step(upTo: 3)
            try await Task.sleep(for: .milliseconds(2))
            try bench.step(upTo: 2, committing: false)
            try bench.crash()
        }
        try await bench.settle { (bench.log["aika.events"] ?? []).count >= 24 }
        try bench.settle()
        let out = try bench.take(Topic.envelopes("aika.events"))
        #expect(out.count == 24)
        #expect(Set(out.map(\.value.id)).count == 24)
        let handled = try bench.take(AikaTopics.audit).filter { $0.value.event == .handled }.map(\.value.message)
        #expect(Set(handled).count == 12)
        #expect(handled.count == 12)
        #expect(try bench.stored("desk-risk-lanes", as: LaneEntry.serde).isEmpty)
    }

    @Test("an entry of the lanes' store reads as it was written; damage is refused")
    func entries() throws {
        var headers = Headers()
        headers.append("a", "b")
        headers.append("null", nil as Bytes?)
        let record = LogRecord(
            offset: 4, timestamp: Timestamp(milliseconds: 9), key: nil, value: Bytes("v"), headers: headers)
        var entry = LaneEntry(
            Self.envelope("m"), line: "c1", at: Timestamp(milliseconds: 3), from: TopicPartition("t", 2), record)
        entry.isReleased = true
        let bytes = try #require(try LaneEntry.serde.encode(entry))
        #expect(try LaneEntry.serde.decode(bytes) == entry)
        for count in 0..<bytes.count {
            #expect(throws: (any Error).self) { try LaneEntry.serde.decode(bytes[0..<count]) }
        }
    }

    @Test("blocks that cannot be are mistakes, told in words")
    func mistakes() {
        let stream = Topic("in", key: .string, value: .envelope).stream()
        #expect(throws: TopologyError.self) {
            try StreamTopology("a") {
                stream.handle(named: "d", options: EnvelopeOptions(weights: LaneWeights(low: 0))) {
                    EnvelopeAgent("x") { on("T") { _, _ in } }
                }
            }
        }
        #expect(throws: TopologyError.self) {
            try StreamTopology("a") {
                stream.handle(named: "d") {
                    EnvelopeAgent("x") {
                        on("T") { _, _ in }
                        on("T") { _, _ in }
                    }
                }
            }
        }
    }
}
