import CRdKafka
import StreamCore

extension KafkaEventLog {
    /// All topics that the credentials may see, by name, internal ones included.
    ///
    /// - Throws: ``EventLogError`` with code `unavailable` or `unauthorized`.
    public func topics() throws(EventLogError) -> [TopicDescription] {
        try describe(cluster.metadata().topics)
    }

    /// The topic `name`, or nil when there is none or the credentials may not see it.
    ///
    /// - Throws: ``EventLogError`` with code `unavailable` or `unauthorized`.
    public func topic(_ name: String) throws(EventLogError) -> TopicDescription? {
        guard let partitions = try cluster.metadata().topics[name] else { return nil }
        return try describe([name: partitions]).first
    }

    /// Creates a topic and returns when every partition has a leader.
    ///
    /// - Throws: ``EventLogError`` with code `topicExists`, `invalidTopic`, `unauthorized`, `unavailable` or `unsupported`.
    @discardableResult
    public func createTopic(_ specification: TopicSpecification) throws(EventLogError) -> TopicDescription {
        let name = specification.name
        try checkKafkaName(name)
        guard specification.partitions >= 1 else {
            throw EventLogError(
                .invalidTopic, "topic '\(name)' cannot have \(specification.partitions) partitions; give at least 1")
        }
        if try cluster.metadata().topics[name] != nil {
            throw EventLogError(.topicExists, "topic '\(name)' exists already on \(location)")
        }
        let action = "topic '\(name)' cannot be created"
        try checkController(action)
        do { try order(specification, action) } catch { throw explainCopies(error) }
        try waitUntil(action) { metadata in metadata.ready.contains(name) }
        return try describe([name: specification.partitions]).first
            ?? TopicDescription(
                name: name, partitions: specification.partitions, cleanup: nil, retention: nil, maxRecordBytes: nil,
                incarnation: "")
    }

    /// Gives a topic the partitions of `specification` when it has fewer, and returns when all have leaders.
    ///
    /// - Throws: ``EventLogError`` with code `unknownTopic`, `unauthorized`, `unavailable` or `unsupported`.
    func grow(_ specification: TopicSpecification) throws(EventLogError) {
        let (name, count) = (specification.name, specification.partitions)
        guard try cluster.partitions(of: name, atLeast: count) < count else { return }
        let action = "topic '\(name)' cannot be given \(count) partitions"
        try checkController(action)
        var text = [CChar](repeating: 0, count: 512)
        guard let request = rd_kafka_NewPartitions_new(name, Int(count), &text, text.count) else {
            throw EventLogError(.invalidTopic, "\(action): \(String(kafka: text))")
        }
        defer { rd_kafka_NewPartitions_destroy(request) }
        let timeout = cluster.configuration.requestTimeout
        let answer = try KafkaAdmin(
            cluster.questions(), RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, action, timeout: timeout
        ) { client, options, queue in
            rd_kafka_AdminOptions_set_operation_timeout(options, timeout.kafkaMilliseconds, nil, 0)
            var requests: [OpaquePointer?] = [request]
            rd_kafka_CreatePartitions(client, &requests, 1, options, queue)
        }
        // Somebody else may have been faster.
        if let failure = answer.topicFailures(action).first, try cluster.metadata().topics[name] ?? 0 < count {
            throw failure
        }
        try waitUntil(action) { metadata in
            metadata.topics[name] ?? 0 >= count && metadata.ready.contains(name)
        }
    }

    /// Deletes a topic with all its records and returns when it is gone from the metadata.
    ///
    /// - Throws: ``EventLogError`` with code `unknownTopic`, `unauthorized`, `unavailable` or `unsupported`.
    public func deleteTopic(_ name: String) throws(EventLogError) {
        guard try cluster.metadata().topics[name] != nil else {
            throw EventLogError(.unknownTopic, "topic '\(name)' does not exist on \(location)")
        }
        let action = "topic '\(name)' cannot be deleted"
        try checkController(action)
        guard let request = rd_kafka_DeleteTopic_new(name) else {
            throw EventLogError(.invalidTopic, "\(action): no topic can have that name")
        }
        defer { rd_kafka_DeleteTopic_destroy(request) }
        let timeout = cluster.configuration.requestTimeout
        let answer = try KafkaAdmin(
            cluster.questions(), RD_KAFKA_ADMIN_OP_DELETETOPICS, action, timeout: timeout
        ) { client, options, queue in
            rd_kafka_AdminOptions_set_operation_timeout(options, timeout.kafkaMilliseconds, nil, 0)
            var topics: [OpaquePointer?] = [request]
            rd_kafka_DeleteTopics(client, &topics, 1, options, queue)
        }
        if let failure = answer.topicFailures(action).first { throw failure }
        try waitUntil(action) { metadata in metadata.topics[name] == nil }
    }

    /// Deletes the consumer group of an application with its committed positions, and ends the life that its plan names.
    ///
    /// - Throws: ``EventLogError`` with code `groupActive` while a member lives, `unauthorized`, `unavailable` or
    ///   `unsupported`.
    public func forgetGroup(_ application: String) throws(EventLogError) {
        let action = "group '\(application)' cannot be forgotten"
        guard !application.isEmpty, !application.utf8.contains(0), let request = rd_kafka_DeleteGroup_new(application)
        else {
            throw EventLogError(.invalidConfiguration, "\(action): it needs a name without zero bytes")
        }
        defer { rd_kafka_DeleteGroup_destroy(request) }
        // librdkafka 2.0 aborts the process when a group's coordinator cannot delete groups: brokers that are no Kafka.
        _ = try cluster.metadata()
        try checkController(action)
        let timeout = cluster.configuration.requestTimeout
        let answer = try KafkaAdmin(
            cluster.questions(), RD_KAFKA_ADMIN_OP_DELETEGROUPS, action, timeout: timeout
        ) { client, options, queue in
            var groups: [OpaquePointer?] = [request]
            rd_kafka_DeleteGroups(client, &groups, 1, options, queue)
        }
        if let failure = answer.groupFailures(action).first { throw failure }
        let group = GroupSpecification(application: application, tasks: [], fingerprint: "")
        try PlanRegister(group, KafkaGroupCluster(self, group: application)).renew()
    }

    private func order(_ specification: TopicSpecification, _ action: String) throws(EventLogError) {
        let timeout = cluster.configuration.requestTimeout
        let request = try makeTopic(specification)
        defer { rd_kafka_NewTopic_destroy(request) }
        let answer = try KafkaAdmin(
            cluster.questions(), RD_KAFKA_ADMIN_OP_CREATETOPICS, action, timeout: timeout
        ) { client, options, queue in
            rd_kafka_AdminOptions_set_operation_timeout(options, timeout.kafkaMilliseconds, nil, 0)
            var topics: [OpaquePointer?] = [request]
            rd_kafka_CreateTopics(client, &topics, 1, options, queue)
        }
        if let failure = answer.topicFailures(action).first { throw failure }
    }

    /// Waits until the brokers' metadata say what was ordered: they spread it after they have answered.
    private func waitUntil(_ action: String, _ isDone: (KafkaMetadata) -> Bool) throws(EventLogError) {
        let timeout = cluster.configuration.requestTimeout
        let deadline = ContinuousClock.now + timeout
        while try !isDone(cluster.metadata()) {
            guard ContinuousClock.now < deadline else {
                throw .kafka(
                    RD_KAFKA_RESP_ERR__TIMED_OUT,
                    "\(action): ordered, but not all brokers have carried it out within \(timeout)")
            }
            KafkaPause.short()
        }
    }

    /// Says what helps when a broker does not know how many copies to make.
    private func explainCopies(_ error: EventLogError) -> EventLogError {
        guard error.code == .unsupported, cluster.configuration.replicationFactor == nil else { return error }
        return EventLogError(.unsupported, "\(error.message); or set `replicationFactor`", at: error.partition)
    }

    /// Refuses at once what nobody would carry out.
    private func checkController(_ action: String) throws(EventLogError) {
        guard try cluster.hasController() else {
            throw EventLogError(.unavailable, "\(action): the cluster at \(location) names no controller at the moment")
        }
    }

    private func makeTopic(_ specification: TopicSpecification) throws(EventLogError) -> OpaquePointer {
        var text = [CChar](repeating: 0, count: 512)
        // -1 leaves the number of copies to the broker.
        let copies = Int32(clamping: cluster.configuration.replicationFactor ?? -1)
        guard
            let topic = rd_kafka_NewTopic_new(specification.name, specification.partitions, copies, &text, text.count)
        else {
            throw EventLogError(
                .invalidTopic, "topic '\(specification.name)' cannot be created: \(String(kafka: text))")
        }
        var settings = ["cleanup.policy": specification.cleanup.rawValue]
        settings["retention.ms"] = specification.retention.map { "\($0.milliseconds)" } ?? "-1"
        settings["max.message.bytes"] = specification.maxRecordBytes.map { "\($0)" }
        settings["delete.retention.ms"] = specification.tombstoneRetention.map { "\($0.milliseconds)" }
        for (name, value) in settings { rd_kafka_NewTopic_set_config(topic, name, value) }
        return topic
    }

    /// Refuses what Kafka refuses, before it is asked.
    private func checkKafkaName(_ name: String) throws(EventLogError) {
        let isAllowed = name.utf8.allSatisfy { letter in
            switch letter {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isAllowed, (1...249).contains(name.utf8.count), name != ".", name != ".." else {
            throw EventLogError(
                .invalidTopic, "no topic can be called '\(name)': give 1 to 249 of A-Z a-z 0-9 . _ -, not '.' or '..'")
        }
    }
}
