import EventLog
import Observability
import StateStores
import StreamCore
import Synchronization

/// Takes tasks over and restores them, for all workers of an instance, off the threads that process records.
///
/// Deterministic: ``step()`` does one bounded round over all tasks it has.
final class Restorer {
    let shared: RestorerShared
    private let plan: ExecutionPlan
    private let log: any EventLog
    private let member: any GroupMember
    private let reader: any LogReader
    private let options: RuntimeOptions
    private let journal: EventJournal
    private let starts: InputStarts
    private let standbys: StandbyTasks
    private var entries: [Entry] = []
    private var outage = OutageNote()

    /// So many tasks gather entries in memory in one round; the others wait for their turn.
    private static let widest = 4
    /// How soon a take-over is tried again while the former owner's transaction is open.
    private static let busyPause = Duration.milliseconds(50)
    private static let outagePause = Duration.milliseconds(500)

    private final class Entry {
        let task: RestoringTask
        let since: Timestamp
        var needs: TaskNeeds?
        var takeover: Takeover?
        var restore: TaskRestore?
        var notBefore: Timestamp
        /// Since when the take-over was told to wait.
        var busySince: Timestamp?
        var hasToldBusy = false

        init(_ task: RestoringTask, _ now: Timestamp) {
            self.task = task
            since = now
            notBefore = now
        }
    }

    init(
        _ shared: RestorerShared, plan: ExecutionPlan, log: any EventLog, member: any GroupMember,
        options: RuntimeOptions, environment: TaskEnvironment, starts: InputStarts, journal: EventJournal
    ) throws {
        self.shared = shared
        self.plan = plan
        self.log = log
        self.member = member
        self.options = options
        self.starts = starts
        self.journal = journal
        standbys = StandbyTasks(plan: plan, log: log, options: options, environment: environment, journal: journal)
        reader = try log.makeReader(isolation: .committed)
        shared.setWake(reader.wake)
    }

    /// Rounds until a stop is asked for; waits for the reader when there is nothing to do.
    func run() {
        while !shared.isStopping {
            if !step() { reader.wait(upTo: pause()) }
        }
        for entry in entries { drop(entry) }
        entries.removeAll()
        standbys.endAll(reader)
        shared.report([])
    }

    /// One round; returns whether anything was done.
    @discardableResult
    func step() -> Bool {
        let now = options.clock.now()
        standbys.place(shared.wantedStandbys(), reader)
        for task in shared.takeTasks() {
            // What follows the changelog here lets go of the stores; the restore then lacks only the rest.
            standbys.end(task.id, reader)
            entries.append(Entry(task, now))
        }
        for entry in entries where entry.task.isOver { drop(entry) }
        entries.removeAll { $0.task.isOver }
        let tookOver = takeOver(now)
        let restored = restore(now)
        entries.removeAll { if case .failed = $0.task.progress { true } else { $0.task.isOver } }
        entries.removeAll { if case .ready = $0.task.progress { true } else { false } }
        // Copies have time when nobody waits for a restore.
        let followed = !tookOver && !restored && standbys.step(reader, now)
        shared.report(standbys.status)
        return tookOver || restored || followed
    }

    /// How long nothing can be due.
    private func pause() -> Duration {
        let now = options.clock.now()
        let due = entries.map { max(now, $0.notBefore) }.filter { $0 > now }.min() ?? now + .milliseconds(100)
        return min(.milliseconds(100), max(.milliseconds(1), due - now))
    }

    private func drop(_ entry: Entry) { entry.restore?.abandon(reader) }
}

// MARK: - Take-over

extension Restorer {
    private func takeOver(_ now: Timestamp) -> Bool {
        var isAny = false
        for entry in entries where entry.restore == nil && now >= entry.notBefore {
            do {
                isAny = true
                try takeOver(entry, now)
            } catch let error as EventLogError where error.code == .busy {
                wait(entry, error, now)
                // Asking may itself have waited; others are probably told the same, and restores are to go on.
                break
            } catch {
                failed(entry, error, now)
            }
        }
        return isAny
    }

    private func takeOver(_ entry: Entry, _ now: Timestamp) throws {
        let task = entry.task
        if entry.needs == nil {
            guard let needs = try task.open(of: plan) else { return }
            entry.needs = needs
        }
        guard let needs = entry.needs else { return }
        let takeover: Takeover
        if let known = entry.takeover {
            takeover = known
        } else {
            takeover = try member.takeOver(
                task.id, inputs: needs.inputs, changelogs: needs.stores.map(\.changelog))
            entry.takeover = takeover
            entry.busySince = nil
        }
        task.use { $0.resume(takeover) }
        let oldest = options.tombstoneRetention.map { now - $0 / 2 }
        let restore = try TaskRestore(task, needs, takeover, log: log, oldest: oldest) { note in
            journal.warning(note, ["task": "\(task.id)"])
        }
        entry.restore = restore
        task.report(remaining: restore.remaining)
        if restore.remaining > 0 {
            journal.info("restoring", ["task": "\(task.id)", "entries": "\(restore.remaining)"])
        }
    }

    /// The former owner's last transaction is open: that is no failure, it ends or is ended.
    private func wait(_ entry: Entry, _ error: EventLogError, _ now: Timestamp) {
        let since = entry.busySince ?? now
        entry.busySince = since
        entry.notBefore = now + Self.busyPause
        guard now - since >= .seconds(5), !entry.hasToldBusy else { return }
        entry.hasToldBusy = true
        journal.warning("take-over waits", ["task": "\(entry.task.id)", "reason": "\(error)"])
    }
}

// MARK: - Restore

extension Restorer {
    /// A step for the tasks with the least to do: they run soonest, and memory stays bounded.
    private func restore(_ now: Timestamp) -> Bool {
        let open = entries.filter { $0.restore != nil && now >= $0.notBefore && !$0.task.isOver }
        var moved = 0
        for entry in open.sorted(by: { ($0.restore?.remaining ?? 0) < ($1.restore?.remaining ?? 0) }) {
            guard moved < Self.widest else { break }
            do {
                if try restore(entry, now) { moved += 1 }
            } catch {
                failed(entry, error, now)
            }
        }
        return moved > 0
    }

    private func restore(_ entry: Entry, _ now: Timestamp) throws -> Bool {
        guard let restore = entry.restore, let needs = entry.needs, let takeover = entry.takeover else { return false }
        switch try restore.step(reader, limit: 10_000) {
        case .nothing: return false
        case .moved: entry.task.report(remaining: restore.remaining)
        case .done:
            let found = try starts.find(needs.inputs, takeover.positions, hasState: restore.hasState)
            entry.task.use { task in
                for input in task.inputs { if let start = found[input.source] { input.start(at: start) } }
            }
            tell(entry, restore)
            entry.task.finish()
        }
        outage.end()
        return true
    }

    private func tell(_ entry: Entry, _ restore: TaskRestore) {
        guard restore.applied > 0 else { return }
        entry.task.count(restore.applied, as: "records_restored")
        let spent = max(1, (options.clock.now() - entry.since).milliseconds)
        journal.info(
            "restored",
            [
                "task": "\(entry.task.id)", "entries": "\(restore.applied)", "milliseconds": "\(spent)",
                "per-second": "\(Int64(restore.applied) * 1_000 / spent)",
            ])
    }

    /// What time mends is waited for, here; anything else is the worker's to judge.
    private func failed(_ entry: Entry, _ error: any Error, _ now: Timestamp) {
        guard case .outage = FailureClass(error) else {
            drop(entry)
            return entry.task.fail(error)
        }
        entry.notBefore = now + Self.outagePause
        if outage.isWorthTelling(at: now) {
            journal.warning("restore waits for the log", ["task": "\(entry.task.id)", "error": "\(error)"])
        }
    }
}
