import EventLog
import MemoryIndex
import StreamCore

/// Somebody who waits until a follower has read far enough; belongs to the follower's thread.
final class MemoryWaiter {
    /// Gets the outcome, once.
    private let body: (Result<MemoryFollower, any Error>) -> Void
    private let partition: Int32
    /// The command that the owner must have applied, and the session whose row says so; nil when none.
    private let command: (session: String, offset: Int64)?
    /// How far both changelogs must be read; nil before that is known.
    private var ends: (items: Int64, sessions: Int64)?
    let deadline: ContinuousClock.Instant
    private(set) var isFinished = false

    init(
        _ partition: Int32, command: (session: String, offset: Int64)? = nil, until deadline: ContinuousClock.Instant,
        _ body: @escaping (Result<MemoryFollower, any Error>) -> Void
    ) {
        self.partition = partition
        self.command = command
        self.deadline = deadline
        self.body = body
    }

    func finish(_ result: Result<MemoryFollower, any Error>) {
        guard !isFinished else { return }
        isFinished = true
        body(result)
    }

    /// Looks whether what it waits for was read.
    func look(
        _ follower: MemoryFollower, _ partitions: [Int32: FollowedPartition], _ applied: [String: Int64]
    ) throws(EventLogError) {
        guard !isFinished, let followed = partitions[partition] else { return }
        if let command, applied[command.session, default: -1] < command.offset { return }
        guard followed.isOpen else {
            // No changelogs, nothing to read.
            if followed.isMissing { finish(.success(follower)) }
            return
        }
        if ends == nil { ends = try currentEnds(follower.place) }
        guard let ends else { return }
        if followed.items >= ends.items, followed.sessions >= ends.sessions { finish(.success(follower)) }
    }

    /// The ends with what is not committed yet: on brokers one transaction reaches two partitions one after the other.
    private func currentEnds(_ place: MemoryPlace) throws(EventLogError) -> (items: Int64, sessions: Int64) {
        (
            try place.log.offsets(of: place.items(partition), isolation: .uncommitted).end,
            try place.log.offsets(of: place.sessions(partition), isolation: .uncommitted).end
        )
    }

    /// Whether the time is over; then whoever waits hears of it.
    func isOverdue(_ now: ContinuousClock.Instant, _ place: MemoryPlace) -> Bool {
        guard now >= deadline else { return false }
        let what =
            command == nil ? "the changelogs were not read to their end" : "the owner has not applied the command"
        finish(
            .failure(
                MemoryError(
                    .timedOut,
                    "\(what) in time: see whether application '\(place.application)', which owns memory '\(place.memory)', is running"
                )))
        return true
    }
}

/// Where a memory is, as a client sees it.
struct MemoryPlace: Sendable {
    let memory: String
    let application: String
    let log: any EventLog
    let embedding: (any EmbeddingSource)?
    let clock: any WallClock

    func items(_ partition: Int32) -> TopicPartition {
        TopicPartition("\(application)-\(memory)-items-changelog", partition)
    }

    func sessions(_ partition: Int32) -> TopicPartition {
        TopicPartition("\(application)-\(memory)-sessions-changelog", partition)
    }

    var closed: MemoryError { MemoryError(.closed, "the client of memory '\(memory)' was closed") }
}
