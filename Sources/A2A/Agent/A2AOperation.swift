import AgentOperators
import StreamCore

/// The operations of the protocol, by the names that travel.
public enum A2AOperation: String, Sendable, Hashable, CaseIterable {
    /// Says something and hears what comes of it.
    case sendMessage = "SendMessage"
    /// Says something and hears everything as it comes.
    case sendStreamingMessage = "SendStreamingMessage"
    /// Asks for a task.
    case getTask = "GetTask"
    /// Asks for tasks.
    case listTasks = "ListTasks"
    /// Takes a task back.
    case cancelTask = "CancelTask"
    /// Hears everything of a task that is under way.
    case subscribeToTask = "SubscribeToTask"
    /// Has a task's updates pushed somewhere.
    case createPushConfig = "CreateTaskPushNotificationConfig"
    /// Asks where a task's updates are pushed to.
    case getPushConfig = "GetTaskPushNotificationConfig"
    /// Asks for all places that a task's updates are pushed to.
    case listPushConfigs = "ListTaskPushNotificationConfigs"
    /// Has a task's updates pushed no more.
    case deletePushConfig = "DeleteTaskPushNotificationConfig"
    /// Asks for the card that only known clients get.
    case getExtendedCard = "GetExtendedAgentCard"

    /// Whether it gives the agent work; all others go to the control lane, which work does not hold up.
    public var isWork: Bool { self == .sendMessage || self == .sendStreamingMessage }

    /// Whether its answer is a stream.
    public var isStreaming: Bool { self == .sendStreamingMessage || self == .subscribeToTask }
}

/// The service parameters of the protocol, as headers; names are compared without regard to case.
public enum A2AHeader {
    /// The protocol's version, `Major.Minor`.
    public static let version = "A2A-Version"
    /// The URIs of the extensions that the client knows, separated by commas.
    public static let extensions = "A2A-Extensions"
    /// On what is sent of a task: the number of the event, from 1. On `SubscribeToTask`: the last that the client has.
    public static let generation = "A2A-Generation"

    /// The URI of the Kafka binding that this module speaks: `docs/design/a2a-binding.md` is its specification.
    public static let binding = "urn:tributary:a2a:binding:kafka:1"
    /// The protocol's version that it speaks.
    public static let spoken = "1.0"
}

extension Headers {
    /// The value of the last header called `name` in any case, as text.
    func value(named name: String) -> String? {
        let wanted = name.lowercased()
        return entries.last { $0.name.lowercased() == wanted }?.value?.utf8
    }
}

/// Where an agent is: the topics that clients write and read.
public struct A2AEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// Takes messages for the agent.
    public let requests: String
    /// Takes everything that must not wait behind them.
    public let control: String
    /// Has every event of every task, keyed by task.
    public let events: String
    /// Has every task as it is, compacted.
    public let tasks: String

    /// The endpoint of the agent called `agent` of the application called `application`.
    public init(application: String, agent: String) {
        requests = "\(application)-\(agent)-requests"
        control = "\(application)-\(agent)-control"
        events = "\(agent)-events"
        tasks = "\(agent)-tasks"
    }

    /// Its address for a card: `kafka://<bootstrap>/<requests>?control=…&events=…&tasks=…`.
    public func url(bootstrap: String) -> String {
        "kafka://\(bootstrap)/\(requests)?control=\(control)&events=\(events)&tasks=\(tasks)"
    }

    /// The endpoint that an address names.
    ///
    /// - Throws: ``A2AFormatError`` when it is no `kafka:` URL with a topic and the names of its other topics.
    public init(url: String) throws(A2AFormatError) {
        let halves = url.split(separator: "?", maxSplits: 1)
        let path = halves.first.map { $0.split(separator: "/", omittingEmptySubsequences: true) } ?? []
        guard path.count == 3, path[0] == "kafka:", halves.count == 2 else {
            throw A2AFormatError("'\(url)' must look like kafka://host:9092/<requests>?control=…&events=…&tasks=…")
        }
        var names: [Substring: Substring] = [:]
        for pair in halves[1].split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1)
            if sides.count == 2 { names[sides[0]] = sides[1] }
        }
        guard let control = names["control"], let events = names["events"], let tasks = names["tasks"] else {
            throw A2AFormatError("'\(url)' must name the topics 'control', 'events' and 'tasks'")
        }
        (requests, self.control) = (String(path[2]), String(control))
        (self.events, self.tasks) = (String(events), String(tasks))
    }

    /// The topic of requests.
    public var description: String { requests }

    /// Where `operation` is asked for.
    public func topic(of operation: A2AOperation) -> String { operation.isWork ? requests : control }
}
