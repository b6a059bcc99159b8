import CRdKafka
import Dispatch
import EventLog
import Foundation
import StreamCore
import Synchronization
import Testing

@Suite struct KafkaFaultTests {
    static let partitions: Int32 = 3

    /// Appends to and reads from brokers that fail at random; whatever was acknowledged must be read, in order.
    @Test(arguments: [UInt64.random(in: 1...1_000_000)])
    func `what was acknowledged is read, in order, while brokers come and go`(seed: UInt64) throws {
        var dice = Dice(state: seed)
        let mock = try MockCluster(brokers: 3)
        try mock.createTopic("reviews", partitions: Self.partitions)
        var configuration = mock.configuration(["topic.metadata.refresh.interval.ms": "300"])
        configuration.requestTimeout = .seconds(2)
        configuration.deliveryTimeout = .seconds(4)
        let log = try KafkaEventLog(configuration)
        let isOver = Atomic<Bool>(false)
        let acknowledged = Mutex<[[Int]]>(Array(repeating: [], count: Int(Self.partitions)))
        let done = DispatchSemaphore(value: 0)
        for partition in 0..<Self.partitions {
            Thread.detachNewThread {
                defer { done.signal() }
                var next = 1
                while !isOver.load(ordering: .relaxed) {
                    let batch = next..<(next + 5)
                    next += 5
                    let place = TopicPartition("reviews", partition)
                    guard (try? log.append(RecordBuffer(Sample.numbered(batch), to: place))) != nil else { continue }
                    acknowledged.withLock { $0[Int(partition)] += batch }
                    pause(.milliseconds(5))
                }
            }
        }
        _ = try eventually("the first records") {
            acknowledged.withLock { $0.allSatisfy { !$0.isEmpty } ? true : nil }
        }
        for _ in 0..<12 {
            let place = TopicPartition("reviews", Int32.random(in: 0..<Self.partitions, using: &dice))
            switch Int.random(in: 0..<3, using: &dice) {
            case 0: mock.lead(place, by: Int32.random(in: 1...3, using: &dice))
            case 1:
                let broker = Int32.random(in: 1...3, using: &dice)
                mock.takeDown(broker)
                pause(.milliseconds(Int.random(in: 50...400, using: &dice)))
                mock.bringUp(broker)
            default:
                mock.fail(
                    .fetch,
                    with: [
                        RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
                        RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
                    ])
            }
            pause(.milliseconds(100))
        }
        isOver.store(true, ordering: .relaxed)
        for _ in 0..<Self.partitions { done.wait() }
        let expected = acknowledged.withLock { $0 }
        try check(log, holds: expected, seed)
    }

    /// Whatever was acknowledged is there, in order.
    private func check(_ log: KafkaEventLog, holds expected: [[Int]], _ seed: UInt64) throws {
        let reader = try log.makeReader(isolation: .committed)
        for partition in 0..<Self.partitions {
            let place = TopicPartition("reviews", partition)
            let end = Int(try log.offsets(of: place, isolation: .committed).end)
            try reader.open(place, at: 0)
            let records = try reader.collect(place, end)
            #expect(records.map(\.offset) == Array(0..<Int64(end)), "seed \(seed)")
            let numbers = records.map { Int($0.timestamp.milliseconds) - 1_000 }
            // The mock does not recognise a batch that is sent twice; apart from that order must hold.
            var seen: Set<Int> = []
            let firsts = numbers.filter { seen.insert($0).inserted }
            #expect(firsts == firsts.sorted(), "seed \(seed)")
            #expect(seen.isSuperset(of: expected[Int(partition)]), "seed \(seed)")
        }
    }
}

/// A small generator of random numbers that a seed repeats (xorshift64*).
struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_f491_4f6c_dd1d
    }
}
