public import StreamCore

/// What happened to tasks, folded from the events of an audit topic: the state at any moment, without the market's stores.
///
/// Events of one task must come in their order, as they lie in the topic; those of different tasks may mix. An event that comes
/// again is passed over.
public struct MarketHistory: Sendable {
    /// The state of every task, by name.
    public private(set) var tasks: [String: MarketTask] = [:]
    /// What did not follow from what was before it, in order.
    public private(set) var breaks: [MarketRefusal] = []

    /// No history.
    public init() {}

    /// The history that `events` tell, up to `moment` or to their end.
    public init(of events: some Sequence<MarketEvent>, until moment: Timestamp? = nil) {
        for event in events where moment.map({ event.time <= $0 }) ?? true { add(event) }
    }

    /// Takes the next event; one that cannot follow is noted in ``breaks`` and changes nothing.
    public mutating func add(_ event: MarketEvent) {
        do throws(MarketRefusal) {
            guard var task = tasks[event.task] else {
                tasks[event.task] = try MarketTask(event)
                return
            }
            if event.sequence <= task.sequence { return }
            try task.apply(event)
            tasks[event.task] = task
        } catch {
            breaks.append(error)
        }
    }
}
