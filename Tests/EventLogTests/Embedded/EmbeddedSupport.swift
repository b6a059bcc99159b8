@testable import EventLog
import Foundation
import StreamCore
import Testing

/// Runs `body` in a new folder and removes it.
func withFolder(_ body: (String) throws -> Void) throws {
    let host = try EmbeddedHost()
    defer { host.stop() }
    try body(host.folder)
}

/// A log in `folder` with one topic `t` of one partition.
func logWithTopic(_ folder: String, options: EmbeddedLogOptions = .init()) throws -> EmbeddedEventLog {
    let log = try EmbeddedEventLog(dataDirectory: folder, options: options)
    if try log.topic("t") == nil { try log.createTopic(TopicSpecification("t", partitions: 1)) }
    return log
}

/// The only partition of `t`.
let place = TopicPartition("t", 0)

extension EmbeddedEventLog {
    /// Runs `sql` behind the log's back.
    func tamper(_ sql: String) throws {
        try database.use { database throws(EventLogError) in try database.execute(sql) }
    }

    /// The first number of a query.
    func number(_ sql: String) throws -> Int64 {
        try database.use { database throws(EventLogError) in try database.first(sql) { $0.integer(0) } } ?? 0
    }

    /// Joins `application` with one task, takes it over and gives what commits for it.
    func soleTask(_ application: String = "app") throws -> SoleTask {
        let member = try #require(try join(.sample(application, tasks: 1)) as? EmbeddedMember)
        let listener = RecordingListener()
        try member.poll(listener)
        let epoch = try member.takeOver(TaskID(0, 0), inputs: [], changelogs: []).epoch
        let committer = try #require(try member.makeCommitter() as? EmbeddedCommitter)
        return SoleTask(member: member, committer: committer, epoch: epoch)
    }
}

/// A member with one task.
struct SoleTask {
    let member: EmbeddedMember
    let committer: EmbeddedCommitter
    let epoch: Int64

    /// Commits `samples` for ``place``.
    func commit(_ samples: [Sample], at offset: Int64? = nil) throws -> TaskCommitOutcome {
        let positions = offset.map { [place: CommittedPosition(offset: $0)] } ?? [:]
        let commit = TaskCommit(
            task: TaskID(0, 0), epoch: epoch, positions: positions, records: RecordBuffer(samples, to: place))
        return try #require(try committer.commit([commit]).first)
    }

    /// Commits `samples` for ``place`` and gives the mark of a checkpoint made after it.
    func checkpoint(_ samples: [Sample], _ log: EmbeddedEventLog) throws -> ChangelogMark {
        let receipt = try #require(try commit(samples).receipt)
        let end = try #require(receipt.appended[place]?.upperBound)
        let incarnation = try #require(try log.topic("t")).incarnation
        return ChangelogMark(position: end, commitID: receipt.commitID, incarnation: incarnation)
    }
}
