import StreamCore

/// What the ledger knows of one run of a handler: how far it has come in its journal.
final class StepRun {
    struct Slot {
        let index: Int32
        var entry: StepEntry
        var isVisited = false
    }

    /// Somebody who waits for the end of a question or a sleep.
    struct Waiter {
        let index: Int32
        let ticket: UInt64
        let receive: StepReceiver
    }

    let call: UInt64
    private var slots: [StepPlace: Slot] = [:]
    private var occurrences: [StepPlace: Int] = [:]
    /// Indices below ``next`` that have no entry: what a former run began and did not finish.
    private var gaps: [Int32]
    private var next: Int32
    /// How many entries this run has not asked for.
    private(set) var unvisited = 0
    /// Whether an entry is of another version of the handler.
    let isOfOtherVersion: Bool
    /// How many steps are begun and not finished.
    var active = 0
    /// The steps whose bodies run.
    var begun: [Int32: StepPlace] = [:]
    /// Whether it only waits, and its slot is given back.
    var isParked = false
    var waiters: [Waiter] = []
    /// Replies that wait for a slot.
    var ready: [(receive: StepReceiver, reply: StepReply)] = []

    /// A run over `entries`, which have the indices below `next`.
    init(call: UInt64, _ entries: [(index: Int32, entry: StepEntry)], next: Int32, version: String) {
        self.call = call
        self.next = next
        var isOther = false
        var known: Set<Int32> = []
        for (index, entry) in entries {
            slots[entry.place] = Slot(index: index, entry: entry)
            known.insert(index)
            if entry.version != version { isOther = true }
        }
        isOfOtherVersion = isOther
        unvisited = slots.count
        gaps = known.count == Int(next) ? [] : (0..<next).filter { !known.contains($0) }.reversed()
    }

    /// The place of the next thing of this name.
    func place(_ kind: StepEntry.Kind, _ name: String) -> StepPlace {
        let first = StepPlace(kind: kind, name: name, occurrence: 0)
        let occurrence = occurrences[first, default: 0]
        occurrences[first] = occurrence + 1
        return occurrence == 0 ? first : StepPlace(kind: kind, name: name, occurrence: occurrence)
    }

    /// The entry at `place`, which counts as visited from now on; nil when the journal has none.
    func visit(_ place: StepPlace) -> Slot? {
        guard var slot = slots[place] else { return nil }
        if !slot.isVisited {
            slot.isVisited = true
            slots[place] = slot
            unvisited -= 1
        }
        return slot
    }

    /// Whether something that the journal does not have may be new: after all that it has, or where a former run began
    /// something and did not finish it.
    var mayGoOn: Bool { unvisited == 0 || !gaps.isEmpty }

    /// The index of something new.
    func newIndex() -> Int32 {
        if let gap = gaps.popLast() { return gap }
        defer { next += 1 }
        return next
    }

    /// Notes what the journal has now at `index`.
    func note(_ index: Int32, _ entry: StepEntry) {
        slots[entry.place] = Slot(index: index, entry: entry, isVisited: slots[entry.place]?.isVisited ?? true)
    }
}
