import StreamCore

/// Slots in the order of the times they were queued with: a binary heap.
///
/// An entry counts only while it is the slot's latest; others are dropped when they come up.
struct TimeQueue {
    private struct Entry {
        let time: Int64
        let slot: Int32
    }

    private var heap: [Entry] = []
    private var queued: [Int64] = []

    /// Queues a slot unless it is queued for an earlier time already.
    mutating func note(_ slot: Int, at time: Int64) {
        while queued.count <= slot { queued.append(.max) }
        guard time < queued[slot] else { return }
        queued[slot] = time
        heap.append(Entry(time: time, slot: Int32(slot)))
        var child = heap.count - 1
        while child > 0, heap[child].time < heap[(child - 1) / 2].time {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// The slot was freed.
    mutating func forget(_ slot: Int) {
        if slot < queued.count { queued[slot] = .max }
    }

    /// The earliest time queued; nil when nothing is.
    mutating func earliest() -> Int64? {
        while let first = heap.first {
            if queued[Int(first.slot)] == first.time { return first.time }
            removeFirst()
        }
        return nil
    }

    /// Takes the slot with the earliest time.
    mutating func pop() -> Int? {
        guard earliest() != nil, let first = heap.first else { return nil }
        removeFirst()
        queued[Int(first.slot)] = .max
        return Int(first.slot)
    }

    mutating func removeAll() {
        heap.removeAll(keepingCapacity: true)
        queued.removeAll(keepingCapacity: true)
    }

    var estimatedBytes: Int { heap.count * 16 + queued.count * 8 }

    private mutating func removeFirst() {
        guard let last = heap.popLast() else { return }
        guard !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [parent * 2 + 1, parent * 2 + 2]
            where child < heap.count && heap[child].time < heap[least].time {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
