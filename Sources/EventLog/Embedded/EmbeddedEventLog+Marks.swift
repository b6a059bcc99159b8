public import StreamCore

extension EmbeddedEventLog {
    /// Marks `position` with the commit whose batch reaches it and the topic's incarnation.
    public func mark(of changelog: TopicPartition, at position: Int64) throws(EventLogError) -> ChangelogMark {
        try database.use { database throws(EventLogError) in
            try database.snapshot { () throws(EventLogError) in
                let state = try PartitionState.of(changelog, in: database)
                guard position != state.horizon else {
                    return ChangelogMark(
                        position: position, commitID: state.horizonCommit, incarnation: state.incarnation)
                }
                let commit = try database.first(
                    "SELECT commit_id FROM batch WHERE partition_id = ? AND next_offset >= ? ORDER BY next_offset LIMIT 1",
                    .integer(state.id), .integer(position)
                ) { $0.integer(0) }
                return ChangelogMark(position: position, commitID: commit ?? 0, incarnation: state.incarnation)
            }
        }
    }
}
