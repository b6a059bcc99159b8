import AgentOperators
import Foundation
import StreamCore
import StreamDSL
import StreamTesting
import Synchronization
import TestPrograms
import Testing
import Topology

/// The same conversations on autogen-core, in a Python process, and on our agents: same recipients, same replies, same errors.
///
/// Where we differ on purpose, ``Conversation/Reply/agrees(with:)`` says so, and docs/agents.md lists it.
@Suite(
    .enabled(if: PythonPeer.has("autogen_core"), "make peers has not been run"),
    .timeLimit(.minutes(15)))
struct AutoGenParityTests {
    @Test("written conversations have the same deliveries, replies and states")
    func written() async throws {
        try await compare(Conversation.written)
    }

    @Test("random conversations have the same deliveries, replies and states", arguments: [20_261_121])
    func random(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        try await compare((0..<40).map { _ in Conversation.random(using: &random) })
    }

    private func compare(_ conversations: [Conversation]) async throws {
        try await OwnThread.run(named: "autogen") {
            let theirs = try AutoGenPeer.play(conversations)
            #expect(theirs.count == conversations.count)
            for (conversation, theirs) in zip(conversations, theirs) {
                let ours = try ConversationPlayer(conversation).play()
                let script = String(decoding: try JSONEncoder().encode(conversation), as: UTF8.self)
                #expect(ours.deliveries.sorted() == theirs.deliveries.sorted(), "\(script)")
                #expect(ours.states == theirs.states, "\(script)")
                #expect(ours.replies.count == theirs.replies.count, "\(script)")
                for (our, their) in zip(ours.replies, theirs.replies) {
                    #expect(our.agrees(with: their), "\(our) and \(their) in \(script)")
                }
            }
        }
    }
}

/// A conversation as a script that both sides play.
struct Conversation: Codable, Sendable {
    struct Spec: Codable, Sendable {
        var type: String
        var does: String
        var to: String?
        var topic: String?
        var handles: [String]?
    }

    struct Subscription: Codable, Sendable {
        var type: String?
        var prefix: String?
        var agent: String
    }

    struct Step: Codable, Sendable {
        struct Send: Codable, Sendable {
            var to: String
            var text: String
            var kind: String?
        }

        struct Publish: Codable, Sendable {
            var topic: String
            var text: String
        }

        var send: Send?
        var publish: Publish?

        static func send(_ text: String, _ to: String, kind: String? = nil) -> Step {
            Step(send: Send(to: to, text: text, kind: kind))
        }

        static func publish(_ text: String, _ topic: String) -> Step {
            Step(publish: Publish(topic: topic, text: text))
        }
    }

    struct Intervene: Codable, Sendable {
        var drop: String?
        var replace: [String: String]?
    }

    var agents: [Spec]
    var subscriptions: [Subscription]
    var steps: [Step]
    var intervene: Intervene?

    /// How a request ended.
    enum Reply: Codable, Sendable, Equatable, CustomStringConvertible {
        case text(String)
        case void
        case error(code: String?, message: String)

        var description: String {
            switch self {
            case .text(let text): "'\(text)'"
            case .void: "void"
            case .error(let code, let message): "error \(code ?? "") '\(message)'"
            }
        }

        /// Whether ours is what theirs is, or differs as documented.
        func agrees(with theirs: Reply) -> Bool {
            switch (self, theirs) {
            case (.text(let ours), .text(let theirs)): ours == theirs
            case (.void, .void): true
            // AutoGen answers a request that nobody handles with nothing; we say that nobody handles it.
            case (.error(code: "unhandled", _), .void): true
            // The same meaning in other words.
            case (.error(code: "undeliverable", _), .error(_, "Recipient not found")): true
            case (.error(code: "dropped", _), .error(_, let message)): message.contains("dropped") || message.isEmpty
            case (.error(_, let ours), .error(_, let theirs)): ours == theirs
            default: false
            }
        }
    }

    struct Result: Sendable {
        var deliveries: [String]
        var replies: [Reply]
        var states: [String: Int]
    }

    private static let cast: [Spec] = [
        Spec(type: "echo", does: "echo"), Spec(type: "relay", does: "forward", to: "echo/$"),
        Spec(type: "far", does: "forward", to: "relay/elsewhere"), Spec(type: "fail", does: "fail"),
        Spec(type: "say", does: "publish", topic: "news/$"), Spec(type: "counter", does: "count"),
        Spec(type: "lost", does: "forward", to: "nobody/x"), Spec(type: "resc", does: "rescue", to: "fail/$"),
        Spec(type: "quiet", does: "none"), Spec(type: "broken", does: "forward", to: "fail/x"),
        Spec(type: "both", does: "echo", handles: ["Text", "Other"]),
    ]

    static let written: [Conversation] = [
        Conversation(
            agents: cast,
            subscriptions: [
                Subscription(type: "news", agent: "echo"), Subscription(type: "news", agent: "counter"),
                Subscription(prefix: "ne", agent: "quiet"), Subscription(type: "news", agent: "say"),
                Subscription(type: "other", agent: "fail"),
            ],
            steps: [
                .send("hi", "echo/a"), .send("x", "relay/b"), .send("x", "fail/b"), .send("x", "say/b"),
                .send("x", "counter/b"), .send("x", "lost/b"), .send("x", "nobody/b"), .send("x", "resc/b"),
                .send("x", "quiet/b"), .send("x", "echo/b", kind: "Other"), .send("x", "both/b", kind: "Other"),
                .publish("p", "news/z"), .publish("p", "new/z"), .publish("p", "nobody/z"), .publish("p", "other/z"),
                .send("x", "far/q"), .send("x", "broken/q"), .send("with/slash", "echo/a/b/c"),
                .send("x", "counter/b"),
            ]),
        Conversation(
            agents: cast, subscriptions: [Subscription(type: "news", agent: "counter")],
            steps: [
                .send("drop", "echo/a"), .send("swap", "echo/a"), .send("swap", "relay/a"), .publish("drop", "news/a"),
                .publish("swap", "news/a"), .send("keep", "echo/a"),
            ],
            intervene: Intervene(drop: "drop", replace: ["swap": "swapped"])),
    ]

    static func random(using random: inout SeededRandom) -> Conversation {
        let listeners = ["echo", "counter", "quiet", "fail", "both"]
        let topics = ["news", "news.sport", "default", "x:y"]
        var subscriptions: [Subscription] = []
        var seen: Set<String> = []
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            let agent = listeners.randomElement(using: &random) ?? "echo"
            // Their recipients are not deduplicated where two subscriptions of one type match (W21): one for each type.
            guard seen.insert(agent).inserted else { continue }
            let topic = topics.randomElement(using: &random) ?? "news"
            subscriptions.append(
                Bool.random(using: &random)
                    ? Subscription(type: topic, agent: agent)
                    : Subscription(prefix: String(topic.prefix(2)), agent: agent))
        }
        let keys = ["a", "b", "a/b", "ü"]
        let steps = (0..<Int.random(in: 1...12, using: &random)).map { number -> Step in
            let key = keys.randomElement(using: &random) ?? "a"
            if Int.random(in: 0..<3, using: &random) == 0 {
                return .publish("p\(number)", "\(topics.randomElement(using: &random) ?? "news")/\(key)")
            }
            return .send("m\(number)", "\(cast.randomElement(using: &random)?.type ?? "echo")/\(key)")
        }
        return Conversation(agents: cast, subscriptions: subscriptions, steps: steps)
    }
}

/// Plays a conversation on our agents, in the test driver.
struct ConversationPlayer {
    private let conversation: Conversation
    private let log = Log()

    private final class Log: Sendable {
        let lines = Mutex<[String]>([])
    }

    private struct Intervening: InterventionHandler {
        let spec: Conversation.Intervene

        func onSend(_ message: AgentPayload, to recipient: AgentID, from sender: AgentID?) throws -> Intervention {
            try look(message)
        }

        func onPublish(_ message: AgentPayload, to topic: TopicID, from sender: AgentID?) throws -> Intervention {
            try look(message)
        }

        private func look(_ message: AgentPayload) throws -> Intervention {
            let text = try message.decode(Text.self).text
            if text == spec.drop { return .drop }
            return try spec.replace?[text].map { .replace(try AgentPayload(Text($0))) } ?? .pass
        }
    }

    init(_ conversation: Conversation) { self.conversation = conversation }

    func play() throws -> Conversation.Result {
        let system = agents(
            named: "team", interventions: conversation.intervene.map { [Intervening(spec: $0)] } ?? []
        ) {
            conversation.agents.map(type)
        }
        let bench = try AgentBench(system)
        var replies: [Conversation.Reply] = []
        for step in conversation.steps {
            if let send = step.send {
                replies.append(reply(try bench.ask(send.text, send.to, type: send.kind ?? "Text")))
            } else if let publish = step.publish {
                try self.publish(publish, bench)
            }
        }
        var states: [String: Int] = [:]
        for record in bench.driver.takeChanges(of: "team-state") {
            guard let key = record.key?.utf8, let value = record.value else { continue }
            // A timestamped value: eight bytes of time, then the JSON.
            let json = Data(value.array.drop { $0 != UInt8(ascii: "{") })
            let count = try JSONDecoder().decode(Count.self, from: json).count
            // Their side counts only those who count.
            states[key] = count == 0 ? nil : count
        }
        try bench.driver.close()
        return Conversation.Result(deliveries: log.lines.withLock { $0 }, replies: replies, states: states)
    }

    /// What a client does that publishes: one message for each agent that listens.
    private func publish(_ publish: Conversation.Step.Publish, _ bench: AgentBench) throws {
        let topic = try TopicID(parsing: publish.topic)
        var seen: Set<String> = []
        for subscription in conversation.subscriptions {
            let matches = subscription.type.map { $0 == topic.type } ?? topic.type.hasPrefix(subscription.prefix ?? "")
            let recipient = "\(subscription.agent)/\(topic.source)"
            guard matches, seen.insert(recipient).inserted else { continue }
            _ = try bench.post(publish.text, to: recipient, kind: "message", topic: publish.topic)
        }
        _ = try bench.driver.awaitAnswers(upTo: .seconds(120))
    }

    private func reply(_ answer: AgentBench.Answer) -> Conversation.Reply {
        switch answer {
        case .reply(let text): .text(text)
        case .void: .void
        case .error(let code, let message, _): .error(code: code, message: message)
        case .nothing: .error(code: "nothing", message: "no answer")
        }
    }

    private func type(_ spec: Conversation.Spec) -> AgentType {
        let log = log
        let handles = spec.handles ?? ["Text"]
        var type = AgentType(spec.type, initial: { _ in Count() }) {
            onAny { payload, state, context in
                guard handles.contains(payload.type) else {
                    throw AgentError("unhandled", "'\(context.id.type)' does not handle '\(payload.type)'")
                }
                let text = try payload.decode(Text.self).text
                if context.attempt == 1 {
                    let line = [
                        context.id.description, text, context.sender?.description ?? "-",
                        context.topic?.description ?? "-", String(context.isRequest),
                    ]
                    log.lines.withLock { $0.append(line.joined(separator: " | ")) }
                }
                return try await Self.act(spec, text, &state, context)
            }
        }
        for subscription in conversation.subscriptions where subscription.agent == spec.type {
            type =
                subscription.type.map { type.subscribed(to: $0) }
                ?? type.subscribed(toPrefix: subscription.prefix ?? "")
        }
        return type
    }

    private static func act(
        _ spec: Conversation.Spec, _ text: String, _ state: inout Count, _ context: AgentContext
    ) async throws -> AgentPayload? {
        func recipient() throws -> AgentID {
            try AgentID(parsing: (spec.to ?? "").replacing("$", with: context.id.key))
        }
        switch spec.does {
        case "echo": return try AgentPayload(Text("\(context.id): \(text)"))
        case "count":
            state.count += 1
            return try AgentPayload(Text(String(state.count)))
        case "fail": throw AgentError("failed", "cannot do \(text)")
        case "forward":
            let reply = try await context.send(Text(text), to: recipient(), returning: Text.self)
            return try AgentPayload(Text("via \(context.id): \(reply.text)"))
        case "rescue":
            do {
                return try AgentPayload(await context.send(Text(text), to: recipient(), returning: Text.self))
            } catch {
                return try AgentPayload(Text("rescued"))
            }
        case "publish":
            let topic = try TopicID(parsing: (spec.topic ?? "").replacing("$", with: context.id.key))
            try await context.publish(Text("\(context.id) says \(text)"), to: topic)
            return nil
        default: return nil
        }
    }
}

/// autogen-core in a Python process.
enum AutoGenPeer {
    static func play(_ conversations: [Conversation]) throws -> [Conversation.Result] {
        let folder = try TemporaryFolder()
        let text = String(decoding: try JSONEncoder().encode(conversations), as: UTF8.self)
        let output = try PythonPeer("Tests/AgentOperatorsTests/Peers/autogen_peer.py").run(
            input: text, in: folder.path)
        return try JSONDecoder().decode([Output].self, from: Data(output.utf8)).map(\.result)
    }

    private struct Output: Decodable {
        enum Field: Decodable {
            case text(String?)
            case flag(Bool)

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let flag = try? container.decode(Bool.self) {
                    self = .flag(flag)
                } else {
                    self = .text(try container.decode(String?.self))
                }
            }

            var text: String {
                switch self {
                case .text(let text): text ?? "-"
                case .flag(let flag): String(flag)
                }
            }
        }

        struct Answer: Decodable {
            let reply: Conversation.Reply

            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                _ = try container.decode(Int.self)
                if try container.decodeNil() {
                    reply = .void
                } else if let text = try? container.decode(String.self) {
                    reply = .text(text)
                } else {
                    reply = .error(code: nil, message: try container.decode([String: String].self)["error"] ?? "")
                }
            }
        }

        let deliveries: [[Field]]
        let replies: [Answer]
        let states: [String: Int]

        var result: Conversation.Result {
            Conversation.Result(
                deliveries: deliveries.map { $0.map(\.text).joined(separator: " | ") }, replies: replies.map(\.reply),
                states: states)
        }
    }
}
