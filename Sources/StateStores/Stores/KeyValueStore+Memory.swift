import StreamCore

extension KeyValueStore {
    /// About how many bytes the store takes in memory, without what the process-wide block cache holds.
    public var estimatedBytes: Int {
        slots.count * MemoryLayout<KeyValueSlot<Key, Value>>.stride + index.estimatedBytes
            + (slots.count - freeSlots.count) * size.perEntry + (changed.count + inFlight.count + dirty.count) * 4
            + (ordered?.estimatedBytes ?? 0) + queue.estimatedBytes
    }

    /// Tells the process-wide count what became of this store's size.
    func countMemory() {
        let bytes = estimatedBytes
        memory.countDecoded(bytes - countedBytes)
        countedBytes = bytes
    }

    /// Before a miss takes a slot: at times looks whether there are too many.
    @usableFromInline func makeRoom() {
        if freeSlots.isEmpty, slots.count & 1023 == 0 { keepWithinBudget() }
    }

    /// Drops clean entries, those not used lately first, until the store is within its share.
    func keepWithinBudget() {
        countMemory()
        guard disk != nil, isScanning == 0, let target = memory.target(for: countedBytes) else { return }
        let perSlot = MemoryLayout<KeyValueSlot<Key, Value>>.stride + 16 + size.perEntry
        evict((countedBytes - target) / perSlot + 1)
    }

    /// Drops up to `count` clean entries: a clock hand over the slots gives each a second chance.
    private func evict(_ count: Int) {
        var left = count
        // Among many dirty entries the hand does not go round for a few clean ones; it goes on at the next commit.
        var steps = min(slots.count * 2, max(4_096, count * 8))
        while left > 0, steps > 0 {
            steps -= 1
            if hand >= slots.count { hand = 0 }
            let slot = hand
            hand += 1
            guard slots[slot].key != nil, !slots[slot].isDirty else { continue }
            if slots[slot].wasUsed {
                slots[slot].wasUsed = false
                continue
            }
            if slots[slot].value != nil { isComplete = false }
            free(slot)
            left -= 1
        }
        trimSlots()
        countMemory()
    }

    /// Gives the memory of free slots at the end back.
    private func trimSlots() {
        guard freeSlots.count * 2 > slots.count, slots.count > 4096 else { return }
        var end = slots.count
        while end > 0, slots[end - 1].key == nil { end -= 1 }
        guard end * 4 < slots.count * 3 else { return }
        slots = Array(slots[..<end])
        freeSlots.removeAll { $0 >= end }
    }
}
