import EventLog
import Observability
import StateStores
import StreamCore

/// The copies that an instance keeps of others' tasks; its restorer drives them.
final class StandbyTasks {
    private let plan: ExecutionPlan
    private let log: any EventLog
    private let options: RuntimeOptions
    private let environment: TaskEnvironment
    private let journal: EventJournal
    private var wanted: Set<TaskID> = []
    private var open: [TaskID: StandbyTask] = [:]
    /// When those that failed are tried again.
    private var notBefore: [TaskID: Timestamp] = [:]
    private var note = OutageNote()

    init(
        plan: ExecutionPlan, log: any EventLog, options: RuntimeOptions, environment: TaskEnvironment,
        journal: EventJournal
    ) {
        self.plan = plan
        self.log = log
        self.options = options
        self.environment = environment
        self.journal = journal
    }

    var status: [TaskStatus] {
        open.map { TaskStatus(task: $0.key, phase: .standby, remaining: $0.value.remaining) }
    }

    /// Takes note of what is wanted now; nil is no news.
    func place(_ standbys: Set<TaskID>?, _ reader: any LogReader) {
        guard let standbys, standbys != wanted else { return }
        wanted = standbys
        for task in Set(open.keys).subtracting(standbys) { open.removeValue(forKey: task)?.end(reader) }
        notBefore = notBefore.filter { standbys.contains($0.key) }
        journal.info("standbys", ["tasks": standbys.sorted().map(\.description).joined(separator: ",")])
    }

    /// Lets go of `task`, which this instance is to run itself.
    func end(_ task: TaskID, _ reader: any LogReader) {
        wanted.remove(task)
        open.removeValue(forKey: task)?.end(reader)
    }

    func endAll(_ reader: any LogReader) {
        for standby in open.values { standby.end(reader) }
        open.removeAll()
        wanted.removeAll()
    }

    /// A round over all copies; returns whether anything was done.
    func step(_ reader: any LogReader, _ now: Timestamp) -> Bool {
        var moved = false
        for task in wanted.sorted() where now >= notBefore[task] ?? .unknown {
            do {
                if try step(task, reader, now) { moved = true }
            } catch {
                failed(task, error, reader, now)
            }
        }
        return moved
    }

    private func step(_ id: TaskID, _ reader: any LogReader, _ now: Timestamp) throws -> Bool {
        if let standby = open[id] {
            return try standby.step(reader, limit: 5_000, now: now, saveInterval: options.checkpointInterval)
        }
        let oldest = options.tombstoneRetention.map { now - $0 / 2 }
        open[id] = try StandbyTask(
            RestoringTask(id, in: environment), of: plan, log: log, now: now, oldest: oldest
        ) { note in journal.warning(note, ["standby": "\(id)"]) }
        return true
    }

    /// A copy that fails is begun again after a while: nothing depends on it.
    private func failed(_ id: TaskID, _ error: any Error, _ reader: any LogReader, _ now: Timestamp) {
        if FailureClass(error) == .outage {
            open[id]?.rewind(reader)
            notBefore[id] = now + .seconds(2)
        } else {
            open.removeValue(forKey: id)?.end(reader)
            notBefore[id] = now + .seconds(30)
        }
        if note.isWorthTelling(at: now) {
            journal.warning("standby failed and is tried again", ["task": "\(id)", "error": "\(error)"])
        }
        guard FailureClass(error) == .rebuild, let root = environment.stateDirectory else { return }
        do {
            try TaskStores.destroy(directory: "\(root)/\(plan.topology.name)/\(id)")
        } catch {
            journal.warning("a damaged standby cannot be removed", ["task": "\(id)", "error": "\(error)"])
        }
    }
}
