import StreamCore

/// What the simulated transaction coordinator knows of one transactional id.
struct SimulatedTransactions {
    enum Phase: Equatable {
        case empty
        case ongoing
        /// Decided; the markers are on their way.
        case ending(commit: Bool)
    }

    var epoch = -1
    var phase = Phase.empty
    /// Names the present transaction; never used twice in a cluster.
    var number = 0
    var partitions: [TopicPartition] = []
    var groups: [String] = []
    var started = Timestamp(milliseconds: 0)
    var timeout = Duration.seconds(10)
    /// How many markers are still on their way.
    var missing = 0
    /// How the last transaction of this epoch ended.
    var lastEnd: Bool?
}

/// What brokers answer to a producer.
enum SimulatedAnswer: Error, Equatable {
    /// The former transaction's markers are not all written: ask again.
    case concurrent
    /// Another producer has the id, or the transaction timed out.
    case fenced
    /// No such transaction is under way.
    case invalidState
    /// The group does not know member and generation.
    case unknownMember
}

extension SimulatedCluster.State {
    mutating func initialize(_ id: String, timeout: Duration, now: Timestamp) -> Result<Int, SimulatedAnswer> {
        var known = transactions[id] ?? SimulatedTransactions()
        known.timeout = timeout
        transactions[id] = known
        switch known.phase {
        case .ending: return .failure(.concurrent)
        case .ongoing:
            // Its producer is fenced by the abort already.
            transactions[id]?.epoch += 1
            decide(id, commit: false, now: now)
            return .failure(.concurrent)
        case .empty:
            transactions[id]?.epoch += 1
            transactions[id]?.lastEnd = nil
            note("\(id) has epoch \(known.epoch + 1)")
            return .success(known.epoch + 1)
        }
    }

    /// The transaction of `id`, begun if there is none.
    private mutating func join(_ id: String, epoch: Int, now: Timestamp) throws(SimulatedAnswer)
        -> SimulatedTransactions
    {
        guard var known = transactions[id], known.epoch == epoch else { throw .fenced }
        switch known.phase {
        case .ending: throw .concurrent
        case .ongoing: break
        case .empty:
            lastTransaction += 1
            known.number = lastTransaction
            known.phase = .ongoing
            known.partitions = []
            known.groups = []
            known.started = now
            known.lastEnd = nil
        }
        return known
    }

    /// Appends `entries` of `buffer`, all for `place`, to the transaction of `id`.
    mutating func produce(
        _ entries: [RecordBuffer.Entry], of buffer: RecordBuffer, to place: TopicPartition, _ id: String, epoch: Int,
        now: Timestamp
    ) throws(SimulatedAnswer) -> Range<Int64> {
        var known = try join(id, epoch: epoch, now: now)
        if !known.partitions.contains(place) { known.partitions.append(place) }
        transactions[id] = known
        return append(entries, of: buffer, to: place, transaction: known.number)
    }

    mutating func append(
        _ entries: [RecordBuffer.Entry], of buffer: RecordBuffer, to place: TopicPartition, transaction: Int?
    ) -> Range<Int64> {
        let first = partitions[place]?.highWatermark ?? 0
        for entry in entries {
            partitions[place]?.append(
                key: buffer.key(of: entry)?.compact, value: buffer.value(of: entry)?.compact,
                timestamp: entry.timestamp, headers: entry.headers, transaction: transaction)
        }
        return first..<(partitions[place]?.highWatermark ?? first)
    }

    /// Adds positions to the transaction; member and generation are checked now, and never again (KIP-447).
    mutating func addPositions(
        _ positions: [TopicPartition: CommittedPosition], group: String, member: String, generation: Int32,
        _ id: String,
        epoch: Int, now: Timestamp
    ) throws(SimulatedAnswer) {
        var known = try join(id, epoch: epoch, now: now)
        // As brokers do: no member and no generation are accepted unchecked.
        if !(member.isEmpty && generation < 0) {
            guard groups[group]?.isCurrent(member, generation) == true else {
                transactions[id] = known
                throw .unknownMember
            }
        }
        if !known.groups.contains(group) { known.groups.append(group) }
        transactions[id] = known
        groups[group, default: SimulatedGroup(group)].hold(positions, transaction: known.number)
    }

    mutating func end(_ id: String, epoch: Int, commit: Bool, now: Timestamp) throws(SimulatedAnswer) {
        guard let known = transactions[id], known.epoch == epoch else { throw .fenced }
        switch known.phase {
        case .ongoing: decide(id, commit: commit, now: now)
        case .ending(let ends):
            if ends != commit { throw .invalidState }
            throw .concurrent
        case .empty:
            // The same request once more.
            guard known.lastEnd == commit else { throw .invalidState }
        }
    }

    /// Decides how the transaction of `id` ends, and sends a marker to each partition and group, each on its own way.
    mutating func decide(_ id: String, commit: Bool, now: Timestamp) {
        guard let known = transactions[id] else { return }
        note("\(id): transaction \(known.number) \(commit ? "commits" : "aborts")")
        transactions[id]?.phase = .ending(commit: commit)
        if commit { committed.insert(known.number) }
        transactions[id]?.missing = known.partitions.count + known.groups.count
        for place in known.partitions {
            schedule(.marker(id, transaction: known.number, .partition(place), commit: commit), at: now + markerDelay())
        }
        for group in known.groups {
            schedule(.marker(id, transaction: known.number, .group(group), commit: commit), at: now + markerDelay())
        }
        finishIfMarked(id, commit: commit)
    }

    private mutating func markerDelay() -> Duration {
        random.happens(faults.slowMarkers) ? random.milliseconds(100...8_000) : random.milliseconds(0...20)
    }

    /// A marker arrives.
    mutating func mark(_ id: String, transaction: Int, _ place: SimulatedEvent.Place, commit: Bool) {
        switch place {
        case .partition(let partition):
            partitions[partition]?.mark(transaction, committed: commit)
        case .group(let group):
            groups[group]?.settle(transaction: transaction, commit: commit)
        }
        transactions[id]?.missing -= 1
        finishIfMarked(id, commit: commit)
    }

    private mutating func finishIfMarked(_ id: String, commit: Bool) {
        guard transactions[id]?.missing == 0 else { return }
        transactions[id]?.phase = .empty
        transactions[id]?.lastEnd = commit
    }

    /// Aborts what has been open for too long.
    mutating func expireTransactions(now: Timestamp) {
        let due = transactions.filter { $0.value.phase == .ongoing && now >= $0.value.started + $0.value.timeout }
        for (id, known) in due.sorted(by: { $0.key < $1.key }) {
            note("\(id): transaction \(known.number) times out")
            transactions[id]?.epoch += 1
            decide(id, commit: false, now: now)
        }
    }
}
