import Console
import EventLog
import StreamCore
import Topology

/// What an application does now: instances, tasks, who has them, how far they are.
struct ApplicationDescription {
    private let application: KnownApplication
    private let invocation: Invocation
    private let log: any EventLog
    private let now: Timestamp

    init(_ application: KnownApplication, _ invocation: Invocation) throws {
        self.application = application
        self.invocation = invocation
        log = try LogOptions.open(invocation, mustExist: true)
        now = SystemWallClock().now()
    }

    func show() throws {
        let needed = try NeededTopics(application, log)
        let group = try members()
        let reports = try InstanceStatus.read(application.name, log)
        let tasks = try rows(needed, group, reports)
        let instances = reports.map { row($0, group) }
        var head: [JSONMember] = [
            JSONMember("application", .string(application.name)), JSONMember("state", .string(state(group, reports))),
            JSONMember("fingerprint", .string(application.plan.fingerprint)),
            JSONMember("lag", .integer(tasks.reduce(0) { $0 + ($1["lag"]?.integerValue ?? 0) })),
        ]
        if !needed.missingInputs.isEmpty {
            head.append(JSONMember("missingInputs", .array(needed.missingInputs.map { .string($0) })))
        }
        guard invocation.style.isTable else {
            let members = [JSONMember("instances", .array(instances)), JSONMember("tasks", .array(tasks))]
            return try invocation.show(.object(head + members))
        }
        try invocation.show(.object(head))
        try write(
            instances,
            [
                Column("instance"), Column("host"), Column("pid", .right), Column("tasks", .right), Column("state"),
                Column("ageSeconds", header: "SECONDS AGO", .right),
            ])
        try write(
            tasks,
            [
                Column("task"), Column("phase"), Column("remaining", header: "TO RESTORE", .right),
                Column("lag", .right), Column("instance"), Column("host"),
            ])
    }

    private func write(_ values: [JSONValue], _ columns: [Column]) throws {
        guard !values.isEmpty else { return }
        try invocation.output.write("\n")
        let rows = invocation.rows(columns)
        for value in values { try rows.write(value) }
        try rows.finish()
    }

    /// The living members; nil when the log does not tell.
    private func members() throws(EventLogError) -> [GroupDescription.Member]? {
        do {
            return try log.group(application.name)?.members ?? []
        } catch {
            guard error.code == .unsupported else { throw error }
            return nil
        }
    }

    private func state(_ group: [GroupDescription.Member]?, _ reports: [InstanceStatus]) -> String {
        if let group { return group.isEmpty ? "stopped" : "running" }
        return reports.contains { $0.isFresh(at: now) } ? "running" : "not known"
    }

    /// Whether the instance that said `report` still is there, as far as can be told.
    private func isAlive(_ report: InstanceStatus, _ group: [GroupDescription.Member]?) -> Bool {
        guard let group else { return report.isFresh(at: now) }
        // Brokers call members otherwise: there its age must do, and that somebody lives at all.
        return group.contains { $0.id == report.instance }
            || (log.namesMembersItself && report.isFresh(at: now) && !group.isEmpty)
    }

    private func row(_ report: InstanceStatus, _ group: [GroupDescription.Member]?) -> JSONValue {
        [
            "instance": .string(report.instance), "host": .string(report.host), "pid": .integer(Int64(report.pid)),
            "tasks": .integer(Int64(report.tasks.count)),
            "state": .string(isAlive(report, group) ? "running" : "gone"),
            "startedMs": .integer(report.started), "updatedMs": .integer(report.updated),
            "ageSeconds": .integer(max(0, now.milliseconds - report.updated) / 1_000),
            "fingerprint": .string(report.version),
        ]
    }

    private func rows(
        _ needed: NeededTopics, _ group: [GroupDescription.Member]?, _ reports: [InstanceStatus]
    ) throws -> [JSONValue] {
        let alive = reports.filter { isAlive($0, group) }
        let inputs = needed.tasks.flatMap(needed.inputs(of:)).filter { needed.exists($0.topic) }
        let positions = try log.committedPositions(group: application.name, inputs)
        return try needed.tasks.map { task in
            // Copies that others keep are not the task.
            func entry(_ report: InstanceStatus) -> InstanceStatus.Task? {
                report.tasks.first { $0.task == task.description && $0.phase != TaskStatus.Phase.standby.rawValue }
            }
            // The latest counts: a task that moved is in its former owner's report until that one's next.
            let holder = alive.filter { entry($0) != nil }.max { $0.updated < $1.updated }
            let said = holder.flatMap(entry)
            let member = group?.first { $0.tasks.contains(task) }
            var lag: Int64 = 0
            for input in needed.inputs(of: task) where needed.exists(input.topic) {
                let offsets = try log.offsets(of: input, isolation: .committed)
                lag += max(0, offsets.end - max(positions[input]?.offset ?? offsets.start, offsets.start))
            }
            let phase = said?.phase ?? (member == nil ? "unassigned" : "assigned")
            return [
                "task": .string(task.description), "phase": .string(phase),
                "remaining": said.map { .integer($0.remaining) } ?? .null, "lag": .integer(lag),
                "instance": (holder?.instance ?? member?.id).map { .string($0) } ?? .null,
                "host": (holder?.host ?? member?.host).map { .string($0) } ?? .null,
                "inputs": .array(needed.inputs(of: task).map { .string($0.description) }),
            ]
        }
    }
}

extension EventLog {
    /// Whether the log calls members otherwise than they do themselves, as brokers do.
    fileprivate var namesMembersItself: Bool { !(self is EmbeddedEventLog) }
}
