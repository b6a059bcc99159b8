import StreamCore

/// An application's members and tasks as the tables and the lock files have them at one moment.
struct MemberRoll {
    /// The members whose process lives.
    let living: [MemberRow]
    /// The members whose process is gone.
    let dead: [MemberRow]
    /// How the living share the tasks.
    let sharing: TaskSharing
    /// Changes whenever members or owners do.
    let generation: Int64

    /// Reads the roll for `member` of `group`, asking `probes` who lives; in a transaction of the caller's.
    static func read(
        _ group: GroupSpecification, member: String, probes: inout MemberProbes, in database: Database
    ) throws(EventLogError) -> MemberRoll {
        var living: [MemberRow] = []
        var dead: [MemberRow] = []
        for row in try MemberRow.all(of: group.application, in: database) {
            let isAlive = row.id == member ? true : try probes.isAlive(row.id)
            if isAlive { living.append(row) } else { dead.append(row) }
        }
        let names = Set(living.map(\.id))
        var owners = Dictionary(group.tasks.map { ($0, String?.none) }) { first, _ in first }
        let rows = try database.rows(
            "SELECT task, member FROM task_owner WHERE application = ? AND member IS NOT NULL",
            .text(group.application)
        ) { (TaskID($0.text(0)), $0.text(1)) }
        for case (let task?, let owner) in rows where owners[task] != nil && names.contains(owner) {
            owners[task] = .some(owner)
        }
        let sharing = TaskSharing(me: member, members: living.map(\.id), owners: owners)
        return MemberRoll(
            living: living, dead: dead, sharing: sharing,
            generation: try generation(of: group.application, in: database))
    }

    /// A number that changes whenever the application's members or owners do; -1 when there is no such application.
    static func generation(of application: String, in database: Database) throws(EventLogError) -> Int64 {
        try database.first("SELECT generation FROM application WHERE name = ?", .text(application)) { $0.integer(0) }
            ?? -1
    }

    /// Says that members or owners have changed.
    static func advance(_ application: String, in database: Database) throws(EventLogError) {
        try database.run("UPDATE application SET generation = generation + 1 WHERE name = ?", .text(application))
    }
}

/// The lock files of the other members, kept open so that asking costs one system call each.
struct MemberProbes: Sendable {
    private let folder: LogFolder
    private var probes: [String: LockProbe] = [:]

    /// No probes yet for the members in `folder`.
    init(_ folder: LogFolder) { self.folder = folder }

    /// Whether the process of `member` lives.
    mutating func isAlive(_ member: String) throws(EventLogError) -> Bool {
        let probe = if let known = probes[member] { known } else { try LockProbe(folder.lock(of: member)) }
        probes[member] = probe
        return try probe.isHeld
    }

    /// Keeps only the probes of `members`.
    mutating func keep(_ members: [String]) {
        let members = Set(members)
        probes = probes.filter { members.contains($0.key) }
    }

    /// Whether all probed members live.
    var allAlive: Bool {
        get throws(EventLogError) {
            for probe in probes.values where try !probe.isHeld { return false }
            return true
        }
    }
}
