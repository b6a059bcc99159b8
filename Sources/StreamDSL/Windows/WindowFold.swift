public import StateStores
public import StreamCore
public import Topology

/// Folds a task's records into its window store.
@usableFromInline final class WindowFold<Key: Hashable & Sendable, Value: Sendable, Aggregate: Sendable> {
    @usableFromInline let context: TaskContext
    @usableFromInline let step: String
    @usableFromInline let windows: Windows
    @usableFromInline let store: WindowStore<Key, Aggregate>
    @usableFromInline let forward: Receiver<Windowed<Key>, Change<Aggregate>>
    @usableFromInline let fold: @Sendable (Aggregate?, Value) throws -> Aggregate
    @usableFromInline let clock: StepClock
    @usableFromInline var expired: Int64 = .min

    @usableFromInline init(
        _ wiring: Wiring, step: String, windows: Windows, store: WindowStore<Key, Aggregate>,
        forward: @escaping Receiver<Windowed<Key>, Change<Aggregate>>,
        fold: @escaping @Sendable (Aggregate?, Value) throws -> Aggregate
    ) {
        context = wiring.context
        self.step = step
        self.windows = windows
        self.store = store
        self.forward = forward
        self.fold = fold
        clock = wiring.context.clock(of: step)
    }

    @inlinable func take(_ record: Record<Key, Value>) throws {
        let closed = clock.observe(record.timestamp).milliseconds - windows.grace
        let timestamp = record.timestamp.milliseconds
        var start = windows.firstStart(holding: timestamp)
        while start <= timestamp {
            // A record may carry any timestamp: windows at the end of time are cut off there.
            let (sum, isCut) = start.addingReportingOverflow(windows.size)
            let end = isCut ? .max : sum
            if end > closed { try take(record, start, end) } else { try late(end, closed) }
            let (next, isLast) = start.addingReportingOverflow(windows.advance)
            if isLast { break }
            start = next
        }
        if closed - windows.size >= expired &+ windows.size { expire(closed) }
    }

    @inlinable func take(_ record: Record<Key, Value>, _ start: Int64, _ end: Int64) throws {
        let start = Timestamp(milliseconds: start)
        do {
            let (change, time) = try store.update(record.key, start, at: record.timestamp) { value, timestamp in
                let old = value
                let new = try fold(old, record.value)
                value = new
                timestamp = max(timestamp, record.timestamp)
                return (Change(new: new, old: old), timestamp)
            }
            let key = Windowed(key: record.key, start: start, end: Timestamp(milliseconds: end))
            try forward(Record(key: key, value: change, timestamp: time))
        } catch {
            try context.fail(error, at: step, .process)
        }
    }

    @inline(never) @usableFromInline func late(_ end: Int64, _ closed: Int64) throws {
        try context.fail(LateRecord(end: end, closed: closed), at: step, .late)
    }

    /// Lets the store drop the windows that no record can reach any more.
    @inline(never) @usableFromInline func expire(_ closed: Int64) {
        expired = closed - windows.size
        store.expire(before: Timestamp(milliseconds: expired))
    }
}

/// A record that came after its window was closed.
struct LateRecord: Error, CustomStringConvertible {
    let end: Int64
    let closed: Int64
    var description: String { "late: its window ended at \(end), windows up to \(closed) are closed" }
}
