public import StreamCore

extension EmbeddedEventLog {
    /// All applications that joined or have positions, by name.
    ///
    /// - Throws: ``EventLogError``, as ``EventLog`` says.
    public func groups() throws(EventLogError) -> [GroupSummary] {
        let names = try database.use { database throws(EventLogError) in
            try database.rows(
                "SELECT name FROM application UNION SELECT application FROM position ORDER BY 1"
            ) { $0.text(0) }
        }
        var summaries: [GroupSummary] = []
        for name in names {
            guard let group = try group(name) else { continue }
            summaries.append(GroupSummary(name: name, state: group.state, members: group.members.count))
        }
        return summaries
    }

    /// The application `name` with the members whose process lives.
    ///
    /// - Throws: ``EventLogError``, as ``EventLog`` says.
    public func group(_ name: String) throws(EventLogError) -> GroupDescription? {
        try database.use { database throws(EventLogError) in
            try database.snapshot { () throws(EventLogError) in
                let known = try database.first(
                    """
                    SELECT 1 FROM application WHERE name = ?1
                    UNION SELECT 1 FROM position WHERE application = ?1 LIMIT 1
                    """, .text(name)
                ) { _ in true }
                guard known != nil else { return nil }
                return try describe(name, in: database)
            }
        }
    }

    /// All positions of `group`, whatever topics they are of.
    ///
    /// - Throws: ``EventLogError``, as ``EventLog`` says.
    public func committedPositions(
        group: String
    ) throws(EventLogError) -> [TopicPartition: CommittedPosition] {
        let rows = try database.use { database throws(EventLogError) in
            try database.rows(
                "SELECT topic, number, next_offset, metadata FROM position WHERE application = ?", .text(group)
            ) { row in
                (
                    TopicPartition(row.text(0), Int32(clamping: row.integer(1))),
                    CommittedPosition(offset: row.integer(2), metadata: row.text(3))
                )
            }
        }
        return Dictionary(rows) { first, _ in first }
    }

    /// Writes positions down for a group without members.
    ///
    /// - Throws: ``EventLogError``, as ``EventLog`` says.
    public func setPositions(
        _ positions: [TopicPartition: CommittedPosition], of group: String
    ) throws(EventLogError) {
        try database.use { database throws(EventLogError) in
            try file.write(database) { () throws(EventLogError) in
                // Under the write lock, which joining takes too: nobody comes to life in between.
                if let member = try describe(group, in: database).members.first {
                    throw EventLogError(
                        .groupActive,
                        "The application \(group) is running: \(member.clientID). Stop it first, then set its positions."
                    )
                }
                for (partition, position) in positions {
                    try CommittedPositions.write(group, partition, position, in: database)
                }
            }
        }
    }

    /// Gives a topic more partitions.
    ///
    /// - Throws: ``EventLogError``, as ``EventLog`` says.
    public func growTopic(_ name: String, to partitions: Int32) throws(EventLogError) {
        guard let topic = try topic(name) else {
            throw EventLogError(.unknownTopic, "There is no topic \(name) to give more partitions.")
        }
        try TopicRules.check(TopicSpecification(name, partitions: partitions))
        guard partitions >= topic.partitions else {
            throw EventLogError(
                .invalidTopic,
                "The topic \(name) has \(topic.partitions) partitions; \(partitions) are fewer, and none can be taken away."
            )
        }
        try database.use { database throws(EventLogError) in
            try file.write(database) { () throws(EventLogError) in
                let id = try database.first("SELECT id FROM topic WHERE name = ?", .text(name)) { $0.integer(0) }
                guard let id else { throw EventLogError(.unknownTopic, "There is no topic \(name) any more.") }
                for number in 0..<partitions {
                    try database.run(
                        "INSERT OR IGNORE INTO topic_partition(topic_id, number) VALUES (?, ?)", .integer(id),
                        .integer(Int64(number)))
                }
                try database.run(
                    "UPDATE topic SET partitions = max(partitions, ?) WHERE id = ?", .integer(Int64(partitions)),
                    .integer(id))
            }
        }
    }

    /// Members and state of an application, in a transaction of the caller's.
    private func describe(_ name: String, in database: Database) throws(EventLogError) -> GroupDescription {
        let owners = try database.rows(
            "SELECT member, task FROM task_owner WHERE application = ? AND member IS NOT NULL", .text(name)
        ) { ($0.text(0), TaskID($0.text(1))) }
        let tasks = Dictionary(grouping: owners, by: \.0).mapValues { $0.compactMap(\.1).sorted() }
        var members: [GroupDescription.Member] = []
        for row in try MemberRow.all(of: name, in: database) where try LockProbe(file.folder.lock(of: row.id)).isHeld {
            members.append(
                GroupDescription.Member(
                    id: row.id, clientID: row.who, host: row.host, process: row.pid, tasks: tasks[row.id] ?? []))
        }
        return GroupDescription(name: name, state: members.isEmpty ? .empty : .stable, members: members)
    }
}
