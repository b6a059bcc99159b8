import AgentOperators
import Foundation
import Observability
import StreamCore
import StreamDSL
import StreamTesting
import Testing
import Topology

/// A topology of agents in the test driver, spoken to as a client would: by records in the inbox.
final class AgentBench {
    /// What came back for a request.
    enum Answer: Equatable, CustomStringConvertible {
        case reply(String)
        case void
        case error(code: String, message: String, isRetryable: Bool)
        case nothing

        var description: String {
            switch self {
            case .reply(let text): "reply \(text)"
            case .void: "void"
            case .error(let code, let message, let isRetryable): "error \(code) \(message) \(isRetryable)"
            case .nothing: "nothing"
            }
        }
    }

    static let replies = "replies"
    let driver: TopologyTestDriver
    private var count = 0

    init(
        _ system: AgentSystem, _ more: [Terminal] = [], clock: ManualWallClock = ManualWallClock(),
        stateDirectory: String? = nil, partitions: [String: Int32] = [:], tracer: Tracer? = nil
    ) throws {
        driver = try TopologyTestDriver(
            StreamTopology("app", terminals: system.terminals + more), partitions: partitions, clock: clock,
            stateDirectory: stateDirectory, tracer: tracer)
    }

    func partition(of key: String, partitions: Int32 = 4) -> Int32 { Murmur2.partition(Bytes(key), of: partitions) }

    /// Puts a message of text into the inbox.
    func post(
        _ text: String, to recipient: String, type: String = "Text", kind: String = "request", id: String? = nil,
        topic: String? = nil, deadline: Int64? = nil, sender: String? = nil, at timestamp: Int64? = nil,
        more: [(String, String)] = []
    ) throws -> String {
        count += 1
        let id = id ?? "r\(count)"
        let parts = recipient.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var headers = Headers()
        headers.append("tributary.kind", kind)
        headers.append("tributary.id", id)
        headers.append("tributary.agent", parts[0])
        headers.append("tributary.type", type)
        if kind == "request" {
            headers.append("tributary.reply-topic", Self.replies)
            headers.append("tributary.reply-partition", "0")
        }
        if let topic { headers.append("tributary.topic", topic) }
        if let sender { headers.append("tributary.sender", sender) }
        if let deadline { headers.append("tributary.deadline", String(deadline)) }
        for (name, value) in more { headers.append(name, value) }
        let json = String(decoding: try JSONEncoder().encode(["text": text]), as: UTF8.self)
        try driver.pipe(
            "app-team-inbox", key: Bytes(parts.count > 1 ? parts[1] : ""), value: Bytes(json),
            at: timestamp ?? driver.clock.now().milliseconds, headers: headers)
        return id
    }

    /// Takes a request back.
    func cancel(_ id: String, of recipient: String) throws {
        let parts = recipient.split(separator: "/", maxSplits: 1).map(String.init)
        var headers = Headers()
        headers.append("tributary.kind", "cancel")
        headers.append("tributary.id", id)
        headers.append("tributary.agent", parts[0])
        try driver.pipe(
            "app-team-control", key: Bytes(parts[1]), value: nil, at: driver.clock.now().milliseconds, headers: headers)
    }

    /// Sends a request and waits, in real time, for its end.
    func ask(_ text: String, _ recipient: String, type: String = "Text", id: String? = nil) throws -> Answer {
        let id = try post(text, to: recipient, type: type, id: id)
        guard try driver.awaitAnswers(upTo: .seconds(120)) else { return .nothing }
        return answers()[id] ?? .nothing
    }

    /// What came back since the last call, by request.
    func answers() -> [String: Answer] {
        var answers: [String: Answer] = [:]
        for record in driver.takeRaw(Self.replies) {
            guard let id = record.headers["tributary.id"] else { continue }
            switch record.headers["tributary.kind"] {
            case "reply": answers[id] = record.value.map { .reply(Self.text($0)) } ?? .void
            case "error":
                answers[id] = .error(
                    code: record.headers["tributary.error-code"] ?? "",
                    message: record.headers["tributary.error-message"] ?? "",
                    isRetryable: record.headers["tributary.error-retryable"] == "true")
            default: break
            }
        }
        return answers
    }

    private static func text(_ value: Bytes) -> String {
        (try? JSONDecoder().decode([String: String].self, from: Data(value.array)))?["text"] ?? "?"
    }
}

struct Text: Codable, Sendable, Hashable {
    var text: String
    init(_ text: String) { self.text = text }
}

struct Count: Codable, Sendable {
    var count = 0
}
