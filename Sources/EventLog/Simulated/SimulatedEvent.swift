import StreamCore

/// Something that happens at the brokers by itself, at its moment.
struct SimulatedEvent {
    enum Place {
        case partition(TopicPartition)
        case group(String)
    }

    enum Kind {
        /// The marker of a decided transaction reaches one place.
        case marker(String, transaction: Int, Place, commit: Bool)
        /// A request to end a transaction, given up by its client, arrives.
        case end(String, epoch: Int, commit: Bool)
    }

    let due: Timestamp
    let number: Int
    let kind: Kind
}
