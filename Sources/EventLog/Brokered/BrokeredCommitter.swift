import StreamCore

/// Commits the tasks of one worker in transactions of one producer: rules 1, 2, 3, 5 and 6 of the design.
///
/// A transaction begins and ends inside ``commit(_:)``, so none outlives a task's departure.
final class BrokeredCommitter: TaskCommitter {
    private let member: BrokeredMember
    private let id: String
    /// Nil before the first commit, and after a failure that only a new producer mends.
    private var producer: (any TransactionalProducer)?
    /// How many transactions in a row were aborted for a reason that points at no task.
    private var aborts = 0
    private var lastIdentity: Int64 = 0
    /// Where each partition ends as far as this committer knows: for acknowledgements that do not tell their offsets.
    private var ends: [TopicPartition: Int64] = [:]

    init(_ member: BrokeredMember, id: String) {
        self.member = member
        self.id = id
    }

    func commit(_ commits: [TaskCommit]) throws(EventLogError) -> [TaskCommitOutcome] {
        var outcomes = [TaskCommitOutcome?](repeating: nil, count: commits.count)
        var open: [Int] = []
        for (index, commit) in commits.enumerated() {
            if member.holds(commit.task, commit.epoch) { open.append(index) } else { outcomes[index] = .fenced }
        }
        // A commit that was aborted twice may be one task's fault: then each goes alone, and the faulty one fails alone.
        let portions = aborts >= 2 ? open.map { [$0] } : [open]
        var isAnyDone = false
        for portion in portions {
            do {
                try settle(portion, of: commits, &outcomes)
                isAnyDone = true
            } catch {
                // What is committed must be told, so a failure after it is the failing tasks' own.
                guard isAnyDone, error.code != .outcomeUnknown else { throw error }
                for index in portion where outcomes[index] == nil { outcomes[index] = .failed(error) }
            }
        }
        return outcomes.map { $0 ?? .fenced }
    }

    /// Commits those of `portion` that can be; the others get the outcome that is theirs.
    private func settle(
        _ portion: [Int], of commits: [TaskCommit], _ outcomes: inout [TaskCommitOutcome?]
    ) throws(EventLogError) {
        var open = portion
        while !open.isEmpty {
            do {
                let receipts = try transact(open.map { commits[$0] })
                for (index, receipt) in zip(open, receipts) { outcomes[index] = .committed(receipt) }
                aborts = 0
                return
            } catch {
                guard case .refused(let send) = error.kind, open.indices.contains(send) else { throw error.error }
                outcomes[open[send]] = .failed(error.error)
                open.remove(at: send)
            }
        }
    }

    /// One transaction, from its beginning to its end.
    private func transact(_ commits: [TaskCommit]) throws(TransactionFailure) -> [CommitReceipt] {
        // The token of the assignment, taken before anything is sent, never what the consumer says at commit time.
        guard let token = member.token else { throw TransactionFailure.renewing(member.group) }
        let producer = try ready()
        let offsets: [[TopicPartition: Range<Int64>]]
        do throws(TransactionFailure) {
            try producer.begin()
            for commit in commits { try producer.send(commit.records) }
            offsets = try producer.flush()
            // Every task's positions, moved or not: they are what makes the group check the token.
            var positions: [TopicPartition: CommittedPosition] = [:]
            for commit in commits { positions.merge(commit.positions) { $1 } }
            try persist { () throws(TransactionFailure) in
                try producer.sendPositions(positions, group: member.group.application, token)
            }
            // Lost while it was prepared: the brokers may not know yet.
            guard commits.allSatisfy({ member.holds($0.task, $0.epoch) }) else {
                throw TransactionFailure.renewing(member.group)
            }
        } catch {
            throw abandon(error)
        }
        do {
            try persist { () throws(TransactionFailure) in try producer.commit() }
        } catch {
            throw concede(error)
        }
        return receipts(commits, offsets)
    }

    /// The producer, initialised: whoever had the id before is fenced, and what it left open is over.
    private func ready() throws(TransactionFailure) -> any TransactionalProducer {
        if let producer { return producer }
        let fresh: any TransactionalProducer
        do {
            fresh = try member.cluster.makeTransactions(id: id, timeout: member.group.transactionTimeout)
        } catch { throw TransactionFailure(kind: .retriable, error: error) }
        try persist { () throws(TransactionFailure) in try fresh.initialize() }
        producer = fresh
        return fresh
    }

    /// Aborts after `failure`, and says what the worker is to know.
    private func abandon(_ failure: TransactionFailure) -> TransactionFailure {
        switch failure.kind {
        case .refused, .memberFenced: break
        case .producerFenced:
            producer = nil
            return failure.reported(as: .outcomeUnknown)
        case .retriable, .abortable, .outcomeUnknown: aborts += 1
        }
        do {
            try persist { () throws(TransactionFailure) in try producer?.abort() }
        } catch {
            // A new producer with the id ends what this one leaves.
            producer = nil
        }
        switch failure.kind {
        case .refused: return failure
        case .memberFenced: return .renewing(member.group)
        default: return failure.error.isRetriable ? failure : failure.reported(as: .unavailable)
        }
    }

    /// What a failed commit means: nothing was committed, or nobody knows (rule 5).
    private func concede(_ failure: TransactionFailure) -> TransactionFailure {
        switch failure.kind {
        case .abortable, .memberFenced, .refused: return abandon(failure)
        case .retriable, .producerFenced, .outcomeUnknown:
            producer = nil
            return failure.reported(as: .outcomeUnknown)
        }
    }

    /// Calls `body` until it does not ask for another call; for as long as a transaction may last.
    private func persist(_ body: () throws(TransactionFailure) -> Void) throws(TransactionFailure) {
        let isOver = member.cluster.patience(member.group.transactionTimeout)
        while true {
            do {
                return try body()
            } catch {
                guard error.kind == .retriable, !isOver() else { throw error }
            }
        }
    }

    private func receipts(
        _ commits: [TaskCommit], _ offsets: [[TopicPartition: Range<Int64>]]
    ) -> [CommitReceipt] {
        lastIdentity = max(lastIdentity + 1, SystemWallClock().now().milliseconds)
        return zip(commits, offsets).map { commit, told in
            var appended = told
            for (place, range) in told { ends[place] = max(ends[place] ?? 0, range.upperBound) }
            for entry in commit.records.entries {
                let place = TopicPartition(commit.records.topics[Int(entry.topic)], entry.partition)
                guard appended[place] == nil else { continue }
                // An earlier end is always right: what lies behind it is read again and changes nothing.
                let end = ends[place] ?? 0
                appended[place] = end..<end
            }
            return CommitReceipt(commitID: lastIdentity, appended: appended)
        }
    }
}

extension TransactionFailure {
    /// That the group is being rebalanced: the same content may be committed when the member knows where it stands.
    static func renewing(_ group: GroupSpecification) -> TransactionFailure {
        TransactionFailure(
            kind: .memberFenced,
            error: EventLogError(.busy, "group '\(group.application)' is rebalancing; the commit waits for its outcome")
        )
    }

    fileprivate func reported(as code: EventLogError.Code) -> TransactionFailure {
        TransactionFailure(kind: kind, error: EventLogError(code, error.message, at: error.partition))
    }
}
