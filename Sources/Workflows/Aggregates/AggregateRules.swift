/// What an aggregate is: how it begins, what it decides, and what events make of it.
///
/// A value of pure functions: the same rules decide in a stream and rebuild from the topic of events.
public struct AggregateRules<
    State: Codable & Sendable, Command: Codable & Sendable, Event: Codable & Sendable, Rejection: Codable & Sendable
>: Sendable {
    /// What every aggregate begins as.
    public let initial: State
    /// What a command comes to; an error it throws is a fault, not a rejection: the command becomes a dead letter.
    public let decide: @Sendable (State, Command) throws -> Decision<Event, Rejection>
    /// What an event makes of the state.
    public let evolve: @Sendable (inout State, Event) throws -> Void

    /// Rules.
    public init(
        initial: State, decide: @escaping @Sendable (State, Command) throws -> Decision<Event, Rejection>,
        evolve: @escaping @Sendable (inout State, Event) throws -> Void
    ) {
        self.initial = initial
        self.decide = decide
        self.evolve = evolve
    }

    /// What `events`, all of an aggregate in order, come to: the store's snapshot made anew.
    ///
    /// - Throws: what `evolve` throws.
    public func replay(_ events: some Sequence<EventMessage<Event>>) throws -> AggregateSnapshot<State> {
        var snapshot = AggregateSnapshot(version: 0, state: initial)
        for event in events where event.version > snapshot.version {
            try evolve(&snapshot.state, event.event)
            snapshot.version = event.version
        }
        return snapshot
    }

    /// Decides a command on a snapshot: the outcome, the new snapshot, and the events between.
    func take(
        _ message: CommandMessage<Command>, on snapshot: AggregateSnapshot<State>
    ) throws -> (
        outcome: CommandOutcome<Rejection>, snapshot: AggregateSnapshot<State>, events: [EventMessage<Event>]
    ) {
        if let expected = message.expectedVersion, expected != snapshot.version {
            return (CommandOutcome(command: message.id, .conflict, version: snapshot.version), snapshot, [])
        }
        switch try decide(snapshot.state, message.command) {
        case .reject(let rejection):
            let outcome = CommandOutcome(
                command: message.id, .rejected, version: snapshot.version, rejection: rejection)
            return (outcome, snapshot, [])
        case .accept(let happened):
            var next = snapshot
            var events: [EventMessage<Event>] = []
            for event in happened {
                try evolve(&next.state, event)
                next.version += 1
                events.append(EventMessage(version: next.version, event, command: message.id))
            }
            return (CommandOutcome(command: message.id, .accepted, version: next.version), next, events)
        }
    }
}
