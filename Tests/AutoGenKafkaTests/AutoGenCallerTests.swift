import AgentOperators
import AutoGenKafka
import JSON
import Observability
import Schemas
import StreamCore
import StreamDSL
import StreamTesting
import Testing
import Topology

/// Agents and streams of ours call agents of a Python runtime.
@Suite("AutoGen caller", .timeLimit(.minutes(15)))
struct AutoGenCallerTests {
    private static let input = Topic<String, Text>("in", key: .string, value: .json())
    private static let output = Topic("out", key: .string, value: .string)

    private func bench(
        types: [String] = ["writer"], options: AutoGenCallerOptions = AutoGenCallerOptions()
    ) throws -> WireBench {
        let wire = AutoGenWire(InMemorySchemaRegistry())
        let team = agents(named: "team") {
            AgentType("planner") {
                on(Text.self) { message, context in
                    do {
                        let payload = AgentPayload(type: "Brief", bytes: Bytes("{\"text\": \"\(message.text)\"}"))
                        guard let reply = try await context.send(payload, to: AgentID("writer", "w1")) else {
                            return Text(text: "void")
                        }
                        return Text(text: "\(reply.type) \(reply.bytes)")
                    } catch let failure as AgentFailure {
                        return Text(text: "\(failure.code.rawValue) \(failure.message)")
                    }
                }
            }
        }
        let host = AutoGenHost(of: team, on: wire, named: "python")
        let caller = AutoGenCaller(for: team, on: wire, named: "callees", types: types, options: options)
        return try WireBench(wire, team.terminals + host.terminals + caller.terminals)
    }

    private func call(_ bench: WireBench, id: String, _ text: String = "go") throws -> RequestEvent {
        try bench.driver.advance(by: .milliseconds(1))
        _ = try bench.driver.take(bench.wire.requests)
        try bench.request("planner/p1", id: id, "{\"text\": \"\(text)\"}")
        let found = try bench.until {
            try bench.driver.take(bench.wire.requests).first { $0.value.recipient?.type == "writer" }
        }
        let record = try #require(found)
        #expect(record.key == "writer/w1")
        return record.value
    }

    private func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await OwnThread.run(named: "caller", body)
    }

    @Test("an agent sends to Python's as to its own: type, sender and bytes both ways")
    func calls() async throws {
        try await onThread {
            let bench = try bench()
            let request = try call(bench, id: "r1")
            #expect(request.recipient == AgentID("writer", "w1") && request.sender == AgentID("planner", "p1"))
            #expect(request.payload == #"{"text": "go"}"# && request.payloadType == "Brief")
            #expect(request.payloadFormat == "application/json" && request.error == nil)
            try bench.respond(
                ResponseEvent(
                    sender: AgentID("writer", "w1"), requestID: request.requestID, recipient: request.sender,
                    payload: #"{"draft": 7}"#, payloadType: "Draft", payloadFormat: "application/json"))
            #expect(try bench.responses()["r1"]?.payload == #"{"text":"Draft {\"draft\": 7}"}"#)
        }
    }

    @Test("W11: an error of Python's is a typed failure, a void reply is void; doubled replies are dropped")
    func failures() async throws {
        try await onThread {
            let bench = try bench()
            let request = try call(bench, id: "r1")
            try bench.respond(ResponseEvent(requestID: request.requestID, error: "boom"))
            #expect(try bench.responses()["r1"]?.payload == #"{"text":"failed boom"}"#)
            let second = try call(bench, id: "r2")
            for _ in 0..<2 { try bench.respond(ResponseEvent(requestID: second.requestID)) }
            #expect(try bench.responses()["r2"]?.payload == #"{"text":"void"}"#)
            #expect(bench.total("asks_dropped", "callees-calls", "duplicate reply") == 1)
        }
    }

    @Test("W01: Python never answers for an unknown type: the caller's own deadline ends the call")
    func deadline() async throws {
        try await onThread {
            let bench = try bench()
            _ = try call(bench, id: "r1")
            try bench.driver.advance(by: .seconds(31))
            let found = try bench.until { try bench.driver.take(bench.wire.responses).first }
            let text = try #require(found?.value).payload?.description ?? found?.value.error ?? ""
            #expect(text.contains("timedOut") || text.contains("no answer") || text.contains("within"))
        }
    }

    @Test("W10: garbage on the response topic is a dead letter, replies for others are passed over")
    func garbage() async throws {
        try await onThread {
            let bench = try bench()
            let request = try call(bench, id: "r1")
            let bad: [Bytes?] = [nil, .empty, "{}", [0, 0, 0, 0, 1, 0x5b, 0x5d], "x"]
            for value in bad { try bench.driver.pipe("runtime_responses", key: "x", value: value, at: 1) }
            _ = bench.driver.takeRaw("runtime_responses")
            try bench.respond(ResponseEvent(requestID: "somebody-elses", payload: "1"))
            try bench.respond(ResponseEvent(payload: "1"))
            #expect(bench.driver.takeDeadLetters().count == bad.count + 1)
            #expect(bench.total("replies_passed_over", "callees-calls-router", "not an id of this step") >= 1)
            _ = bench.driver.takeRaw("runtime_responses")
            try bench.respond(ResponseEvent(requestID: request.requestID, payload: "{}", payloadType: "Draft"))
            #expect(try bench.responses()["r1"]?.payload == #"{"text":"Draft {}"}"#)
        }
    }

    @Test("types that Python announces are called, until it takes them back; our own are never claimed")
    func follows() async throws {
        try await onThread {
            let bench = try bench(types: [])
            try bench.driver.advance(by: .seconds(2))
            try bench.request("planner/p1", id: "r1")
            #expect(try #require(try bench.responses()["r1"]?.payload).description.contains("undeliverable"))
            func announce(_ event: RegistrationEvent) throws {
                try bench.driver.pipe(bench.wire.registry, Bytes(event.agent), event, at: 1)
                try bench.driver.advance(by: .seconds(2))
            }
            try announce(RegistrationEvent(.register, agent: "planner"))
            try announce(RegistrationEvent(.register, agent: "writer"))
            let request = try call(bench, id: "r2")
            try bench.respond(ResponseEvent(requestID: request.requestID, payload: "{}", payloadType: "Draft"))
            #expect(try bench.responses()["r2"]?.payload == #"{"text":"Draft {}"}"#)
            try announce(RegistrationEvent(.unregister, agent: "writer"))
            try bench.request("planner/p1", id: "r3")
            #expect(try #require(try bench.responses()["r3"]?.payload).description.contains("undeliverable"))
        }
    }

    @Test("a stream asks a Python agent: keyed by recipient, in its partition, other types are failures")
    func streams() async throws {
        try await onThread {
            let wire = AutoGenWire(InMemorySchemaRegistry())
            let writer = PythonAgent<Text, Text>("writer", on: wire)
            let topology = try StreamTopology("app") {
                Self.input.stream().ask(writer, named: "write") { key, _ in key }
                    .mapValues(named: "as-text") { outcome in
                        switch outcome {
                        case .success(let reply): reply.text
                        case .failure(let failure): "\(failure.code.rawValue) \(failure.remoteCode ?? "")"
                        }
                    }.to(Self.output)
            }
            let driver = try TopologyTestDriver(
                topology, partitions: WireBench.partitions.merging(["in": 2]) { $1 })
            let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            var headers = Headers()
            headers.append("traceparent", trace)
            for (key, type) in [("a", "Text"), ("b", "Other")] {
                try driver.pipe(Self.input, key, Text(text: key), at: 5, headers: headers)
                let request = try #require(try driver.take(wire.requests).first)
                #expect(request.key == Bytes("writer/\(key)"))
                #expect(request.value.metadata == [JSONMember("traceparent", .string(trace))])
                #expect(request.value.sender == AgentID("unknown", "unknown"))
                try driver.pipe(
                    wire.responses, Bytes(request.value.requestID ?? ""),
                    ResponseEvent(
                        requestID: request.value.requestID, payload: #"{"text": "done"}"#, payloadType: type), at: 6)
            }
            let outcomes = try driver.take(Self.output).map(\.value).sorted()
            #expect(outcomes == ["done", "refused unknownType"])
        }
    }

    @Test("settings that cannot work are mistakes before the start")
    func mistakes() throws {
        let wire = AutoGenWire(InMemorySchemaRegistry(), topics: AutoGenTopics(requests: "x", responses: "x"))
        let team = agents(named: "team") { AgentType("a") { on(Text.self) { _, _ in } } }
        let host = AutoGenHost(of: team, on: wire, named: "h")
        #expect(throws: TopologyError.self) { try StreamTopology("app", terminals: team.terminals + host.terminals) }
        var options = AutoGenCallerOptions()
        options.followsRegistry = false
        let caller = AutoGenCaller(for: team, on: AutoGenWire(InMemorySchemaRegistry()), named: "c", options: options)
        #expect(throws: TopologyError.self) { try StreamTopology("app", terminals: team.terminals + caller.terminals) }
    }
}
