import StreamCore

/// When which session has something to forget: items whose time is over, or itself when it has long been empty.
struct MemoryAgenda {
    private struct Entry: Comparable {
        let moment: Timestamp
        let session: String

        static func < (left: Entry, right: Entry) -> Bool {
            (left.moment, left.session) < (right.moment, right.session)
        }
    }

    private var heap = Heap<Entry>()
    /// The earliest entry of each session; others of it are stale.
    private var scheduled: [String: Timestamp] = [:]

    /// When the next session is due; nil when none will be.
    var nextDue: Timestamp? { heap.first?.moment }

    /// Notes what `state` says of its session.
    mutating func note(_ session: String, _ state: MemorySession, _ now: Timestamp) {
        guard let moment = Self.due(state, now) else { return }
        if let known = scheduled[session], known <= moment { return }
        scheduled[session] = moment
        heap.insert(Entry(moment: moment, session: session))
    }

    /// The session that is due at `now`, taken off; nil when none is.
    mutating func takeDue(_ now: Timestamp) -> String? {
        while let first = heap.first, first.moment <= now {
            _ = heap.removeFirst()
            guard scheduled[first.session] == first.moment else { continue }
            scheduled[first.session] = nil
            return first.session
        }
        return nil
    }

    /// When to look at a session again.
    ///
    /// Items whose time is over are not found any more at once; they are removed together, later by a 64th of what was left
    /// of their time, for each removal looks at the whole session.
    static func due(_ state: MemorySession, _ now: Timestamp) -> Timestamp? {
        guard state.count > 0 else { return state.touched + MemoryStore.emptyRetention }
        guard let expiry = state.nextExpiry else { return nil }
        let left = max(0, (expiry - now).milliseconds)
        return max(expiry, now) + .milliseconds(1_000 + left / 64)
    }
}
