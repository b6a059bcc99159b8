import EventLog
import MemoryIndex
import StreamCore

/// Reads the owner's changelogs for the sessions that a process uses, and answers from what it has read.
///
/// Belongs to its own thread; what others want of it comes through the mailbox.
final class MemoryFollower {
    let place: MemoryPlace
    let mailbox: MemoryMailbox
    private var reader: (any LogReader)?
    private var sessions: [String: (partition: Int32, replica: SessionReplica)] = [:]
    private var partitions: [Int32: FollowedPartition] = [:]
    private var settled: Set<String> = []
    /// Sessions whose indexes may have deferred work.
    private var unfinished: Set<String> = []
    private var waiters: [MemoryWaiter] = []
    private var isClosed = false
    private var isTroubled = false
    private var looked: [Int32: ContinuousClock.Instant] = [:]

    init(_ place: MemoryPlace, _ mailbox: MemoryMailbox) {
        self.place = place
        self.mailbox = mailbox
    }

    /// Works until the mailbox is closed.
    func run() {
        while true {
            let (jobs, isClosing) = mailbox.take()
            if isClosing {
                finish(jobs)
                return
            }
            for job in jobs { job(self) }
            let isBusy = attempt()
            endWaiters()
            guard !improve(), !isBusy, jobs.isEmpty else { continue }
            rest()
        }
    }

    // MARK: What is asked

    /// Starts to follow a session.
    func follow(_ session: String, in partition: Int32) {
        guard sessions[session] == nil else { return }
        sessions[session] = (partition, SessionReplica(source: place.embedding))
        partitions[partition, default: FollowedPartition()].rewind(reader, place, partition)
    }

    /// Follows a session no longer.
    func leave(_ session: String) {
        settled.remove(session)
        guard let (partition, _) = sessions.removeValue(forKey: session) else { return }
        guard !sessions.values.contains(where: { $0.partition == partition }) else { return }
        partitions.removeValue(forKey: partition)?.close(reader, place, partition)
    }

    /// Waits until what `waiter` waits for was read.
    func add(_ waiter: MemoryWaiter) {
        guard !isClosed else { return waiter.finish(.failure(place.closed)) }
        waiters.append(waiter)
    }

    /// What fits `query` in what was read of `session`.
    func query(_ query: MemoryQuery, in session: String) -> Result<[MemoryMatch], any Error> {
        guard !isClosed, var followed = sessions[session] else { return .failure(place.closed) }
        // Taken out meanwhile, so that nothing is copied when its index changes.
        sessions[session] = nil
        defer { sessions[session] = followed }
        if query.method == .vector || query.method == .hybrid { unfinished.insert(session) }
        return Result { try followed.replica.query(query, at: place.clock.now()) }
    }

    /// Whether a session was never read to its end.
    func isFresh(_ session: String) -> Bool { !settled.contains(session) }

    /// Notes that a session was read to its end.
    func settle(_ session: String) { settled.insert(session) }

    /// The item `id`, in what was read of `session`.
    func item(_ id: String, in session: String) -> MemoryItem? {
        sessions[session]?.replica.item(id: id, at: place.clock.now())
    }

    // MARK: Reading

    /// Reads what there is; returns whether there was anything.
    private func step() throws(EventLogError) -> Bool {
        let reader = try openedReader()
        var isBusy = false
        for number in partitions.keys.sorted() {
            guard var followed = partitions[number] else { continue }
            defer { partitions[number] = followed }
            if !followed.isOpen { try open(&followed, number, reader) }
            guard followed.isOpen else { continue }
            // Sessions first: the epoch that a row says discards items without their being kept for a moment.
            let rows = try reader.read(place.sessions(number), maxRecords: 2_000, maxBytes: 4 << 20)
            for record in rows.records { applyRow(record, number) }
            let items = try reader.read(place.items(number), maxRecords: 2_000, maxBytes: 16 << 20)
            for record in items.records { applyItem(record, number) }
            if followed.advance(items: items.nextOffset, sessions: rows.nextOffset) { isBusy = true }
        }
        for waiter in waiters { try waiter.look(self, partitions, sessions.mapValues(\.replica.applied)) }
        return isBusy
    }

    private func openedReader() throws(EventLogError) -> any LogReader {
        if let reader { return reader }
        let made = try place.log.makeReader(isolation: .committed)
        mailbox.connect(made.wake)
        reader = made
        return made
    }

    /// Opens a partition where the owner's changelogs are there; looks for them now and then where not.
    private func open(
        _ followed: inout FollowedPartition, _ number: Int32, _ reader: any LogReader
    ) throws(EventLogError) {
        if let last = looked[number], ContinuousClock.now - last < .milliseconds(200), followed.isMissing { return }
        looked[number] = ContinuousClock.now
        let (items, sessions) = (place.items(number), place.sessions(number))
        guard try place.log.topic(items.topic) != nil, try place.log.topic(sessions.topic) != nil else {
            followed.isMissing = true
            return
        }
        let starts = (
            items: try place.log.offsets(of: items, isolation: .committed).start,
            sessions: try place.log.offsets(of: sessions, isolation: .committed).start
        )
        try reader.open(items, at: starts.items)
        try reader.open(sessions, at: starts.sessions)
        followed.opened(items: starts.items, sessions: starts.sessions)
    }

    private func applyRow(_ record: LogRecord, _ partition: Int32) {
        guard let session = record.key?.utf8, sessions[session]?.partition == partition else { return }
        // A row of a later version says nothing that this program understands; the owner would refuse it as well.
        let row = record.value.flatMap { try? MemorySession.serde.decode($0) }
        guard row != nil || record.value == nil else { return }
        sessions[session]?.replica.apply(row, offset: record.offset)
    }

    private func applyItem(_ record: LogRecord, _ partition: Int32) {
        guard let key = try? MemoryRowKey.serde.decode(record.key), case .item(let sequence) = key.place,
            sessions[key.session]?.partition == partition
        else { return }
        var item: MemoryItem?
        if let value = record.value {
            guard case .item(let read)? = try? MemoryRow.serde.decode(value) else { return }
            item = read
        }
        sessions[key.session]?.replica.apply(item, sequence: sequence, offset: record.offset)
    }

    // MARK: Trouble and the end

    /// Reads what there is; what the log refuses ends whoever waits, and is tried again.
    private func attempt() -> Bool {
        do {
            isTroubled = false
            return try step()
        } catch {
            isTroubled = true
            if error.code == .offsetOutOfRange || error.code == .unknownTopic { startOver() }
            guard !error.isRetriable else { return false }
            for waiter in waiters { waiter.finish(.failure(MemoryError(.log, "the log failed: \(error)"))) }
            waiters = []
            return false
        }
    }

    /// The changelogs are not those that were read: what was read of them counts no more.
    private func startOver() {
        settled = []
        for (name, session) in sessions {
            sessions[name] = (session.partition, SessionReplica(source: place.embedding))
        }
        for (number, var followed) in partitions {
            followed.close(reader, place, number)
            followed = FollowedPartition()
            partitions[number] = followed
        }
    }

    private func endWaiters() {
        let now = ContinuousClock.now
        waiters.removeAll { $0.isFinished || $0.isOverdue(now, place) }
    }

    /// Does some of what makes searches faster; returns whether there is more.
    private func improve() -> Bool {
        guard let session = unfinished.first else { return false }
        guard sessions[session]?.replica.improve(upTo: 8) != true else { return true }
        unfinished.remove(session)
        return !unfinished.isEmpty
    }

    private func rest() {
        let now = ContinuousClock.now
        let due = waiters.map { $0.deadline - now }.min() ?? .seconds(5)
        let isLooking = isTroubled || partitions.values.contains { !$0.isOpen }
        let longest = isLooking ? Duration.milliseconds(100) : .seconds(5)
        if let reader {
            reader.wait(upTo: max(.milliseconds(1), min(due, longest)))
        } else {
            MemoryClient.pause(.milliseconds(50))
        }
    }

    private func finish(_ jobs: [MemoryMailbox.Job]) {
        isClosed = true
        for waiter in waiters { waiter.finish(.failure(place.closed)) }
        waiters = []
        for job in jobs + mailbox.end() { job(self) }
    }
}

/// How far a partition of the two changelogs was read.
struct FollowedPartition {
    private(set) var items: Int64 = 0
    private(set) var sessions: Int64 = 0
    private(set) var isOpen = false
    /// Whether the changelogs are not there: nothing was ever remembered, as far as the log knows.
    var isMissing = false

    mutating func opened(items: Int64, sessions: Int64) {
        (self.items, self.sessions) = (items, sessions)
        (isOpen, isMissing) = (true, false)
    }

    /// Moves on; returns whether it moved.
    mutating func advance(items: Int64, sessions: Int64) -> Bool {
        defer { (self.items, self.sessions) = (items, sessions) }
        return items != self.items || sessions != self.sessions
    }

    /// Reads from the start again, for a session that was not followed when the records passed.
    mutating func rewind(_ reader: (any LogReader)?, _ place: MemoryPlace, _ number: Int32) {
        close(reader, place, number)
        (items, sessions) = (0, 0)
        isOpen = false
    }

    func close(_ reader: (any LogReader)?, _ place: MemoryPlace, _ number: Int32) {
        guard isOpen else { return }
        reader?.close(place.items(number))
        reader?.close(place.sessions(number))
    }
}
