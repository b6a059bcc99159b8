package import StreamCore
import Synchronization

/// Lets others run while a call of a simulated instance hangs.
package protocol SimulatedPace: Sendable {
    /// Returns when at least `duration` has passed, or the instance is dead.
    func pause(_ duration: Duration)
}

/// What one simulated process has to do with the brokers: the network, and whether it lives.
package final class SimulatedConnection: Sendable {
    package let cluster: SimulatedCluster
    /// Names the process, differently at every start.
    package let name: String
    /// The time of day in this process.
    package let clock: any WallClock
    private let pace: any SimulatedPace
    private let dead = Mutex(false)
    private let memberships = Mutex<[SimulatedMembership]>([])

    /// The connection of process `name`.
    package init(_ cluster: SimulatedCluster, name: String, clock: any WallClock, pace: any SimulatedPace) {
        self.cluster = cluster
        self.name = name
        self.clock = clock
        self.pace = pace
    }

    /// Whether the process is dead: every call fails, nothing of it reaches the brokers.
    package var isDead: Bool { dead.withLock { $0 } }

    /// Ends the process; its transaction and its membership stay behind.
    package func die() { dead.withLock { $0 = true } }

    /// What clients do in the background: signs of life, joining again, finding out that they were expelled.
    package func beat() {
        guard !isDead else { return }
        for membership in memberships.withLock({ $0 }) { membership.beat() }
    }

    /// Lets others run for `duration`.
    package func pause(_ duration: Duration) { if !isDead { pace.pause(duration) } }

    func add(_ membership: SimulatedMembership) { memberships.withLock { $0.append(membership) } }
    func remove(_ membership: SimulatedMembership) { memberships.withLock { $0.removeAll { $0 === membership } } }

    /// A call that has no answer, whether it took effect or not.
    struct Trouble: Error {
        /// Whether that is because the process is dead.
        let isDeath: Bool

        var error: EventLogError {
            isDeath
                ? EventLogError(.closed, "the process is dead")
                : EventLogError(.unavailable, "no answer from the simulated brokers")
        }
    }

    /// One request to the brokers and its answer, with all that may happen on the way.
    func exchange<Result>(
        _ what: String, hanging: Int? = nil, _ effect: (inout SimulatedCluster.State, Timestamp) -> Result
    ) throws(Trouble) -> Result {
        if isDead { throw Trouble(isDeath: true) }
        let before = plan(what, hanging)
        if let delay = before.delay { pause(delay) }
        if isDead { throw Trouble(isDeath: true) }
        if before.isRefused { throw Trouble(isDeath: false) }
        let now = cluster.clock.now()
        let result = cluster.state.withLock { effect(&$0, now) }
        let after = plan(what, hanging)
        if let delay = after.delay { pause(delay) }
        if isDead { throw Trouble(isDeath: true) }
        if after.isUnanswered { throw Trouble(isDeath: false) }
        return result
    }

    private func plan(_ what: String, _ hanging: Int?) -> (delay: Duration?, isRefused: Bool, isUnanswered: Bool) {
        cluster.state.withLock { state in
            let faults = state.faults
            var delay: Duration?
            if state.random.happens(hanging ?? faults.hanging) {
                delay = state.random.milliseconds(500...20_000)
                state.note("\(name): \(what) hangs for \(delay?.milliseconds ?? 0) ms")
            } else if state.random.happens(hanging == nil ? faults.slow : 2 * faults.slow) {
                delay = state.random.milliseconds(0...30)
            }
            return (delay, state.random.happens(faults.refused), state.random.happens(faults.unanswered))
        }
    }
}

extension SimulatedConnection {
    /// Whether the brokers see this process as the present owner of partition `task` of the tasks topic, and it knows.
    package func owns(task: Int32) -> Bool {
        !isDead && memberships.withLock { $0 }.contains { $0.isCurrent(task) }
    }
}
