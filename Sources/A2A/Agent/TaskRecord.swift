import JSON
import StateStores
import StreamCore
import Topology

/// A task as its agent keeps it.
struct TaskRecord: Sendable, Hashable {
    var task: A2ATask
    /// How often it has changed: the number of its last event.
    var generation = 0
    /// The number of the oldest event that can be replayed.
    var firstKept = 1
    /// The requests at work on it, oldest first.
    var work: [String] = []
    /// About how many bytes it takes.
    var bytes = 0
    /// Whether its updates are pushed anywhere.
    var isPushed = false
}

/// Somebody who waits for what comes of a task, or of a request that makes none.
struct TaskWaiter: Sendable, Hashable, Codable {
    /// The request's id: what it is answered under.
    let id: String
    /// A task's id, or `work/<request>` where there is none.
    let subject: String
    /// Whether every event is wanted, or only the end.
    let isStream: Bool
    /// Whether a stream ends when the agent wants input.
    let endsOnInput: Bool
    let topic: String
    let partition: Int32?
    let key: String?
    let deadline: Int64
    let historyLength: Int?
    /// How many items it got.
    var sent = 0
}

/// The stores of an agent, `<name>-…`.
struct A2AStores: Sendable {
    let tasks: StoreDefinition<String, TaskRecord>
    let events: StoreDefinition<String, Bytes>
    let waiters: StoreDefinition<String, TaskWaiter>
    let pushes: StoreDefinition<String, A2APushConfig>
    let messages: StoreDefinition<String, String>

    init(named name: String, _ options: A2AOptions) {
        tasks = .keyValue("\(name)-state", key: .string, value: TaskRecord.serde, ttl: options.tasksKept)
        events = .keyValue("\(name)-replay", key: .string, value: .bytes)
        waiters = .keyValue(
            "\(name)-waiters", key: .string,
            value: .versionedJSON("a2a.waiter", encode: { try Serde<TaskWaiter>.json().encode($0) ?? .empty }) {
                try Serde<TaskWaiter>.json().decode($0)
            })
        pushes = .keyValue(
            "\(name)-pushes", key: .string,
            value: .versionedJSON("a2a.push-config", encode: { Bytes($0.json.text) }) {
                try A2APushConfig(json: try JSONValue(parsing: $0))
            })
        messages = .keyValue("\(name)-messages", key: .string, value: .string, ttl: options.messagesKept)
    }

    var declarations: [StoreDeclaration] {
        [
            StoreDeclaration(tasks), StoreDeclaration(events), StoreDeclaration(waiters), StoreDeclaration(pushes),
            StoreDeclaration(messages),
        ]
    }

    /// The key of a task's event; events of one task lie in their order.
    static func eventKey(_ task: String, _ generation: Int) -> String {
        let digits = String(generation)
        return "\(task)\u{0}\(String(repeating: "0", count: max(0, 12 - digits.count)))\(digits)"
    }

    /// The key of a task's push configuration.
    static func pushKey(_ task: String, _ config: String) -> String { "\(task)\u{0}\(config)" }
}

extension Serde {
    /// A version byte, 1, then JSON.
    static func versionedJSON(
        _ description: String, encode: @escaping @Sendable (Value) throws -> Bytes,
        decode: @escaping @Sendable (Bytes) throws -> Value
    ) -> Serde {
        Serde(
            description: description,
            encode: { value, writer in
                writer.append(1 as UInt8)
                writer.append(try encode(value))
            },
            decode: { bytes in
                guard bytes.count > 1, bytes[0] == 1 else {
                    throw SerdeError(
                        .malformed, serde: description, reason: "the entry is of another version, or damaged")
                }
                return try decode(bytes[1..<bytes.count])
            })
    }
}

extension TaskRecord {
    static let serde = Serde<TaskRecord>.versionedJSON(
        "a2a.task-record",
        encode: { record in
            Bytes(
                JSONValue.object([
                    JSONMember("generation", .integer(Int64(record.generation))),
                    JSONMember("firstKept", .integer(Int64(record.firstKept))),
                    JSONMember("work", .array(record.work.map { .string($0) })),
                    JSONMember("bytes", .integer(Int64(record.bytes))),
                    JSONMember("isPushed", .bool(record.isPushed)),
                    JSONMember("task", record.task.json),
                ]).text)
        },
        decode: { bytes in
            let fields = try A2AFields(try JSONValue(parsing: bytes), "a task record")
            return TaskRecord(
                task: try fields.must("task"), generation: try fields.integer("generation") ?? 0,
                firstKept: try fields.integer("firstKept") ?? 1, work: try fields.strings("work"),
                bytes: try fields.integer("bytes") ?? 0, isPushed: try fields.bool("isPushed") ?? false)
        })
}
