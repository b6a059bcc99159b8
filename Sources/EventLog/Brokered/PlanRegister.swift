import Foundation
import StreamCore

/// The plan record of a group, in the first partition of its tasks topic.
struct PlanRegister: Sendable {
    /// The tasks topic.
    let topic: String
    private let group: GroupSpecification
    private let cluster: any GroupCluster
    private static let key = Bytes("plan")

    init(_ group: GroupSpecification, _ cluster: any GroupCluster) {
        self.group = group
        self.cluster = cluster
        topic = group.tasksTopic
    }

    /// The plan that this member is to run by: the one that is there, or its own when it may write it.
    ///
    /// - Throws: ``EventLogError``: `incompatiblePlan` when members with another plan live.
    func settle() throws(EventLogError) -> PlanRecord {
        let known = try cluster.log.topic(topic) == nil ? nil : read()
        if let known, known.covers(group) {
            try cluster.prepareTasksTopic(topic, partitions: Int32(known.tasks.count))
            return known
        }
        if let known, try cluster.hasMembers(group: group.application) == true { throw foreign(known) }
        let none = PlanRecord(epoch: 0, incarnation: UUID().uuidString.lowercased(), fingerprint: "", tasks: [])
        let mine = (known ?? none).next(for: group)
        try cluster.prepareTasksTopic(topic, partitions: Int32(mine.tasks.count))
        try write(mine)
        // Another member may have written at the same time: the first of an epoch counts, for everybody.
        guard let agreed = try read() else {
            throw EventLogError(.other, "the plan of '\(group.application)' was written to '\(topic)' and is not there")
        }
        guard agreed.covers(group) else { throw foreign(agreed) }
        if agreed != mine { try write(agreed) }
        return agreed
    }

    /// Ends this life of the application: the next member to come begins another, under its own plan.
    ///
    /// Task numbers stay: they are never used twice.
    ///
    /// - Throws: ``EventLogError``.
    func renew() throws(EventLogError) {
        guard try cluster.log.topic(topic) != nil, var next = try read() else { return }
        next.epoch += 1
        next.incarnation = UUID().uuidString.lowercased()
        next.fingerprint = ""
        try write(next)
    }

    /// The plan that is in force; nil when there is none.
    ///
    /// - Throws: ``EventLogError``: `incompatibleVersion` when a later version of Tributary wrote it.
    func read() throws(EventLogError) -> PlanRecord? {
        try Self.read(topic, in: cluster.log, until: cluster.patience(.seconds(30)))
    }

    /// The plan that the tasks topic `topic` holds, nil when there is none; gives up when `isOver`.
    ///
    /// - Throws: ``EventLogError``: `incompatibleVersion` when a later version of Tributary wrote it.
    static func read(
        _ topic: String, in log: any EventLog, until isOver: () -> Bool
    ) throws(EventLogError) -> PlanRecord? {
        let place = TopicPartition(topic, 0)
        let offsets = try log.offsets(of: place, isolation: .committed)
        guard offsets.start < offsets.end else { return nil }
        let reader = try log.makeReader(isolation: .committed)
        try reader.open(place, at: offsets.start)
        defer { reader.close(place) }
        var best: PlanRecord?
        var position = offsets.start
        while position < offsets.end {
            let batch = try reader.read(place, maxRecords: 1_000, maxBytes: 1 << 20)
            for record in batch.records where record.key == key {
                guard let value = record.value else { continue }
                let plan = try decode(value, place, at: record.offset)
                if plan.epoch > (best?.epoch ?? -1) { best = plan }
            }
            position = batch.nextOffset
            guard !isOver() else {
                throw EventLogError(.unavailable, "the plan in '\(topic)' cannot be read", at: place)
            }
            if batch.records.isEmpty, position < offsets.end { reader.wait(upTo: .milliseconds(100)) }
        }
        return best
    }

    /// That the group runs `plan`, and this member another.
    func foreign(_ plan: PlanRecord?) -> EventLogError {
        EventLogError(
            .incompatiblePlan,
            """
            the members of '\(group.application)' run plan \(plan?.fingerprint ?? "none") and this one has \
            \(group.fingerprint): stop all instances of the other version before starting this one
            """)
    }

    private static func decode(
        _ value: Bytes, _ place: TopicPartition, at offset: Int64
    ) throws(EventLogError) -> PlanRecord {
        let plan: PlanRecord
        do {
            plan = try JSONDecoder().decode(PlanRecord.self, from: Data(value.array))
        } catch {
            throw EventLogError(
                .corrupt, "the record at offset \(offset) is no plan: somebody else writes to this topic", at: place)
        }
        guard plan.format == 1 else {
            throw EventLogError(
                .incompatibleVersion,
                "the plan in '\(place.topic)' has format \(plan.format), this version reads format 1: update it",
                at: place)
        }
        return plan
    }

    private func write(_ plan: PlanRecord) throws(EventLogError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let text: Data
        do { text = try encoder.encode(plan) } catch {
            throw EventLogError(.other, "the plan of '\(group.application)' cannot be written: \(error)")
        }
        var buffer = RecordBuffer()
        let topic = buffer.topicIndex(topic)
        buffer.append(topic: topic, timestamp: SystemWallClock().now()) { writer in
            writer.append(Self.key)
            writer.append(Array(text))
            return (0, Self.key.count, text.count)
        }
        try cluster.log.append(buffer)
    }
}
