import CRdKafka
import StreamCore

/// Groups as the brokers tell them.
///
/// By librdkafka's older call, which asks every broker: the newer `DescribeConsumerGroups` aborts the process when a
/// coordinator cannot answer it, or when one is found after the request has timed out.
struct KafkaGroupList {
    /// The groups, in no order.
    private(set) var groups: [GroupDescription] = []
    /// Whether all brokers have answered.
    let isWhole: Bool

    /// Asks for the group `name`, or for all when nil.
    ///
    /// - Throws: ``EventLogError`` with code `unsupported`, `unavailable` or `unauthorized`.
    init(_ log: KafkaEventLog, _ name: String?) throws(EventLogError) {
        let cluster = log.cluster
        let action = name.map { "group '\($0)' cannot be described" } ?? "the groups cannot be listed"
        // Before anything else, so that an outage is reported as what it is.
        _ = try cluster.metadata()
        guard try cluster.hasController() else { throw log.lacksController(action) }
        let client = try cluster.questions()
        let start = ContinuousClock.now
        let timeout = cluster.configuration.requestTimeout
        var answer: UnsafePointer<rd_kafka_group_list>?
        let error = client.use { rd_kafka_list_groups($0, name, &answer, timeout.kafkaMilliseconds) }
        guard error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR__PARTIAL, let answer else {
            throw client.events.explain(.kafka(error, action), since: start)
        }
        defer { rd_kafka_group_list_destroy(answer) }
        isWhole = error == RD_KAFKA_RESP_ERR_NO_ERROR
        for group in UnsafeBufferPointer(start: answer.pointee.groups, count: Int(answer.pointee.group_cnt)) {
            if [RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED].contains(group.err) {
                throw .kafka(group.err, action)
            }
            groups.append(Self.describe(group))
        }
    }

    private static func describe(_ group: rd_kafka_group_info) -> GroupDescription {
        let members = UnsafeBufferPointer(start: group.members, count: Int(group.member_cnt)).map { member in
            let bytes = UnsafeRawBufferPointer(
                start: member.member_assignment, count: Int(member.member_assignment_size))
            return GroupDescription.Member(
                id: text(member.member_id), clientID: text(member.client_id),
                // Java brokers write "/10.0.0.7".
                host: String(text(member.client_host).drop { $0 == "/" }),
                partitions: MemberAssignment(bytes)?.partitions.sorted() ?? [])
        }
        return GroupDescription(
            name: text(group.group), state: state(text(group.state)), members: members.sorted { $0.id < $1.id })
    }

    private static func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
        pointer.map { String(cString: $0) } ?? ""
    }

    private static func state(_ name: String) -> GroupState {
        switch name {
        case "Stable": .stable
        case "PreparingRebalance", "CompletingRebalance", "AwaitingSync", "Assigning", "Reconciling": .rebalancing
        case "Empty": .empty
        case "Dead": .dead
        default: .unknown
        }
    }
}

/// What the consumer protocol says of a member's partitions: version, topics with their partitions, user data.
struct MemberAssignment {
    /// The partitions.
    private(set) var partitions: [TopicPartition] = []

    /// Reads an assignment; nil when it is cut short or something else (Kafka Connect's, for instance).
    init?(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        func take(_ count: Int) -> Slice<UnsafeRawBufferPointer>? {
            guard count >= 0, rest.count >= count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }
        func number(_ size: Int) -> Int? {
            // Big-endian, two's complement.
            let bits = take(size)?.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            return bits.map { size == 2 ? Int(Int16(truncatingIfNeeded: $0)) : Int(Int32(bitPattern: $0)) }
        }
        guard let version = number(2), version >= 0, let topics = number(4), (0...bytes.count).contains(topics) else {
            return nil
        }
        for _ in 0..<topics {
            guard let length = number(2), let name = take(length), let count = number(4),
                (0...bytes.count).contains(count)
            else { return nil }
            let topic = String(decoding: name, as: UTF8.self)
            for _ in 0..<count {
                guard let partition = number(4) else { return nil }
                partitions.append(TopicPartition(topic, Int32(truncatingIfNeeded: partition)))
            }
        }
    }
}
