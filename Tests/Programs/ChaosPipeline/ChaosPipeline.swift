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
    static let rests = Topic("\(name)-rests", key: .int, value: .int)

    var summary: String { "counts words, while somebody kills it" }

    var topology: StreamTopology {
        get throws {
            try StreamTopology(Self.name) {
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
