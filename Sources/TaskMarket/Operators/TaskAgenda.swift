import StreamCore

/// When which task has something to do: the earliest first, entries that no longer hold left in until their time.
struct TaskAgenda {
    private struct Entry {
        let due: Timestamp
        let task: String
    }

    private var entries: [Entry] = []
    /// What is meant for each task; entries that differ are old ones.
    private var dues: [String: Timestamp] = [:]

    /// When the first is due; may be earlier than anything that is still meant.
    var nextDue: Timestamp? { entries.first?.due }

    /// Sets, or takes away, when `task` is due.
    mutating func set(_ task: String, due: Timestamp?) {
        guard dues[task] != due else { return }
        dues[task] = due
        guard let due else { return }
        entries.append(Entry(due: due, task: task))
        var child = entries.count - 1
        while child > 0, entries[child].due < entries[(child - 1) / 2].due {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes out a task that is due at `now`; nil when none is.
    mutating func popDue(at now: Timestamp) -> String? {
        while let first = entries.first, first.due <= now {
            removeFirst()
            guard dues[first.task] == first.due else { continue }
            dues[first.task] = nil
            return first.task
        }
        return nil
    }

    private mutating func removeFirst() {
        let last = entries.removeLast()
        guard !entries.isEmpty else { return }
        entries[0] = last
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < entries.count else { return }
            let right = left + 1
            let least = right < entries.count && entries[right].due < entries[left].due ? right : left
            guard entries[least].due < entries[parent].due else { return }
            entries.swapAt(least, parent)
            parent = least
        }
    }
}
