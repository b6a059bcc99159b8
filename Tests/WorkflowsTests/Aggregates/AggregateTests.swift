import AgentOperators
import StreamCore
import StreamDSL
import Testing
import Topology

@testable import Workflows

/// A fund that money is reserved from, for the tests.
struct Fund: Codable, Sendable, Hashable {
    enum Command: Codable, Sendable, Hashable {
        case deposit(Int)
        case reserve(Int)
        case broken
    }
    enum Event: Codable, Sendable, Hashable {
        case deposited(Int)
        case reserved(Int)
    }
    enum Refusal: String, Codable, Sendable, Hashable {
        case empty
    }

    var balance = 0

    static let rules = AggregateRules<Fund, Command, Event, Refusal>(
        initial: Fund(),
        decide: { fund, command in
            switch command {
            case .deposit(let amount): .accept(amount == 0 ? [] : [.deposited(amount)])
            case .reserve(let amount): fund.balance < amount ? .reject(.empty) : .accept([.reserved(amount)])
            case .broken: throw SagaRefusal("a fault")
            }
        },
        evolve: { fund, event in
            switch event {
            case .deposited(let amount): fund.balance += amount
            case .reserved(let amount): fund.balance -= amount
            }
        })
}

/// What is shown of all funds of a region.
struct Region: Codable, Sendable, Hashable {
    var reserved = 0
    var events = 0
}

@Suite("Aggregates and projections", .timeLimit(.minutes(15)))
struct AggregateTests {
    static let commands = Topic("fund-commands", key: .string, value: Serde<CommandMessage<Fund.Command>>.json())
    static let events = Topic("fund-events", key: .string, value: Serde<EventMessage<Fund.Event>>.json())
    static let outcomes = Topic("fund-outcomes", key: .string, value: Serde<CommandOutcome<Fund.Refusal>>.json())
    static let requests = RequestTopic<CommandMessage<Fund.Command>, CommandOutcome<Fund.Refusal>>("fund-requests")

    static func bench() throws -> WorkflowBench {
        let topology = try StreamTopology("bank") {
            let funds = commands.stream().aggregate(named: "funds", store: "funds", Fund.rules)
            funds.events.to(events)
            funds.outcomes.to(outcomes)
        }
        return try WorkflowBench(topology)
    }

    static func send(
        _ bench: WorkflowBench, _ fund: String, _ id: String, _ command: Fund.Command, expecting version: Int64? = nil
    ) throws {
        try bench.feed(commands, fund, CommandMessage(id: id, command, expectedVersion: version))
        try bench.settle()
    }

    @Test("W56: a command is decided on the state, and its events are the truth of which the store is made")
    func decides() throws {
        let bench = try Self.bench()
        try Self.send(bench, "f", "1", .deposit(10))
        try Self.send(bench, "f", "2", .reserve(4))
        try Self.send(bench, "f", "3", .reserve(7))
        try Self.send(bench, "f", "4", .deposit(0))
        #expect(
            try bench.take(Self.outcomes).map(\.value) == [
                CommandOutcome(command: "1", .accepted, version: 1),
                CommandOutcome(command: "2", .accepted, version: 2),
                CommandOutcome(command: "3", .rejected, version: 2, rejection: .empty),
                CommandOutcome(command: "4", .accepted, version: 2),
            ])
        #expect(try bench.take(Self.events).map(\.value.event) == [.deposited(10), .reserved(4)])
        let stored = try bench.stored("funds", as: Serde<AggregateSnapshot<Fund>>.json())
        #expect(stored["f"] == AggregateSnapshot(version: 2, state: Fund(balance: 6)))
    }

    @Test("W56: a command that comes again changes nothing and is answered as before, also after a crash")
    func repeats() throws {
        let bench = try Self.bench()
        try Self.send(bench, "f", "1", .deposit(10))
        try Self.send(bench, "f", "1", .deposit(10))
        try bench.crash()
        try Self.send(bench, "f", "1", .deposit(99))
        try Self.send(bench, "g", "1", .deposit(3))
        let outcomes = try bench.take(Self.outcomes)
        #expect(outcomes.prefix(3).allSatisfy { $0.value == CommandOutcome(command: "1", .accepted, version: 1) })
        #expect(try bench.take(Self.events).map(\.value.event) == [.deposited(10), .deposited(3)])
        #expect(bench.count("commands_repeated", step: "funds") == 2)
    }

    @Test("a sender that has seen another version changes nothing, and may send the command again")
    func conflicts() throws {
        let bench = try Self.bench()
        try Self.send(bench, "f", "1", .deposit(10), expecting: 0)
        try Self.send(bench, "f", "2", .deposit(10), expecting: 0)
        try Self.send(bench, "f", "2", .deposit(10), expecting: 1)
        #expect(try bench.take(Self.outcomes).map(\.value.status) == [.accepted, .conflict, .accepted])
        #expect(try bench.take(Self.events).map(\.value.version) == [1, 2])
    }

    @Test("rules that throw make the command a dead letter and change nothing")
    func faults() throws {
        let bench = try Self.bench()
        try Self.send(bench, "f", "1", .broken)
        bench.feed("fund-commands", key: "f", value: "{}")
        try Self.send(bench, "f", "2", .deposit(1))
        #expect(bench.deadLetters().count == 2)
        #expect(try bench.take(Self.events).map(\.value.version) == [1])
    }

    @Test(
        "W56: the topic of events, replayed, is the store: random commands, repeated and across crashes",
        arguments: 1...8)
    func rebuilds(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let bench = try Self.bench()
        for number in 0..<400 {
            let id = random.happens(200) ? "c\(random.below(max(1, number)))" : "c\(number)"
            let amount = 1 + random.below(20)
            let command: Fund.Command = random.happens(500) ? .deposit(amount) : .reserve(amount)
            let expected: Int64? = random.happens(200) ? Int64(random.below(60)) : nil
            let message = CommandMessage(id: id, command, expectedVersion: expected)
            try bench.feed(Self.commands, "f\(random.below(4))", message)
            if random.happens(300) { try bench.step(upTo: 1 + random.below(5), committing: random.happens(700)) }
            if random.happens(50) { try bench.crash() }
        }
        try bench.settle()
        let events = try bench.take(Self.events)
        let stored = try bench.stored("funds", as: Serde<AggregateSnapshot<Fund>>.json())
        for fund in Set(events.map(\.key)) {
            let own = events.filter { $0.key == fund }.map(\.value)
            #expect(own.map(\.version) == own.indices.map { Int64($0 + 1) }, "seed \(seed)")
            #expect(try Fund.rules.replay(own) == stored[fund], "seed \(seed)")
        }
        #expect(stored.values.allSatisfy { $0.state.balance >= 0 })
        #expect(try bench.take(Self.outcomes).count == 400)
    }

    @Test("aggregates serve requests: sagas, agents and clients ask them, and get errors where there is no outcome")
    func serves() throws {
        let topology = try StreamTopology("bank") {
            let funds = Self.requests.aggregate(named: "funds", store: "funds", Fund.rules)
            funds
            funds.events.to(Self.events)
        }
        let bench = try WorkflowBench(topology)
        let wanted: [(String?, Bytes?)] = [
            ("f", Bytes(#"{"id":"1","command":{"deposit":{"_0":5}}}"#)),
            ("f", Bytes(#"{"id":"1","command":{"deposit":{"_0":5}}}"#)),
            ("f", "garbage"), (nil, Bytes(#"{"id":"2","command":{"deposit":{"_0":5}}}"#)),
            ("f", Bytes(#"{"id":"3","command":{"broken":{}}}"#)),
            ("f", nil),
        ]
        for (number, (key, payload)) in wanted.enumerated() {
            var request = AgentMessage(.request, id: "r\(number)")
            request.key = key.map { Bytes($0) }
            request.payload = payload
            request.replyTo = MessageAddress(topic: "answers", partition: 0)
            let record = NativeMessageCodec().write(request)
            bench.feed("fund-requests", key: record.key, value: record.value, headers: record.headers)
        }
        try bench.settle()
        let replies = try bench.take("answers").map { try NativeMessageCodec().read(MessageRecord($0), as: .reply) }
        #expect(replies.map(\.id) == ["r0", "r1", "r2", "r3", "r4", "r5"])
        #expect(replies.map { $0.error?.code } == [nil, nil, "unreadable", "unreadable", "failed", "unreadable"])
        let outcome = try Serde<CommandOutcome<Fund.Refusal>>.json().decode(replies[1].payload)
        #expect(outcome == CommandOutcome(command: "1", .accepted, version: 1))
        #expect(try bench.take(Self.events).count == 1)
        #expect(bench.deadLetters().count == 4)
    }

    @Test("W56: a projection takes each event in once, in either direction of keys, and remembers where it stands")
    func projects() throws {
        let topology = try StreamTopology("views") {
            let events = Self.events.stream()
            events.project(named: "by-fund", store: "funds-view", initial: Region()) { view, event, _ in
                view.events += 1
                if case .reserved(let amount) = event.event { view.reserved += amount }
            }.changes().to(Topic("fund-view", key: .string, value: Serde<ProjectionRow<Region>>.json()))
            events.project(
                named: "by-region", store: "regions", initial: Region(),
                by: { $0.key.hasPrefix("x") ? nil : String($0.key.prefix(1)) }
            ) { view, event, fund in
                view.events += 1
                if case .reserved(let amount) = event.event { view.reserved += amount }
            }.changes().to(Topic("region-view", key: .string, value: Serde<ProjectionRow<Region>>.json()))
        }
        let bench = try WorkflowBench(topology)
        let all: [(String, EventMessage<Fund.Event>)] = [
            ("a1", EventMessage(version: 1, .deposited(5), command: "1")),
            ("a2", EventMessage(version: 1, .reserved(2), command: "2")),
            ("a1", EventMessage(version: 2, .reserved(3), command: "3")),
            ("x1", EventMessage(version: 1, .reserved(9), command: "4")),
        ]
        for (key, event) in all { try bench.feed(Self.events, key, event) }
        try bench.settle()
        try bench.crash()
        for (key, event) in all { try bench.feed(Self.events, key, event) }
        try bench.feed(Self.events, "a1", EventMessage(version: 4, .deposited(1), command: "5"))
        try bench.settle()
        let funds = try bench.stored("funds-view", as: Serde<ProjectionRow<Region>>.json())
        #expect(funds["a1"]?.view == Region(reserved: 3, events: 3))
        #expect(funds["a1"]?.position == "fund-events-0@8")
        #expect(bench.count("events_repeated", step: "by-fund") == 4)
        #expect(bench.count("events_missing", step: "by-fund") == 1)
        let regions = try bench.stored("regions", as: Serde<ProjectionRow<Region>>.json())
        #expect(regions["a"]?.view == Region(reserved: 5, events: 4))
        #expect(regions["x"] == nil)
        #expect(regions["a"]?.version == 4)
    }
}
