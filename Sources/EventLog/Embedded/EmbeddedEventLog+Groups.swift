public import StreamCore

extension EmbeddedEventLog {
    /// The positions that `group` has committed, for those of `partitions` that have one.
    ///
    /// - Throws: ``EventLogError``, as ``EventLog`` says.
    public func committedPositions(
        group: String, _ partitions: [TopicPartition]
    ) throws(EventLogError) -> [TopicPartition: CommittedPosition] {
        try database.use { database throws(EventLogError) in
            try database.snapshot { () throws(EventLogError) in
                try CommittedPositions.read(group, partitions, in: database)
            }
        }
    }

    /// Whether state that was checkpointed at `mark` is a prefix of `changelog`: same topic, same commit before it.
    ///
    /// - Throws: ``EventLogError``, as ``EventLog`` says.
    public func verify(
        _ mark: ChangelogMark, of changelog: TopicPartition
    ) throws(EventLogError) -> ChangelogVerdict {
        try database.use { database throws(EventLogError) in
            try database.snapshot { () throws(EventLogError) in
                let state = try PartitionState.of(changelog, in: database)
                return try Self.verdict(mark, state, in: database)
            }
        }
    }

    /// Forgets an application, unless a member's process lives.
    ///
    /// - Throws: ``EventLogError``, as ``EventLog`` says.
    public func forgetGroup(_ application: String) throws(EventLogError) {
        try database.use { database throws(EventLogError) in
            let dead = try file.write(database) { () throws(EventLogError) in
                let members = try MemberRow.all(of: application, in: database)
                for member in members where try LockProbe(file.folder.lock(of: member.id)).isHeld {
                    throw EventLogError(
                        .groupActive,
                        "The application \(application) is running: \(member.who). Stop it first, then reset it.")
                }
                for table in ["position", "task_owner", "member"] {
                    try database.run("DELETE FROM \(table) WHERE application = ?", .text(application))
                }
                try database.run("DELETE FROM application WHERE name = ?", .text(application))
                return members
            }
            for member in dead { file.folder.removeLock(of: member.id) }
        }
    }

    private static func verdict(
        _ mark: ChangelogMark, _ state: PartitionState, in database: Database
    ) throws(EventLogError) -> ChangelogVerdict {
        guard mark.incarnation == state.incarnation else { return .diverged }
        if mark.position > state.offsets.end { return .ahead }
        if mark.position < state.horizon || mark.position < state.offsets.start { return .belowStart }
        if mark.position == 0 { return .prefix }
        if mark.position == state.horizon { return mark.commitID == state.horizonCommit ? .prefix : .diverged }
        let writer = try database.first(
            """
            SELECT commit_id, base_offset FROM batch WHERE partition_id = ? AND next_offset >= ?
            ORDER BY next_offset LIMIT 1
            """, .integer(state.id), .integer(mark.position)
        ) { ($0.integer(0), $0.integer(1)) }
        guard let writer, writer.1 < mark.position else { return .diverged }
        return writer.0 == mark.commitID ? .prefix : .diverged
    }
}
