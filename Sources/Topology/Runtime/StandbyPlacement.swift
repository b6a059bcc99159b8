import StreamCore

/// Which instances keep warm copies of which tasks: by rendezvous hashing, so that every member finds the same answer by
/// itself and few copies move when members come and go.
struct StandbyPlacement {
    /// The members and what they hold.
    let roster: [String: [TaskID]]
    /// How many copies each task has.
    let replicas: Int

    /// Those of `tasks` that `member` keeps a copy of.
    func standbys(of member: String, among tasks: [TaskID]) -> [TaskID] {
        guard replicas > 0, roster[member] != nil else { return [] }
        var owners: [TaskID: String] = [:]
        for (owner, held) in roster { for task in held { owners[task] = owner } }
        return tasks.filter { task in
            guard owners[task] != member else { return false }
            let mine = (Self.weight(task, member), member)
            let others = roster.keys.filter { $0 != member && $0 != owners[task] }
            return others.count { (Self.weight(task, $0), $0) > mine } < replicas
        }
    }

    /// How much `member` is wanted for `task`: FNV-1a, then the finish of MurmurHash3, whose bits all matter.
    private static func weight(_ task: TaskID, _ member: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(task)/\(member)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ (hash >> 33)) &* 0xff51_afd7_ed55_8ccd
        hash = (hash ^ (hash >> 33)) &* 0xc4ce_b9fe_1a85_ec53
        return hash ^ (hash >> 33)
    }
}
