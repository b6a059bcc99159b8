@testable import EventLog
import Foundation
import LogWrappers
import StreamCore
import Synchronization

/// A rule of exactly once that is broken on purpose, between the rules' code and the simulated brokers.
enum PlantedBug: CaseIterable {
    /// Positions are taken while an open transaction may still change them (rule 4a).
    case positionsNotStable
    /// Restore ends at the last stable offset instead of the high watermark (rule 4b).
    case restoreToLastStableOffset
    /// A commit that only has answers carries no positions, so nothing fences it (rule 2).
    case unmovedPositionsLeftOut
    /// A commit shows what the membership says now, not the token of its assignment (rule 3).
    case tokenOfTheMoment
    /// An unknown outcome is taken as a commit (rule 5).
    case unknownTakenAsCommitted
    /// An unknown outcome is taken as an abort, and the same content sent again (rule 5).
    case unknownTakenAsAborted
    /// The store moves on before the transaction is over (rule 1).
    case checkpointBeforeTheEnd
    /// What handlers' steps left in the journal is not committed with the rest.
    case stepsLeftOut

    func plant(in log: SimulatedEventLog) -> any EventLog {
        let buggy = SimulatedEventLog(log.connection) { cluster in BuggyCluster(cluster, self, log.connection) }
        return self == .checkpointBeforeTheEnd ? OwingLog(buggy) : buggy
    }
}

private final class BuggyCluster: GroupCluster {
    private let base: any GroupCluster
    private let bug: PlantedBug
    private let connection: SimulatedConnection
    private let membership = Mutex<SimulatedMembership?>(nil)

    init(_ base: any GroupCluster, _ bug: PlantedBug, _ connection: SimulatedConnection) {
        self.base = base
        self.bug = bug
        self.connection = connection
    }

    var log: any EventLog { base.log }
    var currentToken: MembershipToken? { membership.withLock { $0?.token } }

    func patience(_ duration: Duration) -> @Sendable () -> Bool { base.patience(duration) }

    func prepareTasksTopic(_ name: String, partitions: Int32) throws(EventLogError) {
        try base.prepareTasksTopic(name, partitions: partitions)
    }

    func hasMembers(group: String) throws(EventLogError) -> Bool? { try base.hasMembers(group: group) }

    func makeMembership(_ group: GroupSpecification, tasksTopic: String) throws(EventLogError) -> any Membership {
        let made = try base.makeMembership(group, tasksTopic: tasksTopic)
        membership.withLock { $0 = made as? SimulatedMembership }
        return made
    }

    func makeTransactions(id: String, timeout: Duration) throws(EventLogError) -> any TransactionalProducer {
        BuggyProducer(try base.makeTransactions(id: id, timeout: timeout), bug, self) { [base] in
            try? base.makeTransactions(id: id, timeout: timeout)
        }
    }

    func stablePositions(
        group: String, _ partitions: [TopicPartition]
    ) throws(EventLogError) -> [TopicPartition: CommittedPosition] {
        guard bug == .positionsNotStable else { return try base.stablePositions(group: group, partitions) }
        let all = connection.cluster.state.withLock { $0.groups[group]?.positions ?? [:] }
        return all.filter { partitions.contains($0.key) }
    }

    func watermarks(of partition: TopicPartition) throws(EventLogError) -> LogOffsets {
        guard bug == .restoreToLastStableOffset else { return try base.watermarks(of: partition) }
        return try base.log.offsets(of: partition, isolation: .committed)
    }
}

private final class BuggyProducer: TransactionalProducer {
    private var base: any TransactionalProducer
    private let bug: PlantedBug
    private let cluster: BuggyCluster
    private let remake: () -> (any TransactionalProducer)?
    private var sent: [TopicPartition: CommittedPosition] = [:]
    private var committed: [TopicPartition: CommittedPosition] = [:]
    private var isCommitOwed = false
    private var mustRemake = false

    init(
        _ base: any TransactionalProducer, _ bug: PlantedBug, _ cluster: BuggyCluster,
        _ remake: @escaping () -> (any TransactionalProducer)?
    ) {
        self.base = base
        self.bug = bug
        self.cluster = cluster
        self.remake = remake
    }

    func initialize() throws(TransactionFailure) { try base.initialize() }

    func begin() throws(TransactionFailure) {
        try settle()
        if mustRemake, let fresh = remake() {
            try persist { () throws(TransactionFailure) in try fresh.initialize() }
            base = fresh
            mustRemake = false
        }
        sent = [:]
        try base.begin()
    }

    /// Makes the commit that was told as done before.
    func settle() throws(TransactionFailure) {
        guard isCommitOwed else { return }
        isCommitOwed = false
        try persist { () throws(TransactionFailure) in try base.commit() }
    }

    func send(_ records: RecordBuffer) throws(TransactionFailure) {
        guard bug == .stepsLeftOut else { return try base.send(records) }
        var rest = RecordBuffer()
        for entry in records.entries {
            let topic = records.topics[Int(entry.topic)]
            guard !topic.hasSuffix("-steps-changelog") else { continue }
            rest.append(
                to: TopicPartition(topic, entry.partition), key: records.key(of: entry),
                value: records.value(of: entry), timestamp: entry.timestamp, headers: entry.headers)
        }
        try base.send(rest)
    }
    func flush() throws(TransactionFailure) -> [[TopicPartition: Range<Int64>]] { try base.flush() }

    func sendPositions(
        _ positions: [TopicPartition: CommittedPosition], group: String, _ token: MembershipToken
    ) throws(TransactionFailure) {
        sent = positions
        switch bug {
        case .unmovedPositionsLeftOut:
            let moved = positions.filter { committed[$0.key]?.offset != $0.value.offset }
            try base.sendPositions(moved, group: group, token)
        case .tokenOfTheMoment:
            try base.sendPositions(positions, group: group, cluster.currentToken ?? token)
        default:
            try base.sendPositions(positions, group: group, token)
        }
    }

    func commit() throws(TransactionFailure) {
        if bug == .checkpointBeforeTheEnd {
            isCommitOwed = true
            // A worker's reader and its producer are used on one thread: that is how they find each other.
            Thread.current.threadDictionary[OwingReader.key] = self
            return
        }
        do {
            try base.commit()
        } catch {
            switch (bug, error.kind) {
            case (.unknownTakenAsCommitted, .outcomeUnknown): mustRemake = true
            case (.unknownTakenAsAborted, .outcomeUnknown):
                throw TransactionFailure(kind: .abortable, error: error.error)
            default: throw error
            }
        }
        committed.merge(sent) { $1 }
    }

    func abort() throws(TransactionFailure) { try base.abort() }

    private func persist(_ body: () throws(TransactionFailure) -> Void) throws(TransactionFailure) {
        let isOver = cluster.patience(.seconds(6))
        while true {
            do {
                return try body()
            } catch {
                guard error.kind == .retriable, !isOver() else { throw error }
            }
        }
    }
}

/// A log whose readers make the commits that are owed, at some later read.
private final class OwingLog: LogWrapper {
    private let log: SimulatedEventLog

    init(_ log: SimulatedEventLog) { self.log = log }

    var base: any EventLog { log }

    func makeReader(isolation: IsolationLevel) throws(EventLogError) -> any LogReader {
        OwingReader(try log.makeReader(isolation: isolation), log.connection.cluster)
    }
}

private final class OwingReader: LogReader {
    static let key = "tributary.owing"
    private let base: any LogReader
    private let cluster: SimulatedCluster

    init(_ base: any LogReader, _ cluster: SimulatedCluster) {
        self.base = base
        self.cluster = cluster
    }

    func open(_ source: TopicPartition, at offset: Int64) throws(EventLogError) { try base.open(source, at: offset) }
    func close(_ source: TopicPartition) { base.close(source) }
    func read(_ source: TopicPartition, maxRecords: Int, maxBytes: Int) throws(EventLogError) -> RecordBatch {
        if cluster.random({ $0.happens(100) }),
            let owing = Thread.current.threadDictionary[Self.key] as? BuggyProducer
        {
            try? owing.settle()
        }
        return try base.read(source, maxRecords: maxRecords, maxBytes: maxBytes)
    }
    func wait(upTo duration: Duration) { base.wait(upTo: duration) }
    var wake: @Sendable () -> Void { base.wake }
}
