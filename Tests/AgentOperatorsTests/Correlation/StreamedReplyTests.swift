import AgentOperators
import StreamCore
import Testing
import Topology

@Suite("replies in parts, the asking side", .timeLimit(.minutes(15)))
struct StreamedReplyTests {
    private func begin() throws -> (RemoteBench, AgentMessage) {
        let remote = try RemoteBench(streaming: RemoteAskOptions())
        try remote.bench.feed("a", 1)
        try remote.bench.settle()
        return (remote, try #require(try remote.requests().first))
    }

    private func end(_ remote: RemoteBench, _ request: AgentMessage, count: Int, attempt: Int = 1) {
        remote.reply(to: request) {
            $0.payload = "7"
            $0.sequence = count
            $0.attempt = attempt
        }
    }

    @Test("parts come in order, each once, then the outcome")
    func ordersParts() throws {
        let (remote, request) = try begin()
        for (text, index) in [("x", 0), ("z", 2), ("x", 0), ("z", 2), ("y", 1)] {
            remote.part(of: request, text, index)
        }
        end(remote, request, count: 3)
        try remote.bench.settle()
        #expect(try remote.bench.outcomes() == ["a=1.0=x", "a=1.1=y", "a=1.2=z", "a=7"])
        #expect(remote.dropped("duplicate part") == 2)
    }

    @Test("what is missing at the end makes the outcome incomplete")
    func noticesGaps() throws {
        let (remote, request) = try begin()
        remote.part(of: request, "x", 0)
        remote.part(of: request, "z", 2)
        end(remote, request, count: 3)
        try remote.bench.settle()
        #expect(try remote.bench.outcomes() == ["a=1.0=x", "a=incomplete"])
    }

    @Test("a server that begins again sends a new attempt, and the reader starts over")
    func startsOver() throws {
        let (remote, request) = try begin()
        remote.part(of: request, "x", 0)
        remote.part(of: request, "X", 0, attempt: 2)
        remote.part(of: request, "y", 1)
        remote.part(of: request, "Y", 1, attempt: 2)
        end(remote, request, count: 2, attempt: 2)
        try remote.bench.settle()
        #expect(try remote.bench.outcomes() == ["a=1.0=x", "a=2.0=X", "a=2.1=Y", "a=7"])
        #expect(remote.dropped("part of an earlier attempt") == 1)
    }

    @Test("a restart of the asker in the middle loses no part and doubles none")
    func survivesRestarts() throws {
        let (remote, request) = try begin()
        remote.part(of: request, "x", 0)
        remote.part(of: request, "z", 2)
        try remote.bench.settle()
        try remote.bench.crash(takeOverBy: "two")
        remote.part(of: request, "y", 1)
        try remote.bench.process()
        try remote.bench.crash(takeOverBy: "three")
        end(remote, request, count: 3)
        try remote.bench.settle()
        #expect(try remote.bench.outcomes() == ["a=1.0=x", "a=1.1=y", "a=1.2=z", "a=7"])
    }

    @Test("parts that nobody asked for are dropped and counted")
    func dropsUnwanted() throws {
        let remote = try RemoteBench()
        try remote.bench.feed("a", 1)
        try remote.bench.settle()
        let request = try #require(try remote.requests().first)
        remote.part(of: request, "x", 0)
        end(remote, request, count: 1)
        try remote.bench.settle()
        #expect(try remote.bench.outcomes() == ["a=7"])
        #expect(remote.dropped("part that nobody wants") == 1)
    }
}
