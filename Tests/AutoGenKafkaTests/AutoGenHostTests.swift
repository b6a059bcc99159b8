import AgentOperators
import AutoGenKafka
import Foundation
import JSON
import Schemas
import StreamCore
import StreamDSL
import StreamTesting
import Testing
import Topology

/// A Python runtime calls agents of ours.
@Suite("AutoGen host", .timeLimit(.minutes(15)))
struct AutoGenHostTests {
    private func bench(
        _ options: AutoGenHostOptions = AutoGenHostOptions(), clock: ManualWallClock = ManualWallClock()
    ) throws -> WireBench {
        let wire = AutoGenWire(InMemorySchemaRegistry())
        let team = agents(named: "team") {
            AgentType("echo", initial: { _ in Count() }) {
                on(Text.self) { message, count, context in
                    count.count += 1
                    if message.text == "fail" {
                        throw AgentError("overdrawn", "no money left", isRetryable: false)
                    }
                    if message.text == "tell" {
                        try await context.publish(Text(text: "told"), to: TopicID("news", source: "n1"))
                    }
                    return Text(text: "\(message.text) \(count.count) from \(context.sender?.description ?? "nobody")")
                }
            }.subscribed(to: "default")
            AgentType("quiet") { on(Text.self) { _, _ in } }
            AgentType("few") { on(Text.self) { message, _ in message } }.only(keys: ["one"])
        }
        let host = AutoGenHost(of: team, on: wire, named: "python", options: options)
        return try WireBench(wire, clock: clock, team.terminals + host.terminals)
    }

    private func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await OwnThread.run(named: "host", body)
    }

    @Test("a request is answered under its id, to whoever sent it, with the trace it came with")
    func answers() async throws {
        try await onThread {
            let bench = try bench()
            let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            try bench.request(
                "echo/s1", id: "r1", from: "py/7", metadata: [JSONMember("traceparent", .string(trace))])
            let response = try #require(try bench.responses()["r1"])
            #expect(response.sender == AgentID("echo", "s1"))
            #expect(response.recipient == AgentID("py", "7"))
            #expect(response.payload == #"{"text":"hi 1 from py/7"}"#)
            #expect(response.payloadType == "Text" && response.payloadFormat == "application/json")
            #expect(response.metadata.map(\.name) == ["traceparent"] && response.error == nil)
            #expect(response.messageID == nil && response.topic == nil)
            try bench.request("echo/s1", id: "r2")
            #expect(try bench.responses()["r2"]?.payload == #"{"text":"hi 2 from nobody"}"#)
            try bench.request("echo/s2", id: "r3")
            #expect(try bench.responses()["r3"]?.payload == #"{"text":"hi 1 from nobody"}"#)
        }
    }

    @Test("W20: a request that comes again is done once and answered again")
    func repeats() async throws {
        try await onThread {
            let bench = try bench()
            for _ in 0..<3 {
                try bench.request("echo/s1", id: "r1")
                #expect(try bench.responses()["r1"]?.payload == #"{"text":"hi 1 from nobody"}"#)
            }
        }
    }

    @Test(
        "W11: errors and void replies: Python gets the text, the code is in headers; void has no payload and no error")
    func errors() async throws {
        try await onThread {
            let bench = try bench()
            try bench.request("echo/s1", id: "r1", #"{"text": "fail"}"#)
            _ = try bench.driver.awaitAnswers(upTo: .seconds(120))
            let record = try #require(bench.driver.takeRaw("runtime_responses").first)
            let event = try ResponseEvent(framed: record.value)
            #expect(event == ResponseEvent(requestID: "r1", error: "no money left"))
            #expect(record.headers["tributary.error-code"] == "overdrawn")
            try bench.request("quiet/s1", id: "r2")
            let void = try #require(try bench.responses()["r2"])
            #expect(void.payload == nil && void.error == nil && void.sender == AgentID("quiet", "s1"))
            try bench.request("echo/s1", id: "r3", type: "Unheard")
            #expect(try #require(try bench.responses()["r3"]).error?.contains("does not handle 'Unheard'") == true)
            try bench.request("echo/s1", id: "r4", "{")
            #expect(try #require(try bench.responses()["r4"]).error?.contains("cannot be read") == true)
            try bench.request("few/two", id: "r5")
            #expect(try #require(try bench.responses()["r5"]).error?.contains("nobody hosts") == true)
        }
    }

    @Test("W10: what is not for us is passed over; what is no request is a dead letter, and the next request works")
    func refuses() async throws {
        try await onThread {
            let bench = try bench()
            try bench.request("writer/s1", id: "r1")
            #expect(bench.total("requests_passed_over", "python-requests", "another runtime's") == 1)
            let bad: [Bytes?] = [nil, .empty, "{}", [0, 0, 0, 0, 1], [0, 0, 0, 0, 1, 0x7b], "garbage"]
            for value in bad { try bench.driver.pipe("runtime_requests", key: "echo/s1", value: value, at: 1) }
            let nameless = RequestEvent(requestID: "r9", payload: "{}")
            try bench.driver.pipe(bench.wire.requests, "x", nameless, at: 1)
            let numberless = RequestEvent(recipient: AgentID("echo", "s1"), payload: "{}")
            try bench.driver.pipe(bench.wire.requests, "x", numberless, at: 1)
            #expect(bench.driver.takeDeadLetters().count == bad.count + 2)
            try bench.request("echo/s1", id: "r2")
            #expect(try bench.responses().keys.sorted() == ["r2"])
        }
    }

    @Test("W04, W05: types are announced before and again and again, subscriptions once")
    func announces() async throws {
        try await onThread {
            let bench = try bench(AutoGenHostOptions(announceEvery: .seconds(10)))
            try bench.driver.advance(by: .milliseconds(1))
            let first = try bench.driver.take(bench.wire.registry)
            #expect(first.map(\.value.agent).sorted() == ["echo", "few", "quiet"])
            #expect(first.allSatisfy { $0.key == Bytes($0.value.agent) && $0.value.kind == .register })
            let listens = try bench.driver.take(bench.wire.subscriptions)
            #expect(listens.allSatisfy { $0.key == nil && $0.value.operation == .added })
            #expect(
                listens.map(\.value.subject.id).sorted() == [
                    "tributary/team/app/default -> echo", "tributary/team/app/echo:* -> echo",
                    "tributary/team/app/few:* -> few",
                    "tributary/team/app/quiet:* -> quiet",
                ])
            try bench.driver.advance(by: .seconds(11))
            #expect(try bench.driver.take(bench.wire.registry).count == 3)
            #expect(try bench.driver.take(bench.wire.subscriptions).isEmpty)
        }
    }

    @Test("AK-17: what Python publishes reaches those who listen, each once and never its sender; direct topics too")
    func arrivals() async throws {
        try await onThread {
            let bench = try bench()
            func event(_ type: String, id: String, from sender: String? = nil) -> CloudEvent {
                CloudEvent(
                    type: type, source: "s9", id: id, dataContentType: "application/json", dataSchema: "Text",
                    subject: "s9", data: .bytes(#"{"text": "tell"}"#),
                    extensions: [
                        JSONMember("agagentsendertype", sender.map { .string($0) } ?? .null),
                        JSONMember("agagentsenderkey", sender == nil ? .null : "s9"),
                    ])
            }
            try bench.publish(event("default", id: "e1"))
            try bench.publish(event("default", id: "e1"))
            try bench.publish(event("default", id: "e2", from: "echo"))
            try bench.publish(event("echo:", id: "e3"))
            try bench.publish(event("elsewhere", id: "e4"))
            try #require(try bench.driver.awaitAnswers(upTo: .seconds(120)))
            let out = try bench.driver.take(bench.wire.publishes).filter { $0.value.type == "news" }
            // e1 once, e3 once: each handling publishes.
            #expect(out.count == 2)
            #expect(bench.total("publications_passed_over", "python-arrivals", "nobody listens") >= 2)
            #expect(bench.driver.takeDeadLetters().isEmpty)
        }
    }

    @Test("W15: what agents publish leaves as CloudEvent with its trace, and does not come back to its own system")
    func departures() async throws {
        try await onThread {
            let bench = try bench(AutoGenHostOptions(publishes: .topics(["news"])))
            let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            try bench.request(
                "echo/s1", id: "r1", #"{"text": "tell"}"#, metadata: [JSONMember("traceparent", .string(trace))])
            try #require(try bench.driver.awaitAnswers(upTo: .seconds(120)))
            let record = try #require(bench.driver.takeRaw("agent_publishes").first)
            let event = try CloudEvent(framed: record.value)
            #expect(record.key == "news/n1")
            #expect(event.type == "news" && event.source == "n1" && event.subject == "n1" && !event.id.isEmpty)
            #expect(event.time == "1970-01-01T00:00:00+00:00" && event.dataSchema == "Text")
            #expect(event.data == .bytes(#"{"text":"told"}"#))
            #expect(
                event.extensions.map(\.name) == ["agagentsendertype", "agagentsenderkey", "agmsgkind", "traceparent"])
            #expect(event.attribute("agagentsendertype") == "echo" && event.attribute("agagentsenderkey") == "s1")
            // The driver brings it back, as the log does.
            #expect(bench.total("publications_passed_over", "python-arrivals", "the system's own") == 1)
        }
    }

    @Test(
        "AK-08: where only what Python listens to leaves, its subscriptions are followed, by type and prefix, until removed"
    )
    func followsSubscriptions() async throws {
        try await onThread {
            let bench = try bench(AutoGenHostOptions(publishes: .subscribed))
            func say(_ event: SubscriptionEvent, at moment: Int64) throws {
                try bench.driver.pipe(
                    TopicPartition("agent_subscriptions", Int32(moment % 3)), key: nil,
                    value: try bench.wire.subscriptions.value.encode(event), at: moment)
            }
            func leaves() throws -> Int {
                try bench.request("echo/s1", id: "r\(bench.driver.clock.now().milliseconds)", #"{"text": "tell"}"#)
                try bench.driver.advance(by: .milliseconds(1))
                #expect(try bench.driver.awaitAnswers(upTo: .seconds(120)))
                return bench.driver.takeRaw("agent_publishes").count
            }
            let byType = AgentSubscription(.type("news"), agentType: "py")
            let byPrefix = AgentSubscription(.prefix("ne"), agentType: "py")
            #expect(try leaves() == 0)
            try say(SubscriptionEvent(.added, .subscription(byType, id: "1")), at: 10)
            #expect(try leaves() == 1)
            try say(SubscriptionEvent(.removed, .id("1")), at: 20)
            #expect(try leaves() == 0)
            // What was said earlier and is read later does not count.
            try say(SubscriptionEvent(.added, .subscription(byType, id: "1")), at: 15)
            #expect(try leaves() == 0)
            try say(SubscriptionEvent(.added, .subscription(byPrefix, id: "2")), at: 30)
            #expect(try leaves() == 1)
            try bench.driver.pipe("agent_subscriptions", key: nil, value: "garbage", at: 40)
            #expect(bench.driver.takeDeadLetters().count == 1)
        }
    }
}
