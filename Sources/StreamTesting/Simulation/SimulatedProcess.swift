import EventLog
import Foundation
import Observability
import StreamCore
import Synchronization
import Topology

/// One process of a simulated application: a strand for the membership and one for each worker.
final class SimulatedProcess: Sendable {
    private struct State {
        var strands: [Strand] = []
        var isStopping = false
        /// Later than ``isStopping``: the membership may wait for what workers let go.
        var areWorkersStopping = false
        var isReady = false
        var working = 0
        var isRestorerStopping = false
        var isRestoring = false
        var failure: (any Error)?
        var instance: SteppedInstance?
    }

    let connection: SimulatedConnection
    private let state = Mutex(State())
    private let log: any EventLog
    private let topology: StreamTopology
    private let options: RuntimeOptions
    /// Whether restores have a strand of their own, as in a real instance; otherwise workers restore in their rounds.
    private let hasRestorer: Bool
    private let adjust: @Sendable (inout GroupSpecification) -> Void

    init(
        _ connection: SimulatedConnection, log: any EventLog, _ topology: StreamTopology, _ options: RuntimeOptions,
        hasRestorer: Bool, _ adjust: @escaping @Sendable (inout GroupSpecification) -> Void
    ) {
        self.connection = connection
        self.log = log
        self.topology = topology
        self.options = options
        self.hasRestorer = hasRestorer
        self.adjust = adjust
        add("\(connection.name)-member") { [weak self] in self?.live() }
    }

    var strands: [Strand] { state.withLock { $0.strands } }
    var isOver: Bool { strands.allSatisfy(\.isOver) }
    var failure: (any Error)? { state.withLock { $0.failure } }
    var isIdle: Bool { state.withLock { $0.instance }?.isIdle ?? false }

    /// Asks it to commit, checkpoint and leave.
    func stop() { state.withLock { $0.isStopping = true } }

    /// Ends it at once, wherever it is; its transaction and its membership stay at the brokers.
    ///
    /// - Returns: whether all its threads ended.
    func kill() -> Bool {
        connection.die()
        for _ in 0..<1_000 {
            for strand in strands { strand.run() }
            if isOver { return true }
        }
        return false
    }

    private func add(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let strand = Strand(name, clock: connection.cluster.clock, body)
        state.withLock { $0.strands.append(strand) }
    }

    private func pause(_ range: ClosedRange<Int>) {
        let duration = connection.cluster.random { $0.milliseconds(range) }
        connection.pause(duration)
    }

    private var journal: EventJournal {
        EventJournal { [connection] event in
            guard !connection.isDead else { return }
            let fields = event.fields.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
            connection.cluster.note("\(connection.name): \(event.message) \(fields)")
        }
    }

    // MARK: The member's strand

    private func live() {
        do {
            guard let instance = try start() else { return }
            state.withLock { state in
                state.instance = instance
                state.working = instance.workers
                state.isRestoring = hasRestorer
            }
            for number in 0..<instance.workers {
                add("\(connection.name)-worker-\(number)") { [weak self] in self?.work(instance, number) }
            }
            if hasRestorer { add("\(connection.name)-restorer") { [weak self] in self?.restore(instance) } }
            defer { end(instance) }
            try supervise(instance)
        } catch {
            note(error)
        }
    }

    private func note(_ error: any Error) {
        guard !connection.isDead else { return }
        connection.cluster.note("\(connection.name): ends, \(error)")
        state.withLock { $0.failure = $0.failure ?? error }
    }

    private func start() throws -> SteppedInstance? {
        while !connection.isDead, !state.withLock({ $0.isStopping }) {
            do {
                return try SteppedInstance(
                    topology, on: log, options: options, journal: journal, hasRestorer: hasRestorer, adjust)
            } catch let error as EventLogError where error.isRetriable {
                pause(50...200)
            }
        }
        return nil
    }

    private func supervise(_ instance: SteppedInstance) throws {
        let connection = connection
        let listener = instance.makeListener {
            connection.pause(.milliseconds(5))
            return !connection.isDead && instance.failure == nil
        }
        while !connection.isDead, !state.withLock({ $0.isStopping }) {
            do throws(EventLogError) {
                try instance.poll(listener)
            } catch {
                guard error.isRetriable else { throw error }
            }
            if let failure = instance.failure { throw failure }
            if connection.cluster.random({ $0.happens(30) }) {
                do { try instance.maintain() } catch {
                    connection.cluster.note("\(connection.name): no upkeep, \(error)")
                }
            }
            if connection.cluster.random({ $0.happens(20) }) {
                instance.placeStandbys(listener) { _ in connection.cluster.random { $0.happens(500) } }
            }
            pause(80...300)
        }
    }

    /// The workers end first, then the membership.
    private func end(_ instance: SteppedInstance) {
        state.withLock { $0.areWorkersStopping = true }
        while !connection.isDead, state.withLock({ $0.working }) > 0 { pause(1...10) }
        state.withLock { $0.isRestorerStopping = true }
        while !connection.isDead, state.withLock({ $0.isRestoring }) { pause(1...10) }
        instance.leave()
    }

    // MARK: A worker's strand

    private func work(_ instance: SteppedInstance, _ number: Int) {
        defer { state.withLock { $0.working -= 1 } }
        do {
            let worker = try instance.makeWorker(number)
            while !connection.isDead, !state.withLock({ $0.areWorkersStopping }) {
                let isBusy = worker.step()
                pause(isBusy ? 0...20 : 40...250)
            }
            worker.finish(committing: !connection.isDead)
        } catch {
            instance.fail(error)
        }
    }

    private func restore(_ instance: SteppedInstance) {
        defer { state.withLock { $0.isRestoring = false } }
        do {
            guard let restorer = try instance.makeRestorer() else { return }
            while !connection.isDead, !state.withLock({ $0.isRestorerStopping }) {
                let isBusy = restorer.step()
                pause(isBusy ? 0...20 : 20...150)
            }
            restorer.finish()
        } catch {
            instance.fail(error)
        }
    }
}
