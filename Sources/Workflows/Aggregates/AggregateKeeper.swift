import StateStores
import StreamCore
import Topology

/// A task's aggregates: decides commands, keeps snapshots and what became of commands, says events.
final class AggregateKeeper<
    Key: Hashable & Sendable, State: Codable & Sendable, Command: Codable & Sendable, Event: Codable & Sendable,
    Rejection: Codable & Sendable
> {
    typealias Outcome = CommandOutcome<Rejection>

    private let context: TaskContext
    private let step: String
    private let rules: AggregateRules<State, Command, Event, Rejection>
    private let key: Serde<Key>
    private let snapshots: KeyValueStore<Key, AggregateSnapshot<State>>
    private let known: KeyValueStore<Bytes, Outcome>
    private let say: Receiver<Key, EventMessage<Event>>

    init(
        _ context: TaskContext, step: String, rules: AggregateRules<State, Command, Event, Rejection>, key: Serde<Key>,
        snapshots: KeyValueStore<Key, AggregateSnapshot<State>>, known: KeyValueStore<Bytes, Outcome>,
        say: @escaping Receiver<Key, EventMessage<Event>>
    ) {
        self.context = context
        self.step = step
        self.rules = rules
        self.key = key
        self.snapshots = snapshots
        self.known = known
        self.say = say
    }

    /// Decides a command, unless it was decided before; returns what became of it.
    ///
    /// - Throws: what the rules throw, before anything is changed, and what lies below.
    func take(_ record: Record<Key, CommandMessage<Command>>) throws -> Outcome {
        try known.expire(now: context.streamTime, limit: 16)
        let name = try commandKey(record)
        if let before = try known.get(name) {
            context.count("commands_repeated", step: step)
            return before
        }
        let before = try snapshots.get(record.key) ?? AggregateSnapshot(version: 0, state: rules.initial)
        let (outcome, after, events) = try rules.take(record.value, on: before)
        context.count("commands_decided", step: step, reason: outcome.status.rawValue)
        // A conflict changes nothing and is no decision: the sender may look again and send the command anew.
        if outcome.status != .conflict { try known.put(name, outcome, at: record.timestamp) }
        if !events.isEmpty { try snapshots.put(record.key, after, at: record.timestamp) }
        for event in events { try say(record.with(value: event)) }
        return outcome
    }

    /// A command's id is its own aggregate's: the key with its length, then the id.
    private func commandKey(_ record: Record<Key, CommandMessage<Command>>) throws -> Bytes {
        let key = try key.encode(record.key) ?? .empty
        var writer = ByteWriter()
        writer.append(varint: UInt64(key.count))
        writer.append(key)
        writer.append(record.value.id)
        return Bytes(writer.bytes)
    }
}

/// The stores of an aggregate.
struct AggregateStores<Key: Hashable & Sendable, State: Codable & Sendable, Rejection: Codable & Sendable>: Sendable {
    let snapshots: StoreDefinition<Key, AggregateSnapshot<State>>
    let known: StoreDefinition<Bytes, CommandOutcome<Rejection>>

    init(_ name: String, key: Serde<Key>, remember: Duration) {
        snapshots = .keyValue(name, key: key, value: .json())
        known = .keyValue("\(name)-commands", key: .bytes, value: .json(), ttl: remember)
    }

    var declarations: [StoreDeclaration] { [StoreDeclaration(snapshots), StoreDeclaration(known)] }
}
