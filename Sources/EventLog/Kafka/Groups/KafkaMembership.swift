import CRdKafka
import Foundation
import StreamCore
import Synchronization

/// A member of a consumer group that is assigned partitions and fetches none of them.
///
/// librdkafka is told to start an empty list of partitions, whatever the group assigned: what a member owns is the group's
/// affair (`rkcg_group_assignment`), what it fetches another list. So the plan records never come to this client, and its
/// end need not wait for fetchers.
final class KafkaMembership: Membership, @unchecked Sendable {  // `view` is the polling thread's; the rest is guarded.
    /// What the polling thread knows.
    private struct View {
        /// The partitions that librdkafka takes for this member's.
        var assigned: Set<Int32> = []
        /// Those of them that the runtime has heard of.
        var told: Set<Int32> = []
        /// The id under which ``told`` was granted.
        var member = ""
        /// Whether there was ever an assignment, be it an empty one.
        ///
        /// librdkafka 2.0 aborts the process when a client is destroyed that has joined and was not told its first one
        /// (`rd_kafka_sticky_assignor_state_destroy`, "assignor_state").
        var isAssigned = false
    }

    private let group: String
    private let topic: String
    private let isStatic: Bool
    /// Nil when the member has left.
    private let client: Mutex<KafkaClient?>
    private var view = View()

    /// How long ``poll(_:)`` waits when nothing happens, in milliseconds.
    private static let patience: Int32 = 10
    /// How long leaving may take before it is left undone: others get the tasks when the session ends.
    private static let leavePatience: Duration = .seconds(5)

    init(_ group: GroupSpecification, topic: String, _ configuration: KafkaConfiguration) throws(EventLogError) {
        self.group = group.application
        self.topic = topic
        isStatic = group.staticMember != nil
        let client = try KafkaClient(.member(KafkaMemberSettings(group)), configuration)
        let list = KafkaPartitionList([TopicPartition(topic, Int32(RD_KAFKA_PARTITION_UA))])
        let error = client.use { rd_kafka_subscribe($0, list.pointer) }
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw .kafka(error, "group '\(group.application)' cannot be joined")
        }
        self.client = Mutex(client)
    }

    func poll(_ hear: (MembershipChange) -> Void) throws(EventLogError) {
        guard let client = client.withLock({ $0 }) else {
            throw EventLogError(.closed, "this member of group '\(group)' has left it")
        }
        let fault = client.use { client -> EventLogError? in
            guard let queue = rd_kafka_queue_get_consumer(client) else { return nil }
            defer { rd_kafka_queue_destroy(queue) }
            return serve(queue, client, Self.patience, hear)
        }
        if let end = client.use(fatalError) {
            loseAll(hear)
            throw end
        }
        if let fault { throw client.events.explain(fault, since: .now - .seconds(10)) }
    }

    func leave(_ hear: (MembershipChange) -> Void) {
        guard let client = client.withLock({ $0.take() }) else { return }
        let start = ContinuousClock.now
        client.use { client in
            settle(client, until: start + Self.leavePatience, hear)
            Self.close(client, until: start + Self.leavePatience + .seconds(5)) { queue in
                _ = serve(queue, client, 20, hear)
            }
        }
        if !view.isAssigned { client.retire() }
        view.told = []
    }

    deinit {
        // Not left: as if the process had died.
        guard let client = client.withLock({ $0.take() }) else { return }
        guard view.isAssigned else {
            client.retire()
            let deadline = ContinuousClock.now + Self.leavePatience
            return Thread.detachNewThread {
                client.use { client in Self.close(client, until: deadline) { queue in Self.dismiss(queue, client) } }
            }
        }
        // A rebalance that nobody answers would keep the client from ending.
        client.use { client in
            guard let queue = rd_kafka_queue_get_consumer(client) else { return }
            Self.dismiss(queue, client)
            rd_kafka_queue_destroy(queue)
        }
    }

    /// Waits for the first assignment, ends a rebalance that is under way, and gives the partitions up: librdkafka 2.0 never
    /// ends a client that closes while an assignment waits to be answered.
    private func settle(
        _ client: OpaquePointer, until deadline: ContinuousClock.Instant, _ hear: (MembershipChange) -> Void
    ) {
        guard let queue = rd_kafka_queue_get_consumer(client) else { return }
        defer { rd_kafka_queue_destroy(queue) }
        _ = serve(queue, client, 0, hear)
        while !view.isAssigned, ContinuousClock.now < deadline { _ = serve(queue, client, 20, hear) }
        // A static member must not unsubscribe, which leaves the group; it only closes.
        guard !isStatic else { return }
        rd_kafka_unsubscribe(client)
        while !view.assigned.isEmpty, ContinuousClock.now < deadline { _ = serve(queue, client, 20, hear) }
    }

    /// Closes `client`, calling `serve` with the queue of what must be answered until it is closed.
    private static func close(
        _ client: OpaquePointer, until deadline: ContinuousClock.Instant, _ serve: (OpaquePointer) -> Void
    ) {
        guard let queue = rd_kafka_queue_new(client) else { return }
        defer { rd_kafka_queue_destroy(queue) }
        // A client that has failed for good refuses; it is no member any more.
        if let error = rd_kafka_consumer_close_queue(client, queue) {
            rd_kafka_error_destroy(error)
            return
        }
        while rd_kafka_consumer_closed(client) == 0, ContinuousClock.now < deadline { serve(queue) }
    }

    /// Answers what lies in `queue` without anybody hearing of it.
    private static func dismiss(_ queue: OpaquePointer, _ client: OpaquePointer) {
        let nothing = rd_kafka_topic_partition_list_new(0)
        defer { rd_kafka_topic_partition_list_destroy(nothing) }
        while let event = rd_kafka_queue_poll(queue, 20) {
            defer { rd_kafka_event_destroy(event) }
            guard rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE else { continue }
            let isNew = rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS
            let error =
                isNew ? rd_kafka_incremental_assign(client, nothing) : rd_kafka_incremental_unassign(client, nothing)
            error.map { rd_kafka_error_destroy($0) }
        }
    }

    func commit(_ positions: [TopicPartition: CommittedPosition]) throws(EventLogError) {
        guard let client = client.withLock({ $0 }) else {
            throw EventLogError(.closed, "this member of group '\(group)' has left it")
        }
        let list = KafkaPartitionList(positions)
        let start = ContinuousClock.now
        let overall = client.use { rd_kafka_commit($0, list.pointer, 0) }
        let error =
            overall == RD_KAFKA_RESP_ERR_NO_ERROR ? list.answers().map(\.error).first { $0.rawValue != 0 } : overall
        switch error {
        case nil: return
        case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
            RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
            throw EventLogError(.busy, "group '\(group)' is rebalancing; positions wait for its outcome")
        case let error?:
            throw client.events.explain(
                .kafka(error, "the positions of group '\(group)' cannot be committed"), since: start)
        }
    }

    /// Serves what lies in `queue`, waiting up to `timeout` milliseconds for the first; returns what went wrong.
    private func serve(
        _ queue: OpaquePointer, _ client: OpaquePointer, _ timeout: Int32, _ hear: (MembershipChange) -> Void
    ) -> EventLogError? {
        var timeout = timeout
        var fault: EventLogError?
        while let event = rd_kafka_queue_poll(queue, timeout) {
            timeout = 0
            defer { rd_kafka_event_destroy(event) }
            switch rd_kafka_event_type(event) {
            case RD_KAFKA_EVENT_REBALANCE:
                if let error = rebalance(event, client, hear) { fault = error }
            case RD_KAFKA_EVENT_ERROR:
                if let error = read(event) { fault = error }
            default: break
            }
        }
        return fault
    }
}

// MARK: - Rebalances

extension KafkaMembership {
    /// Hears of an assignment or its end, and lets the group go on.
    ///
    /// Until it is let go on, this client neither joins again nor learns of a later generation: the token that is read here
    /// is the one of this assignment.
    private func rebalance(
        _ event: OpaquePointer, _ client: OpaquePointer, _ hear: (MembershipChange) -> Void
    ) -> EventLogError? {
        let partitions = partitions(of: event)
        let nothing = rd_kafka_topic_partition_list_new(0)
        defer { rd_kafka_topic_partition_list_destroy(nothing) }
        let error: OpaquePointer?
        if rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            assign(partitions, .current(of: client), hear)
            error = rd_kafka_incremental_assign(client, nothing)
        } else {
            let isLost = rd_kafka_assignment_lost(client) != 0
            revoke(partitions, isLost ? nil : .current(of: client), hear)
            error = rd_kafka_incremental_unassign(client, nothing)
        }
        guard let error else { return nil }
        defer { rd_kafka_error_destroy(error) }
        return .kafka(
            rd_kafka_error_code(error), "the assignment of group '\(group)' cannot be taken",
            detail: String(cString: rd_kafka_error_string(error)))
    }

    private func assign(_ partitions: [Int32], _ token: MembershipToken, _ hear: (MembershipChange) -> Void) {
        view.isAssigned = true
        view.assigned.formUnion(partitions)
        loseAllOfAnother(token, hear)
        // A member that was expelled meanwhile is granted nothing; what it has been assigned it hears of when it is back.
        guard token.isGenuine else { return hear(.granted([], token)) }
        let granted = view.assigned.subtracting(view.told)
        view.told = view.assigned
        view.member = token.member
        hear(.granted(granted.sorted(), token))
    }

    private func revoke(_ partitions: [Int32], _ token: MembershipToken?, _ hear: (MembershipChange) -> Void) {
        view.assigned.subtract(partitions)
        if let token { loseAllOfAnother(token, hear) }
        let gone = view.told.intersection(partitions).sorted()
        view.told.subtract(partitions)
        hear(token.map { .revoked(gone, $0) } ?? .lost(gone))
    }

    /// Another id is another member: between the two lives others may have had the partitions, even if this one has them
    /// again and librdkafka never took them away.
    private func loseAllOfAnother(_ token: MembershipToken, _ hear: (MembershipChange) -> Void) {
        guard token.isGenuine, !view.told.isEmpty, token.member != view.member else { return }
        loseAll(hear)
    }

    private func loseAll(_ hear: (MembershipChange) -> Void) {
        let gone = view.told.sorted()
        view.told = []
        if !gone.isEmpty { hear(.lost(gone)) }
    }

    private func partitions(of event: OpaquePointer) -> [Int32] {
        guard let list = rd_kafka_event_topic_partition_list(event)?.pointee else { return [] }
        return UnsafeBufferPointer(start: list.elems, count: Int(list.cnt)).compactMap { element in
            String(cString: element.topic) == topic ? element.partition : nil
        }
    }
}

// MARK: - Errors

extension KafkaMembership {
    /// What `event` tells that whoever polls must know; nil for what passes, and for what a rebalance follows.
    private func read(_ event: OpaquePointer) -> EventLogError? {
        let error = rd_kafka_event_error(event)
        let action = "group '\(group)' cannot be taken part in"
        let detail = rd_kafka_event_error_string(event).map { String(cString: $0) }
        switch EventLogError.kafkaCode(of: error) {
        case .unauthorized: return .kafka(error, action, detail: detail)
        case .unknownTopic:
            return EventLogError(
                .unavailable,
                "\(action): its tasks topic '\(topic)' is not there; was it deleted? It is made at the start")
        case .unsupported, .invalidConfiguration: return .kafka(error, action, detail: detail)
        default: return nil
        }
    }

    /// The failure after which `client` is of no use any more, when there is one.
    private func fatalError(_ client: OpaquePointer) -> EventLogError? {
        var text = [CChar](repeating: 0, count: 512)
        let error = rd_kafka_fatal_error(client, &text, text.count)
        guard error != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return EventLogError(
            .fenced,
            "this member of group '\(group)' is superseded by another with the same name: \(String(kafka: text))")
    }
}
