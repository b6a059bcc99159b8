import StreamCore
import Topology

/// A task's part of the routing: hands the replies of a topic that all share to the partitions that wait for them.
final class ReplyRouter {
    private let context: TaskContext
    private let step: String
    private let prefix: String
    private let codec: any MessageCodec
    private let topic: Int32
    private let partitions: Int32

    /// A router called `step`, for the requests of the step `asker`, into the topic `inbox`.
    init(_ wiring: Wiring, step: String, of asker: String, to inbox: String, _ codec: any MessageCodec) {
        context = wiring.context
        self.step = step
        self.codec = codec
        prefix = RequestID.prefix(wiring.context.incarnation, asker)
        topic = wiring.context.outputs.topicIndex(inbox)
        partitions = wiring.partitions(of: inbox)
    }

    /// Writes the record at hand to its owner's partition, as it is.
    func route(_ timestamp: Timestamp) throws {
        guard let raw = context.current else { return }
        switch Result(catching: { try codec.read(MessageRecord(raw), as: .reply).id }) {
        case .failure(let error): try context.fail(error, at: step, .decode)
        case .success(let id):
            guard let owner = RequestID(id), owner.prefix == prefix, owner.partition < partitions else {
                // Others may ask the same service: what is theirs, and what is nobody's, look alike.
                return context.count("replies_passed_over", step: step, reason: "not an id of this step")
            }
            write(raw, to: owner.partition, timestamp)
        }
    }

    private func write(_ raw: LogRecord, to partition: Int32, _ timestamp: Timestamp) {
        context.outputs.append(topic: topic, timestamp: timestamp, headers: raw.headers) { arena in
            if let key = raw.key { arena.append(key) }
            if let value = raw.value { arena.append(value) }
            return (partition, raw.key?.count, raw.value?.count)
        }
        context.requestCommit()
    }
}
