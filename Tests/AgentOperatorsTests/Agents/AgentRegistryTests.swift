import AgentOperators
import Foundation
import Observability
import StreamCore
import StreamDSL
import StreamTesting
import Testing
import Topology

/// What agents know of other applications: claims with leases, and where messages for them go.
@Suite(.timeLimit(.minutes(15))) struct AgentRegistryTests {
    private let start: Int64 = 1_000_000

    private func bench() throws -> AgentBench {
        let system = agents(named: "team") {
            AgentType("caller") {
                on(Text.self) { message, context in
                    try await context.send(message, to: AgentID("far", "k"), returning: Text.self)
                }
            }
            AgentType("say") {
                on(Text.self) { message, context in
                    try await context.publish(message, to: TopicID("news", source: context.id.key))
                }
            }
        }
        return try AgentBench(system, clock: ManualWallClock(Timestamp(milliseconds: start)))
    }

    /// What another application writes of itself.
    private func claim(
        _ bench: AgentBench, _ application: String, since: Int64, lease: Int64, partitions: Int32 = 3
    ) throws {
        let entry = """
            {"version":1,"application":"\(application)","since":\(since),"leaseUntil":\(lease),
             "inbox":"\(application)-team-inbox","control":"\(application)-team-control","partitions":\(partitions),
             "types":["far"],"subscriptions":[{"agentType":"far","topicType":"news"}]}
            """
        try bench.driver.pipe(
            "team-registry", key: Bytes("application/\(application)"), value: Bytes(entry), at: start)
    }

    /// Asks the caller and returns what was written to the inbox of `application` meanwhile.
    private func messages(_ bench: AgentBench, to application: String) throws -> [LogRecord] {
        _ = try bench.post("hi", to: "caller/me")
        let end = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < end {
            _ = try bench.driver.awaitAnswers(upTo: .milliseconds(20))
            let records = bench.driver.takeRaw("\(application)-team-inbox")
            if !records.isEmpty { return records }
            if !bench.answers().isEmpty { return [] }
        }
        return []
    }

    @Test("AK-07: a type of another application is reached through the registry, with a way back")
    func remoteType() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try bench()
            try claim(bench, "other", since: 5, lease: start + 60_000)
            let records = try messages(bench, to: "other")
            #expect(records.count == 1)
            let headers = try #require(records.first).headers
            #expect(headers["tributary.agent"] == "far")
            #expect(headers["tributary.sender"] == "caller/me")
            #expect(headers["tributary.reply-topic"] == "app-team-control")
            #expect(headers["tributary.reply-partition"] == "\(bench.partition(of: "me"))")
            #expect(headers["tributary.chain"] == "caller/me")
        }
    }

    @Test("W05: an application whose lease is over counts for nothing")
    func expiredLease() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try bench()
            try claim(bench, "other", since: 5, lease: start)
            #expect(try messages(bench, to: "other").isEmpty)
        }
    }

    @Test("of two applications that claim a type the first one counts, whatever the order of their records")
    func firstClaim() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try bench()
            try claim(bench, "second", since: 6, lease: start + 60_000)
            try claim(bench, "first", since: 5, lease: start + 60_000)
            #expect(try messages(bench, to: "first").count == 1)
            #expect(bench.driver.takeRaw("second-team-inbox").isEmpty)
        }
    }

    @Test("AK-34: what is published reaches other applications that listen")
    func remoteSubscription() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try bench()
            try claim(bench, "other", since: 5, lease: start + 60_000)
            _ = try bench.ask("x", "say/s")
            let records = bench.driver.takeRaw("other-team-inbox")
            #expect(records.map { $0.headers["tributary.kind"] } == ["message"])
            #expect(records.map { $0.headers["tributary.topic"] } == ["news/s"])
            #expect(records.map(\.key) == ["s"])
        }
    }

    @Test("the application claims its types and renews that, and keeps its place over restarts")
    func renewal() async throws {
        try await OwnThread.run(named: "agents") {
            let bench = try bench()
            try bench.driver.advance(by: .seconds(1))
            let first = try entries(bench)
            #expect(first.map(\.types) == [["caller", "say"]])
            try bench.driver.advance(by: .seconds(11))
            let second = try entries(bench)
            #expect(second.map(\.since) == first.map(\.since))
            #expect(try #require(second.first?.leaseUntil) > #require(first.first?.leaseUntil))
        }
    }

    private struct Entry: Decodable {
        let application: String
        let since: Int64
        let leaseUntil: Int64
        let types: [String]
    }

    private func entries(_ bench: AgentBench) throws -> [Entry] {
        try bench.driver.takeRaw("team-registry").map { record in
            try JSONDecoder().decode(Entry.self, from: Data((record.value ?? .empty).array))
        }
    }
}
