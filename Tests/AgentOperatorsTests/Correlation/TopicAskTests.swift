import AgentOperators
import StreamCore
import StreamDSL
import Testing
import Topology

@Suite("ask over topics", .timeLimit(.minutes(15)))
struct TopicAskTests {
    @Test("AK-33: the commit that journals a request sends it, with its id, its deadline and where its reply goes")
    func sends() throws {
        let remote = try RemoteBench(RemoteAskOptions(ask: AskOptions(timeout: .seconds(10))))
        try remote.bench.feed("a", 1, headers: Headers([.init(name: "traceparent", value: "00-1")]))
        try remote.bench.process()
        #expect(try remote.requests().isEmpty)
        try remote.bench.commit()
        #expect(remote.bench.journalled() == 1)
        let request = try #require(try remote.requests().first)
        #expect(request.kind == .request)
        #expect(request.id == "life/score/0_0/in-0-0/0@0")
        #expect(request.key == "a")
        #expect(request.payload == "1")
        #expect(request.replyTo == MessageAddress(topic: "app-score-replies", partition: 0))
        #expect(request.deadline == remote.bench.clock.now() + .seconds(10))
        #expect(request.headers["traceparent"] == "00-1")
    }

    @Test("a reply ends its request once: doubled and unknown ones are dropped and counted")
    func concludes() throws {
        let remote = try RemoteBench()
        try remote.bench.feed("a", 1)
        try remote.bench.settle()
        let request = try #require(try remote.requests().first)
        remote.reply(to: request, 10)
        remote.reply(to: request, 11)
        remote.reply(to: AgentMessage(.request, id: "somebody else's"), 12)
        try remote.bench.settle()
        #expect(try remote.bench.outcomes() == ["a=10"])
        #expect(remote.bench.journalled() == 0)
        #expect(remote.dropped("duplicate reply") == 1)
        #expect(remote.dropped("unknown id") == 1)
    }

    @Test("W02: a restart between request and reply does not ask again, and the reply finds its request")
    func restarts() throws {
        let remote = try RemoteBench()
        try remote.bench.feed("a", 1)
        try remote.bench.feed("b", 2)
        try remote.bench.settle()
        let requests = try remote.requests()
        #expect(requests.count == 2)
        remote.reply(to: requests[0], 10)
        try remote.bench.crash(takeOverBy: "two")
        try remote.bench.settle()
        try remote.bench.crash(takeOverBy: "three")
        remote.reply(to: requests[1], 20)
        remote.reply(to: requests[0], 11)
        try remote.bench.settle()
        #expect(try remote.requests().isEmpty)
        #expect(try remote.bench.outcomes() == ["a=10", "b=20"])
        #expect(remote.dropped("late reply") == 1)
    }

    @Test("a request that no commit holds is sent by the run that reads its record again, under the same id")
    func crashesBeforeCommit() throws {
        let remote = try RemoteBench()
        try remote.bench.feed("a", 1)
        try remote.bench.process()
        try remote.bench.crash()
        try remote.bench.settle()
        #expect(try remote.requests().map(\.id) == ["life/score/0_0/in-0-0/0@0"])
    }

    @Test("requests of one key follow each other, those of others overtake; outcomes keep their key's order")
    func keepsOrder() throws {
        let remote = try RemoteBench()
        for (key, value) in [("a", 1), ("a", 2), ("b", 3), ("a", 4)] { try remote.bench.feed(key, value) }
        try remote.bench.settle()
        let first = try remote.requests()
        #expect(first.map(\.payload) == ["1", "3"])
        remote.reply(to: first[1], 30)
        try remote.bench.settle()
        remote.reply(to: first[0], 10)
        try remote.bench.settle()
        let second = try remote.requests()
        #expect(second.map(\.payload) == ["2"])
        try remote.bench.crash()
        remote.reply(to: second[0], 20)
        try remote.bench.settle()
        remote.reply(to: try #require(try remote.requests().first), 40)
        try remote.bench.settle()
        #expect(try remote.bench.outcomes() == ["b=30", "a=10", "a=20", "a=40"])
    }

    @Test("without order all requests of a key are under way at once, and outcomes come as replies do")
    func goesWithoutOrder() throws {
        let remote = try RemoteBench(RemoteAskOptions(isOrdered: false))
        for value in 1...3 { try remote.bench.feed("a", value) }
        try remote.bench.settle()
        let requests = try remote.requests()
        #expect(requests.count == 3)
        for request in requests.reversed() { remote.reply(to: request) { $0.payload = request.payload } }
        try remote.bench.settle()
        #expect(try remote.bench.outcomes() == ["a=3", "a=2", "a=1"])
    }

    @Test("W01: a request that nobody answers ends at its deadline, and a late reply is dropped and counted")
    func timesOut() throws {
        let remote = try RemoteBench(RemoteAskOptions(ask: AskOptions(timeout: .seconds(10))))
        try remote.bench.feed("a", 1)
        try remote.bench.feed("a", 2)
        try remote.bench.settle()
        let request = try #require(try remote.requests().first)
        try remote.bench.settle(after: .milliseconds(9_999))
        #expect(try remote.bench.outcomes().isEmpty)
        try remote.bench.settle(after: .milliseconds(1))
        #expect(try remote.bench.outcomes() == ["a=timedOut retryable", "a=timedOut retryable"])
        remote.reply(to: request, 10)
        try remote.bench.settle()
        #expect(try remote.bench.outcomes().isEmpty)
        #expect(remote.dropped("late reply") == 1)
        #expect(remote.bench.journalled() == 0)
    }

    @Test("W11, AK-11: an error keeps its code, its details and whether trying again can help")
    func keepsErrorsTyped() throws {
        let remote = try RemoteBench()
        for key in ["a", "b", "c", "d"] { try remote.bench.feed(key, 1) }
        try remote.bench.settle()
        let requests = try remote.requests()
        remote.refuse(requests[0], MessageError("noFunds", "balance is 3", details: "{\"balance\":3}"))
        remote.refuse(requests[1], MessageError("overloaded", "later", isRetryable: true))
        remote.refuse(requests[2], MessageError("cancelled", "taken back"))
        remote.reply(to: requests[3]) { $0.payload = "no number" }
        try remote.bench.settle()
        #expect(
            try remote.bench.outcomes() == [
                "a=refused noFunds final {\"balance\":3}", "b=failed overloaded retryable",
                "c=cancelled cancelled final", "d=refused unreadable final",
            ])
    }

    @Test("W11: a void reply is a reply")
    func takesVoidReplies() throws {
        let remote = RequestTopic<Int, EmptyReply>("requests")
        let bench = try TaskBench(
            try StreamTopology("app") {
                TaskBench.input.stream().ask(remote, named: "score").answers()
                    .mapValues(named: "as-text") { _ in "done" }.to(TaskBench.output)
            })
        try bench.feed("a", 1)
        try bench.settle()
        let request = try #require(bench.take("requests").first)
        let id = try NativeMessageCodec().read(MessageRecord(request), as: .request).id
        let reply = NativeMessageCodec().write(AgentMessage(.reply, id: id))
        bench.feed("app-score-replies", key: nil, value: reply.value, headers: reply.headers)
        try bench.settle()
        #expect(reply.value == nil)
        #expect(try bench.outcomes() == ["a=done"])
    }

    @Test("a retryable error is answered by another try with the same id, as often as tries allow")
    func triesAgain() throws {
        let retry = RetryPolicy(attempts: 2, first: .seconds(1), jitter: 0)
        let remote = try RemoteBench(RemoteAskOptions(ask: AskOptions(retry: retry)))
        try remote.bench.feed("a", 1)
        try remote.bench.settle()
        let first = try #require(try remote.requests().first)
        remote.refuse(first, MessageError("overloaded", "later", isRetryable: true))
        try remote.bench.settle()
        #expect(try remote.requests().isEmpty)
        try remote.bench.settle(after: .seconds(1))
        let second = try #require(try remote.requests().first)
        #expect(second.id == first.id)
        #expect(second.attempt == 2)
        remote.refuse(second, MessageError("overloaded", "later", isRetryable: true))
        try remote.bench.settle()
        #expect(try remote.bench.outcomes() == ["a=failed overloaded retryable"])
    }

    @Test("only its timer sends a request again, after a takeover too")
    func resends() throws {
        let options = RemoteAskOptions(
            ask: AskOptions(timeout: .seconds(60), retry: RetryPolicy(attempts: 3)), resendAfter: .seconds(5))
        let remote = try RemoteBench(options)
        try remote.bench.feed("a", 1)
        try remote.bench.settle()
        let first = try #require(try remote.requests().first)
        try remote.bench.settle(after: .seconds(5))
        #expect(try remote.requests().map(\.id) == [first.id])
        try remote.bench.crash(takeOverBy: "two")
        try remote.bench.settle(after: .milliseconds(4_999))
        #expect(try remote.requests().isEmpty)
        try remote.bench.settle(after: .seconds(5))
        #expect(try remote.requests().map(\.id) == [first.id])
        remote.reply(to: first, 10)
        try remote.bench.settle()
        #expect(try remote.bench.outcomes() == ["a=10"])
    }

    @Test("a full step stops its input, never its replies")
    func pushesBack() throws {
        let remote = try RemoteBench(RemoteAskOptions(ask: AskOptions(inFlight: 2, capacity: 2)))
        for value in 0..<5 { try remote.bench.feed("k\(value)", value) }
        try remote.bench.settle()
        let requests = try remote.requests()
        #expect(requests.count == 2)
        #expect(remote.bench.journalled() == 2)
        for request in requests { remote.reply(to: request, 1) }
        try remote.bench.settle()
        #expect(try remote.bench.outcomes() == ["k0=1", "k1=1"])
        #expect(try remote.requests().count == 2)
    }

    @Test("a rate limit spaces requests, a breaker stops them")
    func obeysLimits() throws {
        let limited = try RemoteBench(
            RemoteAskOptions(ask: AskOptions(inFlight: 9, rateLimit: RateLimit(1, per: .seconds(1)))))
        for key in ["a", "b"] { try limited.bench.feed(key, 1) }
        try limited.bench.settle()
        #expect(try limited.requests().count == 1)
        try limited.bench.settle(after: .seconds(1))
        #expect(try limited.requests().count == 1)
        let broken = try RemoteBench(
            RemoteAskOptions(ask: AskOptions(inFlight: 1, breaker: .init(failures: 1, pause: .seconds(5)))))
        for key in ["a", "b"] { try broken.bench.feed(key, 1) }
        try broken.bench.settle()
        broken.refuse(try #require(try broken.requests().first), MessageError("down", "x", isRetryable: true))
        try broken.bench.settle()
        #expect(try broken.requests().isEmpty)
        try broken.bench.settle(after: .seconds(5))
        #expect(try broken.requests().count == 1)
    }
}
