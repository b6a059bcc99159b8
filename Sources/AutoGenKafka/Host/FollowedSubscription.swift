import AgentOperators
import JSON
import StreamCore
import Topology

/// The last that Python runtimes said of a subscription, and when.
struct FollowedSubscription: Sendable, Hashable {
    var event: SubscriptionEvent
    var at: Timestamp

    /// The subscription, while it stands.
    var standing: AgentSubscription? {
        guard event.operation == .added, case .subscription(let subscription, _) = event.subject else { return nil }
        return subscription
    }

    private static let version: Int64 = 1

    /// JSON: the format's version, the moment, the event.
    static let serde = Serde<FollowedSubscription>(
        description: "autogen.followed-subscription",
        encode: { followed, writer in
            JSONValue.object([
                JSONMember("version", .integer(version)), JSONMember("at", .integer(followed.at.milliseconds)),
                JSONMember("event", followed.event.json),
            ]).write(into: &writer)
        },
        decode: { bytes in
            let json = try JSONValue(parsing: bytes)
            guard json["version"]?.integerValue == version, let at = json["at"]?.integerValue, let event = json["event"]
            else {
                throw SerdeError(
                    .malformed, serde: "autogen.followed-subscription", reason: "it is damaged or of another version")
            }
            return FollowedSubscription(event: try SubscriptionEvent(event), at: Timestamp(milliseconds: at))
        })

    /// The table of all of them that hosts of the same topics share.
    static func table(_ wire: AutoGenWire) -> GlobalTableDeclaration {
        let topic = "\(wire.topics.subscriptions)-followed"
        return GlobalTableDeclaration(
            topic, topic: topic, key: Serde<String>.string, value: serde, isMadeHere: true)
    }

    /// What the ids of the subscriptions begin with that hosts of `system` announce.
    static func ownPrefix(_ system: String) -> String { "tributary/\(system)/" }
}

/// Keeps what Python runtimes listen to, by id, where every instance reads it.
///
/// Belongs to the task's thread. Events have no keys, so that a removal may be read before what it removes: the later one counts.
final class SubscriptionFollower {
    private let context: TaskContext
    private let step: String
    private let topic: String
    private let ownPrefix: String
    private let known: GlobalTable<String, FollowedSubscription>

    init(_ wiring: Wiring, _ wire: AutoGenWire, system: String, step: String) throws {
        context = wiring.context
        self.step = step
        topic = FollowedSubscription.table(wire).topic
        ownPrefix = FollowedSubscription.ownPrefix(system)
        known = try wiring.globals.table(topic, String.self, FollowedSubscription.self)
    }

    func take(_ record: Record<Bytes?, SubscriptionEvent>) throws {
        let id = record.value.subject.id
        guard !id.hasPrefix(ownPrefix) else { return }
        let before = known.get(id)
        guard (before?.at ?? record.timestamp) <= record.timestamp else {
            return context.count("subscriptions_passed_over", step: step, reason: "outdated")
        }
        let followed = FollowedSubscription(event: record.value, at: record.timestamp)
        guard before != followed else { return }
        context.outputs.append(
            to: TopicPartition(topic, 0), key: Bytes(id), value: try FollowedSubscription.serde.encode(followed),
            timestamp: context.clock.now())
    }
}

/// Says whether Python runtimes listen to a topic, as far as they have said.
///
/// Belongs to the task's thread.
final class SubscriptionBook {
    private let table: GlobalTable<String, FollowedSubscription>
    private var revision = -1
    private var standing: Set<AgentSubscription> = []

    init(_ wiring: Wiring, _ wire: AutoGenWire) throws {
        table = try wiring.globals.table(
            FollowedSubscription.table(wire).topic, String.self, FollowedSubscription.self)
    }

    func listens(to topic: TopicID) -> Bool {
        if table.revision != revision {
            revision = table.revision
            standing = Set(table.snapshot.values.compactMap(\.standing))
        }
        return standing.contains { $0.matches(topic) }
    }
}
