public import StreamCore

extension EmbeddedEventLog {
    /// All topics, by name.
    ///
    /// - Throws: ``EventLogError``, as ``EventLog`` says.
    public func topics() throws(EventLogError) -> [TopicDescription] {
        try database.use { database throws(EventLogError) in
            try database.rows(Self.selectTopic + " ORDER BY name", convert: description)
        }
    }

    /// The topic `name`, or nil when there is none.
    ///
    /// - Throws: ``EventLogError``, as ``EventLog`` says.
    public func topic(_ name: String) throws(EventLogError) -> TopicDescription? {
        try database.use { database throws(EventLogError) in
            try database.first(Self.selectTopic + " WHERE name = ?", .text(name), convert: description)
        }
    }

    /// Creates a topic of 1 to 10,000 partitions.
    ///
    /// - Throws: ``EventLogError``, as ``EventLog`` says.
    @discardableResult
    public func createTopic(_ specification: TopicSpecification) throws(EventLogError) -> TopicDescription {
        try TopicRules.check(specification)
        try database.use { database throws(EventLogError) in
            try file.write(database) { () throws(EventLogError) in try insert(specification, in: database) }
        }
        guard let topic = try topic(specification.name) else {
            throw EventLogError(.unknownTopic, "The topic \(specification.name) was deleted as soon as it was created.")
        }
        return topic
    }

    /// Deletes a topic with all its records and the positions in it; the file keeps its size and reuses the room.
    ///
    /// - Throws: ``EventLogError``, as ``EventLog`` says.
    public func deleteTopic(_ name: String) throws(EventLogError) {
        try database.use { database throws(EventLogError) in
            try file.write(database) { () throws(EventLogError) in
                let partitions = "SELECT id FROM topic_partition WHERE topic_id = (SELECT id FROM topic WHERE name = ?)"
                try database.run("INSERT INTO removed_partition(id) \(partitions)", .text(name))
                try database.run("DELETE FROM topic_partition WHERE id IN (\(partitions))", .text(name))
                try database.run("DELETE FROM position WHERE topic = ?", .text(name))
                guard try database.run("DELETE FROM topic WHERE name = ?", .text(name)) == 1 else {
                    throw EventLogError(.unknownTopic, "There is no topic \(name) to delete.")
                }
            }
        }
        file.bells.ring()
        try removeOrphans(until: nil)
    }

    /// Where a partition starts and ends; both isolations are the same here.
    ///
    /// - Throws: ``EventLogError``, as ``EventLog`` says.
    public func offsets(of partition: TopicPartition, isolation: IsolationLevel) throws(EventLogError) -> LogOffsets {
        try database.use { database throws(EventLogError) in
            try PartitionState.of(partition, in: database).offsets
        }
    }

    private static let selectTopic =
        "SELECT name, partitions, cleanup, retention_ms, max_record_bytes, incarnation FROM topic"

    private func description(_ row: SQLRow) -> TopicDescription {
        let limit = file.options.maxRecordBytes
        return TopicDescription(
            name: row.text(0), partitions: Int32(clamping: row.integer(1)),
            cleanup: CleanupPolicy(rawValue: row.text(2)), retention: row.optionalInteger(3).map { .milliseconds($0) },
            maxRecordBytes: row.optionalInteger(4).map { Int(clamping: $0) } ?? limit,
            incarnation: row.text(5))
    }

    private func insert(_ topic: TopicSpecification, in database: Database) throws(EventLogError) {
        let taken = try database.first("SELECT 1 FROM topic WHERE name = ?", .text(topic.name)) { _ in true }
        guard taken == nil else {
            throw EventLogError(.topicExists, "There is a topic \(topic.name) already. Delete it first, or use it.")
        }
        try database.run(
            """
            INSERT INTO topic(name, partitions, cleanup, retention_ms, max_record_bytes, incarnation, created_ms)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """, .text(topic.name), .integer(Int64(topic.partitions)), .text(topic.cleanup.rawValue),
            .optional(topic.retention?.milliseconds), .optional(topic.maxRecordBytes.map(Int64.init)),
            .text(UniqueName.make()), .integer(file.options.clock.now().milliseconds))
        let id = try database.first("SELECT last_insert_rowid()") { $0.integer(0) } ?? 0
        for number in 0..<topic.partitions {
            try database.run(
                "INSERT INTO topic_partition(topic_id, number) VALUES (?, ?)", .integer(id), .integer(Int64(number)))
        }
    }
}

/// What a topic may be.
enum TopicRules {
    /// The largest number of partitions.
    static let maxPartitions: Int32 = 10_000

    /// Refuses a specification that no topic can have.
    static func check(_ topic: TopicSpecification) throws(EventLogError) {
        let name = topic.name.utf8
        guard (1...249).contains(name.count), topic.name != ".", topic.name != "..", name.allSatisfy(isAllowed) else {
            throw invalid("The name '\(topic.name)': a topic's name has 1 to 249 characters of A-Z a-z 0-9 . _ -")
        }
        guard (1...maxPartitions).contains(topic.partitions) else {
            throw invalid("\(topic.name): \(topic.partitions) partitions; a topic has 1 to \(maxPartitions).")
        }
        if let retention = topic.retention, retention.milliseconds < 1 {
            throw invalid("\(topic.name): a retention of \(retention); give one millisecond or more, or nil for ever.")
        }
        if let limit = topic.maxRecordBytes, limit < 1 {
            throw invalid("\(topic.name): records of at most \(limit) bytes; give one or more, or nil.")
        }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2e, 0x5f, 0x2d: true
        default: false
        }
    }

    private static func invalid(_ message: String) -> EventLogError { EventLogError(.invalidTopic, message) }
}
