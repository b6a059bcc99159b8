import EventLog
import Observability
import StateStores
import StreamCore

/// Decides now and then which tasks this instance is to keep copies of.
struct StandbyKeeper {
    private let tasks: [TaskID]
    private let replicas: Int
    private let identity: InstanceIdentity
    private let journal: EventJournal
    private var lookedAt: Timestamp?
    private var note = OutageNote()
    private var hasToldShared = false

    private static let interval = Duration.seconds(10)

    init(_ plan: ExecutionPlan, _ options: RuntimeOptions, _ identity: InstanceIdentity, _ journal: EventJournal) {
        // Copies live on disk: what is in memory would be lost when its task is taken over.
        replicas = options.stateDirectory == nil ? 0 : options.standbyReplicas
        self.identity = identity
        self.journal = journal
        let stateful = plan.topology.subtopologies.filter { subtopology in
            subtopology.stores.contains { $0.specification.isLogged && $0.specification.isPersistent }
        }
        tasks = plan.tasks.filter { task in stateful.contains { $0.number == task.subtopology } }
    }

    /// Looks at the group when it is time to, and tells `crew`.
    mutating func keep(_ crew: Crew, _ member: any GroupMember, _ now: Timestamp) {
        guard replicas > 0, !tasks.isEmpty else { return }
        if let lookedAt, now >= lookedAt, now - lookedAt < Self.interval { return }
        lookedAt = now
        guard identity.isAlone else {
            if !hasToldShared { journal.warning("instances share a state folder: none of them keeps standbys") }
            hasToldShared = true
            return crew.place(standbys: [])
        }
        do {
            guard let roster = try member.roster() else { return }
            let placement = StandbyPlacement(roster: roster, replicas: replicas)
            crew.place(standbys: placement.standbys(of: member.rosterName, among: tasks))
        } catch {
            guard note.isWorthTelling(at: now) else { return }
            journal.warning("the members cannot be asked for", ["error": "\(error)"])
        }
    }
}
