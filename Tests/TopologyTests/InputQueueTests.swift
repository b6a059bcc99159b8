import EventLog
import StreamCore
import Testing

@testable import Topology

@Suite("InputQueue")
struct InputQueueTests {
    let source = TopicPartition("in", 0)

    func batch(_ offsets: [Int64], next: Int64) -> RecordBatch {
        RecordBatch(
            source: source,
            records: offsets.map {
                LogRecord(offset: $0, timestamp: .unknown, key: nil, value: nil, headers: .none)
            }, nextOffset: next)
    }

    @Test func `the position follows records and ends past what the batch skipped`() {
        let queue = InputQueue(source, position: 0, gates: []) { _ in }
        queue.append(batch([0, 4], next: 9))
        queue.advance()
        #expect(queue.position == 1)
        queue.advance()
        #expect(queue.position == 9)
        #expect(queue.next == nil)
        #expect(queue.count == 0)
    }

    @Test func `an empty batch moves the position only when nothing waits`() {
        let queue = InputQueue(source, position: 0, gates: []) { _ in }
        queue.append(batch([0], next: 1))
        queue.append(batch([], next: 5))
        #expect(queue.position == 0)
        queue.advance()
        queue.append(batch([], next: 7))
        #expect(queue.position == 7)
    }

    @Test func `many batches come out in order`() {
        let queue = InputQueue(source, position: 0, gates: []) { _ in }
        for offset in 0..<200 as Range<Int64> { queue.append(batch([offset], next: offset + 1)) }
        for offset in 0..<200 as Range<Int64> {
            #expect(queue.next?.offset == offset)
            queue.advance()
        }
        #expect(queue.count == 0)
    }
}
