import StateStores
import StreamCore
import Topology

extension MemoryStore {
    /// Reads the agenda from the sessions; the task's state is restored.
    func start() throws {
        let now = context.clock.now()
        try sessions.scan { session, state, _ in
            agenda.note(session, state, now)
            return true
        }
    }

    /// Removes what is due in some sessions, as logged writes of the owner; returns whether there was anything.
    func expire(now: Timestamp) throws -> Bool {
        var looked = 0
        while looked < 16, let session = agenda.takeDue(now) {
            looked += 1
            guard var state = try sessions.get(session) else { continue }
            if state.count == 0 {
                try endEmpty(session, state, now)
            } else if let next = state.nextExpiry, next <= now {
                try forgetExpired(of: session, &state, now)
            } else {
                agenda.note(session, state, now)
            }
        }
        return looked > 0
    }

    private func endEmpty(_ session: String, _ state: MemorySession, _ now: Timestamp) throws {
        guard state.touched + Self.emptyRetention <= now else { return agenda.note(session, state, now) }
        try sessions.put(session, nil, at: now)
        indexes.drop(session)
    }

    /// Removes what is over from a session.
    func forgetExpired(of session: String, _ state: inout MemorySession, _ now: Timestamp) throws {
        var over: [MemoryItem] = []
        var next: Timestamp?
        var first: Int64?
        try visit(session) { item in
            if item.isExpired(at: now) {
                over.append(item)
            } else {
                first = first ?? item.sequence
                if let expiry = item.expiry { next = min(next ?? expiry, expiry) }
            }
        }
        for item in over { try remove(item, .expired, from: session, &state, now) }
        state.nextExpiry = next
        state.first = first ?? state.next
        try save(state, session, now)
    }
}
