import A2A
import AgentOperators
import Foundation
import JSON
import StreamCore
import StreamDSL
import StreamTesting
import Testing
import Topology

/// An agent in the test driver, spoken to by records: what a client in any language would write.
final class A2ABench {
    let driver: TopologyTestDriver
    let endpoint: A2AEndpoint
    private var number = 0
    var eventCount = 0
    private var replies: [AgentMessage] = []

    init(_ agent: A2AAgent) throws {
        let topology = try StreamTopology("app") { agent }
        driver = try TopologyTestDriver(
            topology, clock: ManualWallClock(Timestamp(milliseconds: 1_750_000_000_000)))
        endpoint = A2AEndpoint(application: "app", agent: agent.name)
    }

    static let card: A2AAgentCard = {
        var card = A2AAgentCard(
            name: "Echo", description: "says it again", version: "1.2.3",
            capabilities: A2ACapabilities(streaming: true, pushNotifications: true, extendedAgentCard: true),
            skills: [A2ASkill("echo", name: "Echo", description: "says it again", tags: ["test"])])
        card.defaultInputModes = ["text/plain", "image/*"]
        return card
    }()

    static func message(_ text: String, id: String = UUID().uuidString, task: String = "", context: String = "")
        -> A2AMessage
    {
        A2AMessage(id, role: .user, parts: [.text(text)], contextID: context, taskID: task)
    }

    /// Sends a request and lets everything happen that can; returns its id.
    @discardableResult
    func request(
        _ operation: String, _ params: JSONValue, key: String? = nil, id: String? = nil, version: String? = "1.0",
        headers: [(String, String)] = [], deadline: Timestamp? = nil, lane: String? = nil
    ) throws -> String {
        number += 1
        var message = AgentMessage(.request, id: id ?? "client/\(number)")
        message.type = operation
        message.key = key.map { Bytes($0) }
        message.payload = Bytes(params.text)
        message.replyTo = MessageAddress(topic: "replies", partition: 0)
        message.deadline = deadline
        if let version { message.headers.append("a2a-version", version) }
        for (name, value) in headers { message.headers.append(name, value) }
        let record = NativeMessageCodec().write(message)
        let isWork = operation.hasPrefix("Send")
        try driver.pipe(
            lane ?? (isWork ? endpoint.requests : endpoint.control), key: record.key, value: record.value,
            at: driver.clock.now().milliseconds, headers: record.headers)
        return message.id
    }

    /// What has come to request `id` so far.
    func answers(to id: String) throws -> [AgentMessage] {
        for record in driver.takeRaw("replies") {
            replies.append(try NativeMessageCodec().read(MessageRecord(record), as: .reply))
        }
        return replies.filter { $0.id == id }
    }

    /// Sends a request, waits for all handlers, and returns the one answer.
    func ask(
        _ operation: String, _ params: JSONValue, key: String? = nil, version: String? = "1.0",
        headers: [(String, String)] = []
    ) throws -> AgentMessage {
        let id = try request(operation, params, key: key, version: version, headers: headers)
        _ = try driver.awaitAnswers()
        let found = try answers(to: id)
        #expect(found.count == 1)
        return try #require(found.last)
    }

    func task(_ operation: String, _ params: JSONValue, key: String? = nil) throws -> A2ATask {
        let answer = try ask(operation, params, key: key)
        let json = try answer.json()
        return try json["task"].map { try A2ATask(json: $0) } ?? A2ATask(json: json)
    }

    /// The error that a request gets.
    func error(
        _ operation: String, _ params: JSONValue, key: String? = nil, version: String? = "1.0",
        headers: [(String, String)] = []
    ) throws -> Int {
        let answer = try ask(operation, params, key: key, version: version, headers: headers)
        #expect(answer.kind == .error)
        let details = try JSONValue(parsing: try #require(answer.error?.details))
        return Int(details["code"]?.integerValue ?? 0)
    }

    /// The items of a stream and the number of each.
    static func items(_ messages: [AgentMessage]) throws -> [(generation: Int, item: A2AStreamResponse)] {
        try messages.filter { $0.kind == .partial }.map { message in
            let number = try #require(message.headers[A2AHeader.generation].flatMap { Int($0) })
            return (number, try A2AStreamResponse(json: try message.json()))
        }
    }

    static func states(_ items: [(generation: Int, item: A2AStreamResponse)]) -> [String] {
        items.map { item in
            switch item.item {
            case .task(let task): "task \(task.status.state.rawValue.dropFirst(11).lowercased())"
            case .statusUpdate(let update): update.status.state.rawValue.dropFirst(11).lowercased()
            case .artifactUpdate(let update): "artifact \(update.artifact.artifactID)"
            case .message(let message): "message \(message.text)"
            }
        }
    }
}

/// Runs `body` on a thread of its own: the driver blocks.
func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
    try await OwnThread.run(named: "a2a test", body)
}

/// Holds handlers until it is opened.
final class Gate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    /// Waits until it is opened, or the task is cancelled.
    func wait() async throws {
        for await _ in stream {}
        try Task.checkCancellation()
    }

    func open() { continuation.finish() }
}

extension AgentMessage {
    /// What it says, as JSON.
    func json() throws -> JSONValue { try JSONValue(parsing: try #require(payload)) }
}
