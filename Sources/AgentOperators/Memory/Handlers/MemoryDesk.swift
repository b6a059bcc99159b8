import StateStores
import StreamCore
import Topology

/// Does what handlers ask of their memory, on the task's thread, in the transaction that journals it.
final class MemoryDesk {
    private let store: MemoryStore
    private let context: TaskContext

    init(_ store: MemoryStore, _ context: TaskContext) {
        self.store = store
        self.context = context
    }

    /// Answers a call of the handler of `session`.
    ///
    /// - Throws: what ends the task.
    func answer(_ operation: StepOperation, in session: String) throws -> Bytes {
        do {
            let answer = try answer(MemoryCall(reading: operation.payload), operation, session)
            return try answer.bytes
        } catch let error as MemoryError {
            return MemoryAnswer.bytes(of: error)
        }
    }

    private func answer(_ call: MemoryCall, _ operation: StepOperation, _ session: String) throws -> MemoryAnswer {
        switch call {
        case .add(var draft):
            // The record names all requests of a run alike; this name is the same at every run.
            if draft.id.isEmpty { draft.id = operation.id }
            let item = try store.add(draft, to: session, at: operation.askedAt)
            return MemoryAnswer(
                count: item == nil ? 0 : 1, matches: item.map { [MemoryMatch(item: $0, score: 1)] } ?? [])
        case .delete(let id): return MemoryAnswer(count: try store.delete(id: id, from: session) ? 1 : 0)
        case .clear: return MemoryAnswer(count: try store.clear(session))
        case .query(let query):
            let matches = try store.query(query, in: session)
            return MemoryAnswer(count: matches.count, matches: matches)
        }
    }

    /// What handlers hear whose agents have no memory.
    static let missing = MemoryAnswer.bytes(
        of: MemoryError(.unknownMemory, "these agents have no memory: pass 'memory:' to 'agents'"))
}
