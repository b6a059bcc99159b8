import StreamCore
import Synchronization

/// A transactional producer of the simulated cluster.
final class SimulatedProducer: TransactionalProducer {
    private let id: String
    private let timeout: Duration
    private let connection: SimulatedConnection
    private var epoch: Int?
    private var sends: [RecordBuffer] = []
    /// Whether the coordinator knows of the present transaction, or may.
    private var isOpen = false

    init(_ id: String, timeout: Duration, _ connection: SimulatedConnection) {
        self.id = id
        self.timeout = timeout
        self.connection = connection
    }

    func initialize() throws(TransactionFailure) {
        let answer = try exchange("initialize") { state, now in
            state.initialize(self.id, timeout: self.timeout, now: now)
        }
        switch answer {
        case .success(let epoch): self.epoch = epoch
        case .failure:
            connection.pause(.milliseconds(20))
            throw failure(.retriable, .busy, "the former transaction of '\(id)' is being ended")
        }
    }

    func begin() throws(TransactionFailure) {
        guard epoch != nil else { throw failure(.producerFenced, .other, "'\(id)' was not initialised") }
        sends = []
        isOpen = false
    }

    func send(_ records: RecordBuffer) throws(TransactionFailure) { sends.append(records) }

    func flush() throws(TransactionFailure) -> [[TopicPartition: Range<Int64>]] {
        var told: [[TopicPartition: Range<Int64>]] = []
        for records in sends {
            var offsets: [TopicPartition: Range<Int64>] = [:]
            for (place, entries) in records.byPartition {
                offsets[place] = try produce(entries, of: records, to: place)
            }
            told.append(offsets)
        }
        return told
    }

    /// Tries for as long as an idempotent producer would; nil when the answer that told the offsets was lost.
    private func produce(
        _ entries: [RecordBuffer.Entry], of records: RecordBuffer, to place: TopicPartition
    ) throws(TransactionFailure) -> Range<Int64>? {
        guard let epoch else { throw failure(.producerFenced, .other, "'\(id)' was not initialised") }
        let isOver = patience()
        isOpen = true
        while true {
            let answer: Result<Range<Int64>, SimulatedAnswer>
            var isWritten = false
            do throws(SimulatedConnection.Trouble) {
                answer = try connection.exchange("\(id): produce", hanging: hanging) { state, now in
                    let answer = Self.caught { () throws(SimulatedAnswer) in
                        try state.produce(entries, of: records, to: place, self.id, epoch: epoch, now: now)
                    }
                    if case .success = answer { isWritten = true }
                    return answer
                }
            } catch {
                guard !error.isDeath else { throw translated(error) }
                // The next try would be recognised as a repetition, and not told where it lies; or the client gives
                // the whole transaction up.
                if isWritten {
                    if connection.cluster.random({ $0.happens(700) }) { return nil }
                    throw failure(.abortable, .unavailable, "records of '\(id)' were not acknowledged")
                }
                answer = .failure(.concurrent)
            }
            switch answer {
            case .success(let range): return range
            case .failure(.concurrent): break
            case .failure(let refusal): throw translated(refusal)
            }
            connection.pause(.milliseconds(20))
            if isOver() { throw failure(.abortable, .unavailable, "records of '\(id)' were not acknowledged in time") }
        }
    }

    func sendPositions(
        _ positions: [TopicPartition: CommittedPosition], group: String, _ token: MembershipToken
    ) throws(TransactionFailure) {
        guard let epoch else { throw failure(.producerFenced, .other, "'\(id)' was not initialised") }
        // As librdkafka does: nobody is asked.
        if positions.isEmpty { return }
        isOpen = true
        let answer = try exchange("send positions") { state, now in
            Self.caught { () throws(SimulatedAnswer) in
                try state.addPositions(
                    positions, group: group, member: token.member, generation: token.generation, self.id, epoch: epoch,
                    now: now)
            }
        }
        if case .failure(let refusal) = answer { throw translated(refusal) }
    }

    func commit() throws(TransactionFailure) {
        if isOpen { try loseTrack() }
        try end(commit: true)
    }

    func abort() throws(TransactionFailure) { try end(commit: false) }

    /// Now and then the client gives up after the request to commit was sent: it arrives later, or never.
    private func loseTrack() throws(TransactionFailure) {
        guard let epoch, !connection.isDead else { return }
        let isLost = connection.cluster.state.withLock { state in
            guard state.random.happens(state.faults.unknown) else { return false }
            if state.random.happens(700) {
                let delay = state.random.milliseconds(0...6_000)
                state.schedule(.end(id, epoch: epoch, commit: true), at: state.now + delay)
                state.note("\(id): the request to commit is under way, arrives in \(delay.milliseconds) ms")
            } else {
                state.note("\(id): the request to commit never arrives")
            }
            return true
        }
        if isLost { throw failure(.outcomeUnknown, .outcomeUnknown, "no answer to the commit of '\(id)'") }
    }

    private func end(commit: Bool) throws(TransactionFailure) {
        guard let epoch else { throw failure(.producerFenced, .other, "'\(id)' was not initialised") }
        guard isOpen else { return }
        let answer = try exchange(commit ? "commit" : "abort") { state, now in
            Self.caught { () throws(SimulatedAnswer) in
                // Nothing of it ever reached the coordinator.
                if state.transactions[self.id]?.phase == .empty, state.transactions[self.id]?.lastEnd != commit,
                    !commit,
                    state.transactions[self.id]?.epoch == epoch
                {
                    return
                }
                try state.end(self.id, epoch: epoch, commit: commit, now: now)
            }
        }
        switch answer {
        case .success: isOpen = false
        case .failure(let refusal): throw translated(refusal)
        }
    }

    // MARK: Troubles

    private var hanging: Int { connection.cluster.state.withLock { $0.faults.hangingInTransaction } }

    private func patience() -> () -> Bool {
        let clock = connection.cluster.clock
        let end = clock.now() + timeout
        return { clock.now() >= end }
    }

    private func exchange<Result>(
        _ what: String, _ effect: (inout SimulatedCluster.State, Timestamp) -> Result
    ) throws(TransactionFailure) -> Result {
        do throws(SimulatedConnection.Trouble) {
            return try connection.exchange("\(id): \(what)", hanging: hanging, effect)
        } catch { throw translated(error) }
    }

    private static func caught<Result>(
        _ body: () throws(SimulatedAnswer) -> Result
    ) -> Swift.Result<Result, SimulatedAnswer> {
        do throws(SimulatedAnswer) { return .success(try body()) } catch { return .failure(error) }
    }

    private func translated(_ trouble: SimulatedConnection.Trouble) -> TransactionFailure {
        if trouble.isDeath { return TransactionFailure(kind: .outcomeUnknown, error: trouble.error) }
        connection.pause(.milliseconds(20))
        return TransactionFailure(kind: .retriable, error: trouble.error)
    }

    private func translated(_ answer: SimulatedAnswer) -> TransactionFailure {
        switch answer {
        case .concurrent:
            connection.pause(.milliseconds(20))
            return failure(.retriable, .busy, "the former transaction of '\(id)' is being ended")
        case .fenced:
            return failure(.producerFenced, .fenced, "'\(id)' has another producer, or its transaction timed out")
        case .invalidState: return failure(.producerFenced, .fenced, "'\(id)' has no such transaction")
        case .unknownMember: return failure(.memberFenced, .busy, "the group does not know the member")
        }
    }

    private func failure(_ kind: TransactionFailure.Kind, _ code: EventLogError.Code, _ text: String)
        -> TransactionFailure
    {
        TransactionFailure(kind: kind, error: EventLogError(code, text))
    }
}
