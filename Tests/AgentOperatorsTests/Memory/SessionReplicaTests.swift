import StreamCore
import Testing

@testable import AgentOperators

@Suite("A copy of a session")
struct SessionReplicaTests {
    private func item(_ sequence: Int64, epoch: Int64) -> MemoryItem {
        MemoryItem(
            id: "\(epoch)-\(sequence)", sequence: sequence, epoch: epoch, content: .text("\(epoch)-\(sequence)"),
            timestamp: Timestamp(milliseconds: 1))
    }

    private func row(_ epoch: Int64, applied: Int64 = -1) -> MemorySession {
        var row = MemorySession(startedAt: Timestamp(milliseconds: epoch))
        row.applied = applied
        return row
    }

    private enum Step {
        case item(MemoryItem?, Int64)
        case row(MemorySession?)
    }

    @Test("Whatever order two changelogs are read in, the end is the same, and no older life comes back")
    func interleavings() throws {
        // A life, a clear, an end, and another life that uses the numbers again.
        let items: [Step] = [
            .item(item(0, epoch: 10), 0), .item(item(1, epoch: 10), 1), .item(nil, 0), .item(nil, 1),
            .item(item(2, epoch: 20), 2), .item(nil, 2), .item(item(0, epoch: 30), 0), .item(item(1, epoch: 30), 1),
        ]
        let rows: [Step] = [.row(row(10, applied: 1)), .row(row(20, applied: 3)), .row(nil), .row(row(30, applied: 5))]
        print("seed 5")
        var random = SeededRandom(seed: 5)
        for _ in 0..<500 {
            var replica = SessionReplica(source: nil)
            var (nextItem, nextRow) = (0, 0)
            while nextItem < items.count || nextRow < rows.count {
                let takesItem = nextRow == rows.count || (nextItem < items.count && Bool.random(using: &random))
                let step = takesItem ? items[nextItem] : rows[nextRow]
                switch step {
                case .item(let item, let sequence): replica.apply(item, sequence: sequence, offset: Int64(nextItem))
                case .row(let row): replica.apply(row, offset: Int64(nextRow))
                }
                if takesItem { nextItem += 1 } else { nextRow += 1 }
                let seen = try replica.query(.recent(10), at: Timestamp(milliseconds: 1)).map(\.item.epoch)
                #expect(seen.allSatisfy { $0 >= replica.floor })
            }
            let found = try replica.query(.recent(10), at: Timestamp(milliseconds: 1)).map(\.item.id)
            #expect(found == ["30-1", "30-0"])
            #expect(replica.applied == 5)
        }
    }

    @Test("A row with a later epoch hides what it has discarded before the deletions are read")
    func floor() throws {
        var replica = SessionReplica(source: nil)
        for sequence in 0..<5 as Range<Int64> {
            replica.apply(item(sequence, epoch: 10), sequence: sequence, offset: sequence)
        }
        let before = try replica.query(.keyword("10"), at: Timestamp(milliseconds: 1))
        replica.apply(row(20), offset: 0)
        let after = try replica.query(.keyword("10"), at: Timestamp(milliseconds: 1))
        #expect(before.count == 5)
        #expect(after.isEmpty && replica.count == 0)
    }

    @Test("Records that were read before change nothing")
    func rewind() throws {
        var replica = SessionReplica(source: nil)
        replica.apply(item(0, epoch: 10), sequence: 0, offset: 0)
        replica.apply(nil, sequence: 0, offset: 1)
        replica.apply(item(0, epoch: 10), sequence: 0, offset: 0)
        replica.apply(row(20), offset: 1)
        replica.apply(row(10), offset: 0)
        #expect(replica.count == 0)
        #expect(replica.floor == 20)
    }
}
