import AgentOperators
import Foundation
import StreamCore
import StreamDSL

/// What the chaos tests run as processes and hurt: counts, a repartition, and calls that take a while.
///
/// `TRIBUTARY_CHAOS_NAME` names the application and its topics, so that runs on one cluster do not meet.
@main struct ChaosPipeline: StreamApplication {
    static let name = ProcessInfo.processInfo.environment["TRIBUTARY_CHAOS_NAME"] ?? "chaos"
    static let words = Topic("\(name)-words", key: .string, value: .int)
    static let counts = Topic("\(name)-counts", key: .string, value: .int)
    static let answers = Topic("\(name)-answers", key: .string, value: .int)
    static let done = Topic("\(name)-done", key: .string, value: .int)
    static let rests = Topic("\(name)-rests", key: .int, value: .int)

    var summary: String { "counts words, while somebody kills it" }

    struct Word: Codable, Sendable {
        var number: Int
    }

    struct Done: Codable, Sendable {
        var number: Int
        var count: Int
    }

    struct Total: Codable, Sendable {
        var count = 0
    }

    /// Agents that count what they are told, ask another agent of another session about it, and publish what came of it.
    static var team: AgentSystem {
        agents(named: "\(name)-team", partitions: 6) {
            AgentType("counter", initial: { _ in Total() }) {
                on(Word.self) { word, total, context in
                    total.count += 1
                    let echoed = try await context.send(
                        word, to: AgentID("echo", "e\(word.number % 7)"), returning: Word.self)
                    try await context.publish(
                        Done(number: echoed.number, count: total.count), to: TopicID("done", source: context.id.key))
                }
            }
            AgentType("echo") { on(Word.self) { word, _ in word } }
        }
    }

    var topology: StreamTopology {
        get throws {
            let team = Self.team
            return try StreamTopology(Self.name) {
                team
                Self.words.stream().filter { $0.value % 10 == 1 }.mapValues { Word(number: $0) }
                    .tell(team, named: "tell") { AgentID("counter", $0.key) }
                team.publications.published(to: "done", as: Done.self)
                    .mapValues { $0.number == ($0.count - 1) * 10 + 1 ? $0.number : -$0.number }
                    .to(Self.done)
                Self.words.stream().grouped().count(store: "per-word").updates().to(Self.counts)
                Self.words.stream().grouped(named: "by-rest") { $0.value % 20 }.count(store: "per-rest").updates()
                    .to(Self.rests)
                Self.words.stream()
                    .mapAsync(named: "double", inFlight: 32) { value, _ in
                        try await Task.sleep(for: .milliseconds(value % 10))
                        return value * 2
                    }
                    .answers().to(Self.answers)
            }
        }
    }
}
