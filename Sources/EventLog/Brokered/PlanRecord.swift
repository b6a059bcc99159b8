import StreamCore

/// What the members of a group have agreed on: which partition of the tasks topic stands for which task.
struct PlanRecord: Codable, Sendable, Hashable {
    /// The version of this record's own form.
    var format = 1
    /// Grows with each change of the plan.
    var epoch: Int64
    /// Names this life of the application.
    var incarnation: String
    /// The plan's fingerprint.
    var fingerprint: String
    /// The task of each partition, by its printed form; nil where one was that is no more: numbers are never used twice.
    var tasks: [String?]

    /// The tasks that `partitions` of the tasks topic stand for.
    func tasks(of partitions: [Int32]) -> [TaskID] {
        partitions.compactMap { tasks.indices.contains(Int($0)) ? tasks[Int($0)].flatMap { TaskID($0) } : nil }
    }

    /// Whether it is the plan of `group`.
    func covers(_ group: GroupSpecification) -> Bool {
        fingerprint == group.fingerprint && Set(tasks.compactMap(\.self)) == Set(group.tasks.map(\.description))
    }

    /// The record after this one, for the plan of `group`: tasks that stay keep their partitions.
    func next(for group: GroupSpecification) -> PlanRecord {
        let wanted = Set(group.tasks.map(\.description))
        var next = self
        next.epoch += 1
        next.fingerprint = group.fingerprint
        next.tasks = tasks.map { task in task.flatMap { wanted.contains($0) ? $0 : nil } }
        let known = Set(next.tasks.compactMap(\.self))
        next.tasks += group.tasks.sorted().map(\.description).filter { !known.contains($0) }.map(Optional.some)
        return next
    }
}
