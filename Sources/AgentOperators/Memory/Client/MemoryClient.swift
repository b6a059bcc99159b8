import Dispatch
public import EventLog
import Foundation
public import MemoryIndex
public import StreamCore

/// Memory for a process that runs no task of its owner: commands go to the owner's topic, its changelogs are read as a copy.
///
/// One for a process and a memory: it has one thread and one connection however many sessions are used, and copies only
/// those. No topic, consumer group or schema belongs to a session. Any thread may call.
///
/// ```swift
/// let client = MemoryClient(of: "notes", application: "chat", on: log)
/// let memory = try client.session("anna")
/// try await memory.add(MemoryDraft(text: "likes tea"))
/// let found = try await memory.query(.keyword("tea"))
/// ```
public final class MemoryClient: Sendable {
    let place: MemoryPlace
    let timeout: Duration
    let mailbox = MemoryMailbox()
    /// Appends happen here, one after the other, so that reading and asking need not wait for the log.
    private let appends: DispatchQueue

    /// A client of the memory called `memory` of the application called `application`.
    ///
    /// - Parameters:
    ///   - memory: the memory's name, which is also the topic of its commands.
    ///   - application: the application that owns it.
    ///   - log: where both are.
    ///   - embedding: the memory's embedding source, for searches by meaning.
    ///   - timeout: how long calls wait for the owner where they do not say.
    ///   - clock: the time of day, for what is over.
    public init(
        of memory: String, application: String, on log: any EventLog, embedding: (any EmbeddingSource)? = nil,
        timeout: Duration = .seconds(30), clock: any WallClock = SystemWallClock()
    ) {
        place = MemoryPlace(memory: memory, application: application, log: log, embedding: embedding, clock: clock)
        self.timeout = timeout
        appends = DispatchQueue(label: "tributary.memory.\(memory)")
        let thread = Thread { [place, mailbox] in MemoryFollower(place, mailbox).run() }
        thread.name = "memory \(memory)"
        thread.stackSize = 4 << 20
        thread.start()
    }

    deinit { mailbox.close() }

    /// The memory of one session; reading it starts now.
    ///
    /// - Throws: ``MemoryError`` with code `unknownMemory` when its topic of commands does not exist, `invalidName`, `log`.
    public func session(_ name: String) throws -> SharedMemory {
        guard !name.isEmpty, name.utf8.count <= 1_000 else {
            throw MemoryError(.invalidName, "a session's name has 1 to 1,000 bytes, this one \(name.utf8.count)")
        }
        let topic: TopicDescription?
        do { topic = try place.log.topic(place.memory) } catch { throw MemoryError(.log, "the log failed: \(error)") }
        guard let topic else {
            throw MemoryError(
                .unknownMemory,
                "memory '\(place.memory)' takes no commands here: create its topic with 'tributary topics create \(place.memory) --partitions N'"
            )
        }
        let partition = Murmur2.partition(Bytes(name), of: topic.partitions)
        guard mailbox.post({ $0.follow(name, in: partition) }) else { throw place.closed }
        return SharedMemory(self, session: name, partition: partition)
    }

    /// Ends the thread; calls that wait fail with ``MemoryError/Code/closed``.
    public func close() { mailbox.close() }

    /// Appends a command of `session`; tries again while that may help, for identifiers make it harmless.
    ///
    /// - Returns: its offset, or a later one that the owner applies after it.
    func append(
        _ command: MemoryCommand, of session: String, to partition: Int32, until deadline: ContinuousClock.Instant
    ) async throws -> Int64 {
        let destination = TopicPartition(place.memory, partition)
        var buffer = RecordBuffer()
        buffer.append(
            to: destination, key: Bytes(session), value: try MemoryCommand.serde.encode(command),
            timestamp: place.clock.now())
        while true {
            let (records, log) = (buffer, place.log)
            let outcome = await withCheckedContinuation { continuation in
                appends.async {
                    continuation.resume(returning: Result { () throws(EventLogError) in try log.append(records) })
                }
            }
            switch outcome {
            case .success(let places):
                guard let range = places[destination] else {
                    throw MemoryError(.log, "the log did not say where it put the command")
                }
                return range.lowerBound
            case .failure(let error):
                guard error.isRetriable, ContinuousClock.now < deadline else {
                    throw MemoryError(error.isRetriable ? .timedOut : .log, "the command was not written: \(error)")
                }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// Blocks the calling thread; for the follower's own.
    static func pause(_ duration: Duration) { Thread.sleep(forTimeInterval: Double(duration.milliseconds) / 1_000) }
}
