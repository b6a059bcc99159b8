import StreamCore

/// Which request may be called next, and which is overdue: the pure part of `ask`.
///
/// At most one request of a key is open at a time, the oldest first; different keys overtake each other.
struct AskQueue {
    /// Where a request stands.
    enum Phase: Equatable {
        /// In the journal, not committed.
        case journalled
        /// Committed; may be called when it is its key's first.
        case ready
        /// Waits for the commit of the mark that its call starts.
        case marking
        /// Waits for its next try.
        case pausing
        /// A call is under way.
        case calling
        /// A call is under way and waits for something outside: it holds no slot.
        case parked
        /// It waits for something outside, without a call.
        case suspended
    }

    /// A request.
    struct Item {
        let entry: AskEntry
        /// What decides which requests must follow each other; nil follows none.
        let line: Bytes?
        /// When its owner gives it up.
        var deadline: Timestamp
        var phase: Phase
        /// Whether it was found in the journal, so that a call of another process may have come before.
        var isResumed = false
        var attempts = 0
    }

    private(set) var items: [Int64: Item] = [:]
    private(set) var byteCount = 0
    private(set) var calling = 0
    private var lines: [Bytes: Line] = [:]
    private var uncommitted: [Int64] = []
    private var eligible = Heap<Int64>()
    private var pauses = Heap<Due>()
    private(set) var deadlines = Heap<Due>()

    /// The requests of one key, oldest first.
    private struct Line {
        var sequences: [Int64] = []
        var head = 0
        var first: Int64? { head < sequences.count ? sequences[head] : nil }

        mutating func removeFirst() {
            head += 1
            if head > 32, head * 2 > sequences.count {
                sequences.removeFirst(head)
                head = 0
            }
        }
    }

    var count: Int { items.count }

    /// Whether the first request of some line waits for nothing but a commit; may stay so until the next commit.
    private(set) var hasUncommittedHead = false

    /// Adds a request behind all others of its line.
    mutating func add(
        _ sequence: Int64, _ entry: AskEntry, line: Bytes?, deadline: Timestamp, isCommitted: Bool,
        isResumed: Bool = false
    ) {
        items[sequence] = Item(
            entry: entry, line: line, deadline: deadline, phase: isCommitted ? .ready : .journalled,
            isResumed: isResumed)
        byteCount += entry.byteCount
        if !isCommitted { uncommitted.append(sequence) }
        if let line {
            lines[line, default: Line()].sequences.append(sequence)
            guard lines[line]?.first == sequence else { return }
        }
        lead(sequence)
    }

    /// Notes that `sequence` is its line's first now.
    private mutating func lead(_ sequence: Int64) {
        guard let item = items[sequence] else { return }
        deadlines.insert(Due(moment: item.deadline, sequence: sequence))
        switch item.phase {
        case .ready: eligible.insert(sequence)
        case .journalled: hasUncommittedHead = true
        case .marking, .pausing, .calling, .parked, .suspended: break
        }
    }

    /// Notes that everything journalled so far is committed; returns the requests whose call mark is.
    mutating func commit() -> [Int64] {
        var marked: [Int64] = []
        for sequence in uncommitted {
            guard let item = items[sequence] else { continue }
            if item.phase == .marking {
                marked.append(sequence)
            } else if item.phase == .journalled {
                items[sequence]?.phase = .ready
                if isFirst(sequence, item) { eligible.insert(sequence) }
            }
        }
        uncommitted.removeAll(keepingCapacity: true)
        hasUncommittedHead = false
        return marked
    }

    private func isFirst(_ sequence: Int64, _ item: Item) -> Bool {
        guard let line = item.line else { return true }
        return lines[line]?.first == sequence
    }

    /// Takes the oldest request that may be called; nil when there is none.
    mutating func takeEligible() -> Int64? {
        while let sequence = eligible.removeFirst() {
            if let item = items[sequence], item.phase == .ready, isFirst(sequence, item) { return sequence }
        }
        return nil
    }

    /// Puts back what ``takeEligible()`` gave.
    mutating func putBack(_ sequence: Int64) { eligible.insert(sequence) }

    /// Notes that the call of `sequence` has begun; returns which try it is.
    mutating func begin(_ sequence: Int64) -> Int {
        calling += 1
        items[sequence]?.phase = .calling
        items[sequence]?.attempts += 1
        return items[sequence]?.attempts ?? 1
    }

    /// Notes that `sequence` waits for the commit of its mark, kept as `entry`.
    mutating func mark(_ sequence: Int64, _ entry: AskEntry) {
        guard let item = items[sequence] else { return }
        byteCount += entry.byteCount - item.entry.byteCount
        items[sequence] = Item(
            entry: entry, line: item.line, deadline: item.deadline, phase: .marking, isResumed: item.isResumed,
            attempts: item.attempts)
        uncommitted.append(sequence)
    }

    /// Notes that the call of `sequence` failed and is tried again at `moment`.
    mutating func pause(_ sequence: Int64, until moment: Timestamp) {
        if items[sequence]?.phase == .calling { calling -= 1 }
        items[sequence]?.phase = .pausing
        pauses.insert(Due(moment: moment, sequence: sequence))
    }

    /// Makes the requests whose pause is over eligible again.
    mutating func endPauses(now: Timestamp) {
        while let due = pauses.first, due.moment <= now {
            _ = pauses.removeFirst()
            guard items[due.sequence]?.phase == .pausing else { continue }
            items[due.sequence]?.phase = .ready
            eligible.insert(due.sequence)
        }
    }

    /// Takes a request whose deadline is over; nil when there is none.
    ///
    /// Only the first of each line, so that outcomes keep their order.
    mutating func takeOverdue(now: Timestamp) -> Int64? {
        while let due = deadlines.first, due.moment <= now {
            _ = deadlines.removeFirst()
            // It may be one that no commit holds yet: then entry, deletion and outcome are in one commit.
            guard let item = items[due.sequence], isFirst(due.sequence, item) else { continue }
            // Moved since it was noted.
            guard item.deadline <= now else {
                deadlines.insert(Due(moment: item.deadline, sequence: due.sequence))
                continue
            }
            return due.sequence
        }
        return nil
    }

    /// Gives `sequence` another deadline.
    mutating func move(_ sequence: Int64, to deadline: Timestamp) {
        guard let item = items[sequence], item.deadline != deadline else { return }
        items[sequence]?.deadline = deadline
        // The former one stays among the deadlines and is passed over.
        if deadline < item.deadline, isFirst(sequence, item) {
            deadlines.insert(Due(moment: deadline, sequence: sequence))
        }
    }

    /// Notes that the call of `sequence` only waits: its slot is free.
    mutating func park(_ sequence: Int64) {
        guard items[sequence]?.phase == .calling else { return }
        calling -= 1
        items[sequence]?.phase = .parked
    }

    /// Notes that the parked call of `sequence` goes on.
    mutating func unpark(_ sequence: Int64) {
        guard items[sequence]?.phase == .parked else { return }
        calling += 1
        items[sequence]?.phase = .calling
    }

    /// Notes that `sequence` waits without a call; the next one is the same try.
    mutating func suspend(_ sequence: Int64) {
        guard items[sequence]?.phase == .parked else { return }
        items[sequence]?.phase = .suspended
        items[sequence]?.attempts -= 1
    }

    /// Makes `sequence`, which waited without a call, eligible; returns whether it did wait so.
    mutating func wake(_ sequence: Int64) -> Bool {
        guard items[sequence]?.phase == .suspended else { return false }
        items[sequence]?.phase = .ready
        eligible.insert(sequence)
        return true
    }

    /// Ends a request; the next of its line may go on.
    mutating func remove(_ sequence: Int64) {
        guard let item = items.removeValue(forKey: sequence) else { return }
        byteCount -= item.entry.byteCount
        if item.phase == .calling { calling -= 1 }
        defer { forgetOldDeadlines() }
        guard let line = item.line, lines[line]?.first == sequence else { return }
        lines[line]?.removeFirst()
        // What was taken back while others of its line were before it is still in the line.
        while let next = lines[line]?.first, items[next] == nil { lines[line]?.removeFirst() }
        if let next = lines[line]?.first { lead(next) } else { lines[line] = nil }
    }

    /// Drops the deadlines of requests that have ended, when they are the most: a long timeout must not keep them all.
    private mutating func forgetOldDeadlines() {
        guard deadlines.count > 64 + 2 * items.count else { return }
        deadlines.removeAll { items[$0.sequence] == nil }
    }

    /// When something is due; nil when nothing is.
    var nextDue: Timestamp? {
        switch (pauses.first?.moment, deadlines.first?.moment) {
        case (let pause?, let deadline?): min(pause, deadline)
        case (let pause, let deadline): pause ?? deadline
        }
    }
}
