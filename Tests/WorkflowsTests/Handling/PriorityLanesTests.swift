import StreamCore
import Testing

@testable import Workflows

@Suite("Priority lanes", .timeLimit(.minutes(15)))
struct PriorityLanesTests {
    /// What waits, how many turns went by since it came, and how many were before it in its lane.
    private struct Waiting {
        let priority: EnvelopePriority
        let before: Int
        let since: Int
    }

    /// Runs random arrivals and turns; returns the first message that waited longer than its weight allows.
    private static func firstStarved(_ weights: LaneWeights, judgedBy rule: LaneWeights, seed: UInt64) -> String? {
        var random = SeededRandom(seed: seed)
        var lanes = PriorityLanes(weights)
        var waiting: [Int64: Waiting] = [:]
        var (sequence, turns): (Int64, Int) = (0, 0)
        let pressure = 400 + random.below(500)
        for _ in 0..<3_000 {
            if random.happens(pressure) {
                // Urgent messages come faster than there are turns.
                let priority: EnvelopePriority =
                    random.happens(900) ? .high : random.happens(500) ? .normal : .low
                let before = waiting.values.filter { $0.priority == priority }.count
                waiting[sequence] = Waiting(priority: priority, before: before, since: turns)
                lanes.add(sequence, line: "line-\(sequence)", priority)
                sequence += 1
            }
            guard random.happens(500), let next = lanes.next() else { continue }
            turns += 1
            lanes.close("line-\(next)")
            waiting[next] = nil
            for (number, item) in waiting {
                let bound = (item.before / rule[item.priority] + 2) * rule.round
                if turns - item.since > bound {
                    return
                        "\(item.priority) \(number) waited \(turns - item.since) turns, at most \(bound) (seed \(seed))"
                }
            }
        }
        return nil
    }

    @Test("W55: whatever comes, no message waits for more turns than its lane's weight allows", arguments: 1...40)
    func bounded(seed: UInt64) {
        let weights = LaneWeights()
        #expect(Self.firstStarved(weights, judgedBy: weights, seed: seed) == nil)
    }

    @Test("the same judge finds that strict priority starves")
    func strictStarves() {
        let strict = LaneWeights(high: 1_000_000, normal: 1, low: 1)
        let found = (1...40).compactMap { Self.firstStarved(strict, judgedBy: LaneWeights(), seed: $0) }
        #expect(found.count > 30)
    }

    @Test("what is urgent goes first, and each lane is first come, first served")
    func order() {
        var lanes = PriorityLanes(LaneWeights(high: 2, normal: 1, low: 1))
        let arrivals: [EnvelopePriority] = [.low, .low, .normal, .high, .high, .high, .normal]
        for (number, priority) in arrivals.enumerated() { lanes.add(Int64(number), line: "\(number)", priority) }
        var order: [Int64] = []
        while let next = lanes.next() { order.append(next) }
        #expect(order == [3, 4, 2, 0, 5, 6, 1])
    }

    @Test("a conversation keeps its order, and what stands before something urgent inherits its urgency")
    func inheritance() {
        var lanes = PriorityLanes(LaneWeights(high: 100, normal: 1, low: 1))
        lanes.add(0, line: "a", .low)
        lanes.add(1, line: "b", .normal)
        lanes.add(2, line: "a", .high)
        #expect(lanes.next() == 0)
        #expect(lanes.next() == 1)
        #expect(lanes.next() == nil)
        lanes.close("a")
        #expect(lanes.next() == 2)
        lanes.close("a")
        lanes.close("b")
        lanes.close("b")
        #expect(lanes.count == 0)
        #expect(lanes.next() == nil)
    }
}
