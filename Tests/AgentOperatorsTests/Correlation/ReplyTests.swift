import AgentOperators
import StreamCore
import StreamDSL
import Testing
import Topology

/// A task bench that serves: the test asks.
private struct Server {
    let bench: TaskBench

    init(_ terminal: Terminal) throws { bench = try TaskBench(try StreamTopology("app", terminals: [terminal])) }

    /// Asks natively; replies are to go to partition 3 of `inbox`.
    func ask(_ id: String, key: Bytes? = "a", _ payload: Bytes?, _ change: (inout AgentMessage) -> Void = { _ in }) {
        var request = AgentMessage(.request, id: id)
        request.key = key
        request.payload = payload
        request.replyTo = MessageAddress(topic: "inbox", partition: 3)
        change(&request)
        let record = NativeMessageCodec().write(request)
        bench.feed("requests", key: record.key, value: record.value, headers: record.headers)
    }

    /// The committed replies since the last call.
    func replies(_ topic: String = "inbox") throws -> [AgentMessage] {
        try bench.take(topic, partition: 3).map { try NativeMessageCodec().read(MessageRecord($0), as: .reply) }
    }

    /// Works until so many more replies are committed.
    func replies(_ count: Int, in topic: String = "inbox") async throws -> [AgentMessage] {
        var all: [AgentMessage] = []
        while true {
            let before = bench.woken.count
            try bench.settle()
            all += try replies(topic)
            guard all.count < count else { return all }
            await bench.woken.reached(before + 1)
        }
    }
}

@Suite("reply", .timeLimit(.minutes(15)))
struct ReplyTests {
    private static let numbers = RequestTopic<Int, Int>("requests")
    private let desk = Desk()

    @Test("AK-33: a request is answered once, in the partition that waits, under its own id")
    func answers() async throws {
        let server = try Server(Self.numbers.reply(by: desk, named: "score"))
        server.ask("one", "1") { $0.headers = Headers([.init(name: "traceparent", value: "00-1")]) }
        try server.bench.settle()
        let call = try #require(await desk.calls(1).first)
        #expect(call.context.idempotencyKey == "one")
        desk.answer(1, .success(10))
        let reply = try #require(try await server.replies(1).first)
        #expect(reply.kind == .reply)
        #expect(reply.id == "one")
        #expect(reply.key == "a")
        #expect(reply.payload == "10")
        #expect(reply.sequence == nil)
        #expect(reply.headers["traceparent"] == "00-1")
        #expect(server.bench.journalled() == 0)
    }

    @Test("W20: a request that comes again is done once: while at work it is dropped, afterwards answered again")
    func knowsRepetitions() async throws {
        let server = try Server(Self.numbers.reply(by: desk, named: "score"))
        server.ask("one", "1")
        server.ask("one", "1")
        try server.bench.settle()
        _ = await desk.calls(1)
        desk.answer(1, .success(10))
        #expect(try await server.replies(1).map(\.payload) == ["10"])
        try server.bench.crash(takeOverBy: "two")
        server.ask("one", "1")
        try server.bench.settle()
        #expect(try server.replies().map(\.payload) == ["10"])
        #expect(await desk.calls(1).count == 1)
        #expect(server.bench.count("requests_repeated", reason: "at work") == 1)
        #expect(server.bench.count("requests_repeated", reason: "answered") == 1)
    }

    @Test("a crash while a request is at work runs its handler again, with the same key")
    func restarts() async throws {
        let server = try Server(Self.numbers.reply(by: desk, named: "score"))
        server.ask("one", "1")
        try server.bench.settle()
        _ = await desk.calls(1)
        try server.bench.crash(takeOverBy: "two")
        server.ask("one", "1")
        try server.bench.settle()
        let calls = await desk.calls(2)
        #expect(calls.map(\.context.idempotencyKey) == ["one", "one"])
        desk.answer(1, .success(10))
        #expect(try await server.replies(1).map(\.payload) == ["10"])
    }

    @Test(
        "W11, AK-11: what a handler throws reaches the asker with code, words, details and whether trying again can help"
    )
    func tellsErrors() async throws {
        let options = ReplyOptions(ask: AskOptions(retry: .never))
        let server = try Server(Self.numbers.reply(by: desk, named: "score", options: options))
        server.ask("typed", key: "a", "1")
        server.ask("busy", key: "b", "2")
        server.ask("unreadable", key: "c", "x")
        try server.bench.settle()
        _ = await desk.calls(2)
        desk.answer(1, .failure(AgentError("noFunds", "balance is 3", details: "{\"balance\":3}")))
        desk.answer(2, .failure(Busy()))
        let errors = Dictionary(uniqueKeysWithValues: try await server.replies(3).map { ($0.id, $0.error) })
        #expect(errors["typed"] == MessageError("noFunds", "balance is 3", details: "{\"balance\":3}"))
        #expect(errors["busy"]??.isRetryable == true)
        #expect(errors["busy"]??.code == "failed")
        #expect(errors["unreadable"]??.code == "unreadable")
        #expect(errors["unreadable"]??.isRetryable == false)
    }

    @Test("AK-35: a request of another type than the topic's is refused with a typed error")
    func refusesOtherTypes() async throws {
        var typed = Self.numbers
        typed.requestType = "Number"
        let server = try Server(typed.reply(by: desk, named: "score"))
        server.ask("one", "1") { $0.type = "Weather" }
        try server.bench.settle()
        #expect(try server.replies().map(\.error?.code) == ["unknownType"])
    }

    @Test("a request that failed in a way that may pass can be tried again under its id")
    func releases() async throws {
        let options = ReplyOptions(ask: AskOptions(retry: .never))
        let server = try Server(Self.numbers.reply(by: desk, named: "score", options: options))
        server.ask("one", "1")
        try server.bench.settle()
        _ = await desk.calls(1)
        desk.answer(1, .failure(Busy()))
        #expect(try await server.replies(1).map(\.kind) == [.error])
        server.ask("one", "1")
        try server.bench.settle()
        _ = await desk.calls(2)
        desk.answer(1, .success(10))
        #expect(try await server.replies(1).map(\.kind) == [.reply])
    }

    @Test("W11: a void reply is a reply with a null value")
    func answersNothing() async throws {
        let topic = RequestTopic<Int, EmptyReply>("requests")
        let server = try Server(topic.reply(named: "score") { _, _ in })
        server.ask("one", "1")
        let reply = try #require(try await server.replies(1).first)
        #expect(reply.kind == .reply)
        #expect(reply.payload == nil)
        #expect(reply.error == nil)
    }

    @Test("W01: a request whose deadline is over is not begun; one at work ends at its own deadline")
    func obeysDeadlines() async throws {
        let server = try Server(Self.numbers.reply(by: desk, named: "score"))
        let now = server.bench.clock.now()
        server.ask("late", key: "a", "1") { $0.deadline = now }
        server.ask("short", key: "b", "2") { $0.deadline = now + .seconds(5) }
        try server.bench.settle()
        #expect(server.bench.count("requests_expired") == 1)
        #expect(await desk.calls(1).map(\.request) == [2])
        try server.bench.settle(after: .seconds(5))
        let reply = try #require(try server.replies().first)
        #expect(reply.id == "short")
        #expect(reply.error?.code == "timedOut")
    }

    @Test("requests without an id or without a place for the reply become dead letters that say so")
    func refusesNameless() async throws {
        let server = try Server(Self.numbers.reply(by: desk, named: "score"))
        server.ask("", "1")
        server.ask("one", "1") { $0.replyTo = nil }
        try server.bench.settle()
        let words = server.bench.take("app-dead-letters").map { $0.headers[DeadLetterHeader.message] ?? "" }
        #expect(words.count == 2)
        #expect(words[0].contains("tributary.id"))
        #expect(words[1].contains("tributary.reply-topic"))
    }

    @Test("a request that is taken back is ended or not begun, and whoever waits hears it")
    func cancels() async throws {
        let server = try Server(Self.numbers.reply(by: desk, named: "score", inFlight: 1))
        server.ask("one", key: "a", "1")
        server.ask("two", key: "b", "2")
        try server.bench.settle()
        _ = await desk.calls(1)
        for id in ["one", "two"] { server.ask(id, nil) { $0.kind = .cancel } }
        #expect(try await server.replies(2).map(\.error?.code) == ["cancelled", "cancelled"])
        #expect(await desk.calls(1).count == 1)
    }

    @Test("parts go out in order before the reply that counts them")
    func sendsParts() async throws {
        let server = try Server(
            Self.numbers.replyStreaming(named: "score", part: .string) { [desk] request, context, parts in
                for text in ["x", "y", "z"] { try await parts.send(text) }
                return try await desk.handle(request, context)
            })
        server.ask("one", "1")
        try server.bench.settle()
        _ = await desk.calls(1)
        let parts = try await server.replies(3)
        #expect(parts.map(\.payload) == ["x", "y", "z"])
        #expect(parts.map(\.sequence) == [0, 1, 2])
        #expect(parts.map(\.kind) == [.partial, .partial, .partial])
        #expect(parts.map(\.attempt) == [1, 1, 1])
        desk.answer(1, .success(7))
        let last = try #require(try await server.replies(1).first)
        #expect(last.payload == "7")
        #expect(last.sequence == 3)
        #expect(last.attempt == 1)
    }

    @Test("a crash in the middle of the parts begins a new attempt; parts that no commit held are not seen")
    func restartsParts() async throws {
        let server = try Server(
            Self.numbers.replyStreaming(named: "score", part: .string) { [desk] request, context, parts in
                try await parts.send("x")
                _ = try await desk.handle(request, context)
                try await parts.send("y")
                return try await desk.handle(request, context)
            })
        server.ask("one", "1")
        try server.bench.settle()
        _ = await desk.calls(1)
        try server.bench.settle()
        desk.answer(1, .success(0))
        _ = await desk.calls(2)
        try server.bench.advance()
        try server.bench.crash(takeOverBy: "two")
        try server.bench.settle()
        _ = await desk.calls(3)
        try server.bench.settle()
        // The call that the crash cut off is cancelled by then.
        desk.answer(1, .success(0))
        _ = await desk.calls(4)
        desk.answer(1, .success(7))
        let said = try await server.replies(4).map {
            "\($0.attempt ?? 0).\($0.sequence ?? -1)=\($0.payload?.description ?? "")"
        }
        #expect(said == ["1.0=x", "2.0=x", "2.1=y", "2.2=7"])
    }

    @Test("AK-13: an AgentEvent is answered by an AgentEvent on the topic of the responses, errors included")
    func servesBridges() async throws {
        let topic = RequestTopic<Int, Int>(
            "requests", request: .json(), reply: .json(), codec: JSONBridgeCodec(), replies: .topic("responses"),
            requestType: "Number", replyType: "Score")
        let bench = try TaskBench(
            try StreamTopology("app", terminals: [topic.reply(by: desk, named: "score")]))
        bench.feed("requests", key: "k", value: "{\"id\":\"4444\",\"message_type\":\"Number\",\"message\":1}")
        bench.feed("requests", key: "l", value: "{\"id\":\"5555\",\"message_type\":\"Number\",\"message\":\"x\"}")
        try bench.settle()
        _ = await desk.calls(1)
        desk.answer(1, .success(10))
        var records: [LogRecord] = []
        while records.count < 2 {
            let before = bench.woken.count
            try bench.settle()
            records += bench.take("responses")
            if records.count < 2 { await bench.woken.reached(before + 1) }
        }
        let values = records.map { $0.value?.description ?? "" }.sorted()
        #expect(values[0] == "{\"id\":\"4444\",\"message_type\":\"Score\",\"message\":10}")
        #expect(values[1].hasPrefix("{\"id\":\"5555\",\"message_type\":\"Score\",\"message\":null,\"error\":{"))
        #expect(values[1].contains("\"code\":\"unreadable\""))
    }
}
