package import EventLog
import Foundation
import StreamCore
package import Topology

/// Several processes of one application on simulated brokers, in one process of ours: what happens follows from a seed.
///
/// Processes crash, hang, stop, return; brokers lose answers, delay markers, expel members. A test says what goes in and
/// judges what came out.
package final class Simulation {
    /// What is to be simulated.
    package struct Settings: Sendable {
        /// How many processes there are.
        package var processes = 3
        /// How many workers each has.
        package var workers = 1
        /// How long things go wrong, in virtual time.
        package var turmoil = Duration.seconds(90)
        /// How long the application may take to finish after that.
        package var patience = Duration.minutes(20)
        /// Whether stores are on disk.
        package var isOnDisk = true
        /// Whether restores, and copies of others' stores, have a thread of their own.
        package var hasRestorer = true
        /// Of 1,000 steps, how many crash a process, stop one in good order, or freeze one.
        package var crashes = 4
        package var stops = 2
        package var freezes = 3

        /// The usual.
        package init() {}
    }

    /// The brokers.
    package let cluster: SimulatedCluster
    private let settings: Settings
    private let folder: String
    private let makeTopology: (SimulatedConnection) throws -> StreamTopology
    private let makeLog: (SimulatedConnection) -> any EventLog
    private var slots: [Slot] = []
    private var starts = 0
    private var steps = 0
    private var isCalm = false
    /// What went wrong that no fault explains.
    package private(set) var violations: [String] = []

    /// A place for a process: the machine it runs on.
    private struct Slot {
        let number: Int
        var process: SimulatedProcess?
        var frozenUntil = Timestamp(milliseconds: 0)
        var startsAt = Timestamp(milliseconds: 0)
        /// What remains on its disk.
        var name: String
        var isStatic: Bool
        var skew: Duration
    }

    /// A simulation of `seed`.
    ///
    /// - Parameters:
    ///   - seed: decides everything that is left to chance.
    ///   - settings: how much of everything.
    ///   - makeLog: the log of a process; a test may stand between.
    ///   - makeTopology: what a process runs; called at every start.
    package init(
        seed: UInt64, _ settings: Settings = Settings(),
        makeLog: @escaping (SimulatedConnection) -> any EventLog = { SimulatedEventLog($0) },
        makeTopology: @escaping (SimulatedConnection) throws -> StreamTopology
    ) {
        cluster = SimulatedCluster(seed: seed)
        self.settings = settings
        self.makeLog = makeLog
        self.makeTopology = makeTopology
        let root = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm/" : NSTemporaryDirectory()
        folder = "\(root)tributary-simulation-\(UUID().uuidString)"
        for number in 0..<settings.processes {
            let (isStatic, skew) = cluster.random { ($0.happens(150), $0.milliseconds(0...2_000)) }
            slots.append(
                Slot(number: number, name: "machine\(number)", isStatic: isStatic, skew: skew))
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Where the stores of the processes are, machine by machine; empty when they are in memory.
    package var stateDirectories: [String] { settings.isOnDisk ? slots.map { "\(folder)/\($0.name)" } : [] }

    /// Turmoil, then calm until `isDone` or patience is at an end; stops all processes in good order.
    ///
    /// - Parameters:
    ///   - always: called after every step; what it returns is a violation.
    ///   - isDone: called in the calm, now and then.
    /// - Returns: whether it was done in time and nothing was violated.
    /// - Throws: what `makeTopology` throws.
    package func run(always: () -> String? = { nil }, isDone: () -> Bool) throws -> Bool {
        let turmoilEnd = cluster.clock.now() + settings.turmoil
        while cluster.clock.now() < turmoilEnd, violations.isEmpty {
            try step()
            if let violation = always() { violations.append(violation) }
        }
        cluster.setFaults(.none)
        cluster.note("calm from here on")
        isCalm = true
        let end = cluster.clock.now() + settings.patience
        var isFinished = false
        while !isFinished, violations.isEmpty {
            try step()
            if let violation = always() { violations.append(violation) }
            if steps.isMultiple(of: 20) { isFinished = isDone() }
            if cluster.clock.now() >= end {
                violations.append("not done \(settings.patience) after the last fault: something is lost or stuck")
            }
        }
        stop(inOrder: violations.isEmpty)
        cluster.note("all stopped")
        return violations.isEmpty
    }

    private func stop(inOrder: Bool) {
        if inOrder {
            for slot in slots { slot.process?.stop() }
            let end = cluster.clock.now() + .minutes(5)
            while slots.contains(where: { $0.process?.isOver == false }), cluster.clock.now() < end { runSomething() }
            if slots.contains(where: { $0.process?.isOver == false }) {
                violations.append("a process that is stopped does not end within 5 minutes")
            }
        }
        for index in slots.indices {
            if slots[index].process?.kill() == false { violations.append("a process does not end") }
            slots[index].process = nil
        }
    }

    // MARK: Steps

    private func step() throws {
        steps += 1
        let now = cluster.clock.now()
        for index in slots.indices {
            if let process = slots[index].process, process.isOver { bury(index, process) }
            if slots[index].process == nil, now >= slots[index].startsAt { try start(index) }
            if slots[index].process != nil, now >= slots[index].frozenUntil { slots[index].process?.connection.beat() }
        }
        if !isCalm { disturb() }
        runSomething()
    }

    /// Runs one strand that may go on, and lets time pass: a little, or up to the next that can happen.
    private func runSomething() {
        let now = cluster.clock.now()
        var ready: [Strand] = []
        var next: [Timestamp] = []
        for slot in slots {
            guard let process = slot.process else {
                next.append(slot.startsAt)
                continue
            }
            for strand in process.strands where !strand.isOver {
                let moment = max(strand.wake, slot.frozenUntil)
                if moment <= now { ready.append(strand) } else { next.append(moment) }
            }
        }
        if ready.isEmpty {
            if let event = cluster.nextEvent { next.append(event) }
            // Never more than a heartbeat at once.
            let target = min(next.min() ?? now, now + .milliseconds(300))
            cluster.advance(to: max(target, now + .milliseconds(1)))
        } else {
            let (choice, passing) = cluster.random { ($0.below(ready.count), $0.milliseconds(0...2)) }
            ready[choice].run()
            cluster.advance(to: now + passing)
        }
    }

    private func start(_ index: Int) throws {
        starts += 1
        let slot = slots[index]
        let clock = SkewedClock(cluster.clock, by: slot.skew)
        let connection = SimulatedConnection(
            cluster, name: "p\(slot.number).\(starts)", clock: clock, pace: StrandPace())
        var options = RuntimeOptions(
            stateDirectory: settings.isOnDisk ? "\(folder)/\(slot.name)" : nil, workers: settings.workers)
        options.clock = clock
        options.stateMemory = 16 << 20
        options.commitInterval = cluster.random { $0.milliseconds(20...300) }
        options.checkpointInterval = cluster.random { $0.milliseconds(200...4_000) }
        options.checkpointChanges = 1 + cluster.random { $0.below(30) }
        cluster.note("\(connection.name) starts on \(slot.name)")
        let workers = settings.workers
        slots[index].process = SimulatedProcess(
            connection, log: makeLog(connection), try makeTopology(connection), options,
            hasRestorer: settings.hasRestorer
        ) { group in
            group.instance = slot.name
            group.formerCommitters = workers
            group.staticMember = slot.isStatic ? slot.name : nil
            group.sessionTimeout = .seconds(10)
            group.pollInterval = .seconds(25)
            group.transactionTimeout = .seconds(6)
        }
    }

    /// A process ended by itself: it starts again, as whoever watches over it would see to.
    private func bury(_ index: Int, _ process: SimulatedProcess) {
        if let failure = process.failure, !Self.isExpected(failure) {
            violations.append("\(process.connection.name) ended by \(failure)")
        }
        slots[index].process = nil
        slots[index].startsAt = cluster.clock.now() + cluster.random { $0.milliseconds(10...3_000) }
    }

    private static func isExpected(_ failure: any Error) -> Bool {
        guard let failure = failure as? EventLogError else { return false }
        return failure.isRetriable || failure.code == .fenced || failure.code == .outcomeUnknown
    }

    // MARK: Turmoil

    private func disturb() {
        let now = cluster.clock.now()
        let dice = cluster.random { $0.below(1_000) }
        let index = cluster.random { $0.below(slots.count) }
        guard let process = slots[index].process else { return }
        if dice < settings.crashes {
            crash(index, process)
        } else if dice < settings.crashes + settings.stops {
            cluster.note("\(process.connection.name) is stopped")
            process.stop()
        } else if dice < settings.crashes + settings.stops + settings.freezes {
            let duration = cluster.random {
                $0.happens(500) ? $0.milliseconds(100...3_000) : $0.milliseconds(5_000...25_000)
            }
            cluster.note("\(process.connection.name) freezes for \(duration.milliseconds) ms")
            slots[index].frozenUntil = now + duration
        }
    }

    private func crash(_ index: Int, _ process: SimulatedProcess) {
        cluster.note("\(process.connection.name) crashes")
        if !process.kill() { violations.append("\(process.connection.name) does not end when killed") }
        slots[index].process = nil
        slots[index].frozenUntil = cluster.clock.now()
        slots[index].startsAt = cluster.clock.now() + cluster.random { $0.milliseconds(10...15_000) }
        if cluster.random({ $0.happens(300) }) {
            // The machine is replaced: no disk, and another name for its transactions.
            try? FileManager.default.removeItem(atPath: "\(folder)/\(slots[index].name)")
            slots[index].name = "machine\(slots[index].number)-\(starts)"
            cluster.note("its disk is lost")
        }
    }
}

/// Pauses the strand that asks.
struct StrandPace: SimulatedPace {
    func pause(_ duration: Duration) { Strand.current?.pause(duration) }
}

/// A clock that is ahead of another.
struct SkewedClock: WallClock {
    private let clock: any WallClock
    private let skew: Duration

    init(_ clock: any WallClock, by skew: Duration) {
        self.clock = clock
        self.skew = skew
    }

    func now() -> Timestamp { clock.now() + skew }
}
