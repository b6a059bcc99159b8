import StreamCore
import Testing

@testable import AgentOperators

private func at(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

@Suite("AskQueue")
struct AskQueueTests {
    private func add(
        _ queue: inout AskQueue, _ sequence: Int64, _ line: Bytes?, deadline: Int64 = 100, committed: Bool = true
    ) {
        queue.add(sequence, AskEntryTests.entry(key: line), line: line, deadline: at(deadline), isCommitted: committed)
    }

    private func takeAll(_ queue: inout AskQueue) -> [Int64] {
        var taken: [Int64] = []
        while let sequence = queue.takeEligible() {
            taken.append(sequence)
            _ = queue.begin(sequence)
        }
        return taken
    }

    @Test func `gives the first of each line, oldest first, and all without a line`() {
        var queue = AskQueue()
        for (sequence, line) in [(0, "a"), (1, "a"), (2, "b"), (3, nil), (4, nil)] as [(Int64, Bytes?)] {
            add(&queue, sequence, line)
        }
        #expect(takeAll(&queue) == [0, 2, 3, 4])
        queue.remove(0)
        #expect(takeAll(&queue) == [1])
    }

    @Test func `nothing is eligible before its commit`() {
        var queue = AskQueue()
        add(&queue, 0, "a", committed: false)
        #expect(queue.hasUncommittedHead)
        #expect(queue.takeEligible() == nil)
        #expect(queue.commit().isEmpty)
        #expect(!queue.hasUncommittedHead)
        #expect(queue.takeEligible() == 0)
    }

    @Test func `a line goes on to a request that is not committed only after its commit`() {
        var queue = AskQueue()
        add(&queue, 0, "a")
        #expect(takeAll(&queue) == [0])
        add(&queue, 1, "a", committed: false)
        #expect(!queue.hasUncommittedHead)
        queue.remove(0)
        #expect(queue.hasUncommittedHead)
        #expect(queue.takeEligible() == nil)
        _ = queue.commit()
        #expect(queue.takeEligible() == 1)
    }

    @Test func `a mark is told once, after its commit, and not when the request has ended`() {
        var queue = AskQueue()
        for sequence in [0, 1] as [Int64] {
            add(&queue, sequence, nil)
            #expect(queue.takeEligible() == sequence)
            queue.mark(sequence, AskEntryTests.entry(startedBy: "one"))
        }
        queue.remove(1)
        #expect(queue.commit() == [0])
        #expect(queue.commit().isEmpty)
    }

    @Test func `only firsts of lines are overdue, so order is kept when a later one is due earlier`() {
        var queue = AskQueue()
        add(&queue, 0, "a", deadline: 50)
        add(&queue, 1, "a", deadline: 10)
        #expect(queue.nextDue == at(50))
        #expect(queue.takeOverdue(now: at(49)) == nil)
        #expect(queue.takeOverdue(now: at(50)) == 0)
        queue.remove(0)
        #expect(queue.takeOverdue(now: at(50)) == 1)
        queue.remove(1)
        #expect(queue.takeOverdue(now: at(99)) == nil)
        #expect(queue.nextDue == nil)
    }

    @Test func `a pause frees its slot and ends at its moment`() {
        var queue = AskQueue()
        add(&queue, 0, "a")
        #expect(takeAll(&queue) == [0])
        queue.pause(0, until: at(20))
        #expect(queue.calling == 0)
        #expect(queue.nextDue == at(20))
        queue.endPauses(now: at(19))
        #expect(queue.takeEligible() == nil)
        queue.endPauses(now: at(20))
        #expect(queue.takeEligible() == 0)
        #expect(queue.begin(0) == 2)
    }

    @Test func `what has ended keeps no deadline`() {
        var queue = AskQueue()
        for sequence in 0..<10_000 as Range<Int64> {
            add(&queue, sequence, "a", deadline: .max)
            queue.remove(sequence)
        }
        #expect(queue.deadlines.count < 100)
        #expect(queue.byteCount == 0)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `keeps its promises whatever happens`(seed: UInt64) {
        var model = QueueModel(seed: seed)
        for _ in 0..<2_000 { model.step() }
        model.finish()
        #expect(model.mistakes.isEmpty, "seed \(seed): \(model.mistakes.prefix(3))")
    }
}

/// Drives a queue at random beside what must hold: one open request a line, order in each line, nothing lost.
private struct QueueModel {
    private var random: SeededRandom
    private var queue = AskQueue()
    private var now: Int64 = 0
    private var next: Int64 = 0
    private var waiting: [Bytes: [Int64]] = [:]
    private var lineOf: [Int64: Bytes?] = [:]
    private var open: Set<Int64> = []
    private var marked: Set<Int64> = []
    private var ended: Set<Int64> = []
    private(set) var mistakes: [String] = []

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    mutating func step() {
        switch Int.random(in: 0..<10, using: &random) {
        case 0...2: add()
        case 3: commit()
        case 4...5: start()
        case 6: open.randomElement(using: &random).map { end($0) }
        case 7: pause()
        case 8: queue.endPauses(now: at(now))
        default:
            now += Int64.random(in: 0..<10, using: &random)
            expire()
        }
        if queue.calling != open.count { mistakes.append("calling is \(queue.calling), not \(open.count)") }
        if queue.count != Int(next) - ended.count { mistakes.append("count is \(queue.count)") }
    }

    private mutating func add() {
        let line: Bytes? =
            Int.random(in: 0..<6, using: &random) == 0 ? nil : ["a", "b", "c"].randomElement(using: &random)
        let deadline = now + Int64.random(in: 1..<200, using: &random)
        queue.add(
            next, AskEntryTests.entry(key: line), line: line, deadline: at(deadline),
            isCommitted: Bool.random(using: &random))
        if let line { waiting[line, default: []].append(next) }
        lineOf[next] = line
        next += 1
    }

    private mutating func commit() {
        for sequence in queue.commit() {
            if marked.remove(sequence) == nil { mistakes.append("\(sequence) was not marked") }
            begin(sequence)
        }
        if !marked.isEmpty { mistakes.append("marks are lost: \(marked)") }
    }

    private mutating func start() {
        guard let sequence = queue.takeEligible() else { return }
        check(sequence, "starts")
        switch Int.random(in: 0..<4, using: &random) {
        case 0: queue.putBack(sequence)
        case 1:
            queue.mark(sequence, AskEntryTests.entry(startedBy: "one"))
            marked.insert(sequence)
        default: begin(sequence)
        }
    }

    private mutating func begin(_ sequence: Int64) {
        _ = queue.begin(sequence)
        open.insert(sequence)
    }

    private mutating func pause() {
        guard let sequence = open.randomElement(using: &random) else { return }
        open.remove(sequence)
        queue.pause(sequence, until: at(now + Int64.random(in: 0..<20, using: &random)))
    }

    private mutating func expire() {
        while let sequence = queue.takeOverdue(now: at(now)) { end(sequence) }
    }

    private mutating func end(_ sequence: Int64) {
        check(sequence, "ends")
        queue.remove(sequence)
        open.remove(sequence)
        marked.remove(sequence)
        if !ended.insert(sequence).inserted { mistakes.append("\(sequence) ended twice") }
        if let line = lineOf[sequence] ?? nil { waiting[line]?.removeFirst() }
    }

    private mutating func check(_ sequence: Int64, _ what: String) {
        guard let line = lineOf[sequence] ?? nil else { return }
        if waiting[line]?.first != sequence { mistakes.append("\(sequence) \(what) before \(waiting[line] ?? [])") }
    }

    mutating func finish() {
        now += 1_000
        expire()
        if ended.count != Int(next) || queue.byteCount != 0 { mistakes.append("\(queue.count) are left") }
    }
}
