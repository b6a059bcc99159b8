import AgentOperators
import StreamCore

/// How often each lane gets its turn while others wait.
public struct LaneWeights: Sendable, Hashable {
    /// How many messages of each priority go in one round in which all have some waiting.
    public var high: Int
    /// The same for `NORMAL`.
    public var normal: Int
    /// The same for `LOW`.
    public var low: Int

    /// Weights: what is waited for at the head of a lane is at most as many other messages as the weights of the others say.
    public init(high: Int = 8, normal: Int = 3, low: Int = 1) {
        self.high = high
        self.normal = normal
        self.low = low
    }

    subscript(priority: EnvelopePriority) -> Int {
        switch priority {
        case .high: high
        case .normal: normal
        case .low: low
        }
    }

    /// How many messages a round has at most.
    var round: Int { high + normal + low }
}

/// Decides which of the waiting messages is next: urgent ones first, but none for ever before the others, and those of a
/// conversation in order, one at a time.
///
/// A lane may have as many turns as its weight says before the others had theirs; then a new round begins. The lane of a
/// conversation is that of the most urgent of its messages that wait: what must go before that one inherits its urgency.
struct PriorityLanes {
    private struct Line {
        var waiting: [(sequence: Int64, priority: EnvelopePriority)] = []
        var next = 0
        var isOpen = false

        var head: Int64? { next < waiting.count ? waiting[next].sequence : nil }
        var priority: EnvelopePriority {
            var best = EnvelopePriority.low
            for item in waiting[next...] where item.priority.rank < best.rank { best = item.priority }
            return best
        }
    }

    /// A line that can go; out of date when the line has moved on since.
    private struct Turn: Comparable {
        let sequence: Int64
        let line: String

        static func < (left: Turn, right: Turn) -> Bool { left.sequence < right.sequence }
    }

    private let weights: LaneWeights
    private var lines: [String: Line] = [:]
    private var lanes: [Heap<Turn>] = EnvelopePriority.allCases.map { _ in Heap() }
    private var credits: [Int]
    /// How many messages wait.
    private(set) var count = 0

    init(_ weights: LaneWeights) {
        self.weights = weights
        credits = EnvelopePriority.allCases.map { weights[$0] }
    }

    /// A message arrives.
    mutating func add(_ sequence: Int64, line: String, _ priority: EnvelopePriority) {
        lines[line, default: Line()].waiting.append((sequence, priority))
        count += 1
        offer(line)
    }

    /// A line is at work already, found so at a start.
    mutating func open(_ line: String) { lines[line, default: Line()].isOpen = true }

    /// Takes the next message; its line is at work until ``close(_:)``.
    mutating func next() -> Int64? {
        for _ in 0..<2 {
            for priority in EnvelopePriority.allCases where credits[priority.rank] > 0 {
                guard let sequence = take(priority) else { continue }
                credits[priority.rank] -= 1
                return sequence
            }
            credits = EnvelopePriority.allCases.map { weights[$0] }
        }
        return nil
    }

    /// The message of `line` that was at work is done with.
    mutating func close(_ line: String) {
        guard lines[line]?.isOpen == true else { return }
        lines[line]?.isOpen = false
        if lines[line]?.head == nil { lines[line] = nil } else { offer(line) }
    }

    /// Puts a line that can go into its lane; an older entry in another lane goes out of date.
    private mutating func offer(_ name: String) {
        guard let line = lines[name], !line.isOpen, let head = line.head else { return }
        lanes[line.priority.rank].insert(Turn(sequence: head, line: name))
    }

    private mutating func take(_ priority: EnvelopePriority) -> Int64? {
        while let turn = lanes[priority.rank].removeFirst() {
            guard var line = lines[turn.line], !line.isOpen, line.head == turn.sequence, line.priority == priority
            else { continue }
            line.next += 1
            line.isOpen = true
            if line.next > 32, line.next * 2 > line.waiting.count {
                line.waiting.removeFirst(line.next)
                line.next = 0
            }
            lines[turn.line] = line
            count -= 1
            return turn.sequence
        }
        return nil
    }
}

extension EnvelopePriority {
    /// 0 is the most urgent.
    var rank: Int {
        switch self {
        case .high: 0
        case .normal: 1
        case .low: 2
        }
    }
}
