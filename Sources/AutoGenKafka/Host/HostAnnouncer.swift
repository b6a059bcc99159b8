import AgentOperators
import JSON
import StreamCore
import Topology

/// Tells Python runtimes which types are here and what they listen to: when the task starts, types again and again, and at a clean end
/// that they are gone.
///
/// Belongs to the task's thread. Python takes a type that it knows already without complaint; a subscription that it knows it logs as
/// an error, so those are said once.
final class HostAnnouncer: TaskParticipant {
    private let context: TaskContext
    private let wire: AutoGenWire
    private let types: [String]
    private let subscriptions: [SubscriptionEvent.Subject]
    private let system: String
    private let interval: Duration
    private let writer: MessageWriter
    private let step: String
    private var next = Timestamp(milliseconds: 0)
    private var hasSubscribed = false

    init(
        _ context: TaskContext, _ system: AgentSystem, _ wire: AutoGenWire, _ options: AutoGenHostOptions, step: String
    ) {
        self.context = context
        self.wire = wire
        self.step = step
        self.system = system.name
        types = system.typeNames
        interval = options.announceEvery
        let direct =
            options.takesDirectTopics
            ? system.typeNames.map { AgentSubscription(.prefix("\($0):"), agentType: $0) } : []
        // Stable ids: the next start adds nothing twice.
        subscriptions = (system.subscriptions + direct.filter { !system.subscriptions.contains($0) }).map {
            .subscription($0, id: "\(context.application)/\(system.name)/\($0)")
        }
        writer = MessageWriter(context, step: step)
    }

    func started() throws {}

    func advance(now: Timestamp) throws -> Bool {
        guard now >= next else { return false }
        next = now + interval
        for type in types { try announce(.register, type) }
        if !hasSubscribed {
            hasSubscribed = true
            for subject in subscriptions { try subscribe(SubscriptionEvent(.added, subject)) }
        }
        return true
    }

    func leaving() {
        // Whoever has the task next announces again. What cannot be said now nobody hears, as after a crash.
        for type in types { try? announce(.unregister, type) }
        for subject in subscriptions where hasSubscribed {
            try? subscribe(SubscriptionEvent(.removed, .id(subject.id)))
        }
    }

    private func announce(_ kind: RegistrationEvent.Kind, _ type: String) throws {
        try write(RegistrationEvent(kind, agent: type, system: system), key: Bytes(type), wire.registry)
    }

    private func subscribe(_ event: SubscriptionEvent) throws { try write(event, key: nil, wire.subscriptions) }

    private func write<Event: AutoGenEvent>(_ event: Event, key: Bytes?, _ topic: Topic<Bytes?, Event>) throws {
        let record = MessageRecord(key: key, value: try topic.value.encode(event))
        // One partition for all events without a key: they stay in order.
        let address = MessageAddress(topic: topic.name, partition: key == nil ? 0 : nil)
        try writer.send(record, to: address, at: context.clock.now())
    }

    func committed(now: Timestamp) throws {}
    var isFull: Bool { false }
    var isWaiting: Bool { false }
    var nextDue: Timestamp? { next }
    func ended() {}
}
