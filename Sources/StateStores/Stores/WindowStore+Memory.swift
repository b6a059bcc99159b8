public import StreamCore

extension WindowStore {
    /// About how many bytes the store takes in memory, without what the process-wide block cache holds.
    public var estimatedBytes: Int {
        slots.count * (MemoryLayout<WindowSlot<Value>>.stride + 8) + index.estimatedBytes
            + owners.count * MemoryLayout<WindowOwner<Key>>.stride
            + (slots.count - freeSlots.count) * size.perEntry + (changed.count + inFlight.count + dirty.count) * 4
    }

    /// Raises the horizon: every window that starts before `start` is gone at once.
    ///
    /// What lies wholly before it leaves memory now, and the disk in segments with the next checkpoint. Not logged: the
    /// changelog has a retention of its own.
    @inlinable public func expire(before start: Timestamp) {
        guard start.milliseconds > horizonStart else { return }
        let old = horizonStart
        horizonStart = start.milliseconds
        guard start.milliseconds / bucketWidth > max(old, 0) / bucketWidth else { return }
        drop(buckets.keys.filter { ($0 + 1) * bucketWidth <= horizonStart })
    }

    @inlinable @inline(never) func drop(_ numbers: [Int64]) {
        guard !numbers.isEmpty else { return }
        var hadChanges = false
        for number in numbers {
            for slot in buckets.removeValue(forKey: number) ?? [] {
                hadChanges = hadChanges || slots[Int(slot)].isDirty || slots[Int(slot)].epoch > 0
                free(Int(slot))
            }
        }
        guard hadChanges else { return }
        // Before the slots are used again: a list must not name one twice.
        changed.removeAll { slots[Int($0)].owner < 0 }
        inFlight.removeAll { slots[Int($0)].owner < 0 }
        dirty.removeAll { slots[Int($0)].owner < 0 }
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

    /// Drops clean windows, the oldest first, until the store is within its share.
    func keepWithinBudget() {
        countMemory()
        guard disk != nil, isScanning == 0, let target = memory.target(for: countedBytes) else { return }
        let perSlot = MemoryLayout<WindowSlot<Value>>.stride + 8 + size.perEntry
        var left = (countedBytes - target) / perSlot + 1
        for number in buckets.keys.sorted() where left > 0 { left -= evict(number) }
        countMemory()
    }

    /// Drops the clean windows of a bucket; returns how many.
    private func evict(_ number: Int64) -> Int {
        guard let bucket = buckets.removeValue(forKey: number) else { return 0 }
        var kept: [Int32] = []
        for slot in bucket {
            if slots[Int(slot)].isDirty {
                kept.append(slot)
                continue
            }
            if slots[Int(slot)].value != nil { diskOnlyThrough = max(diskOnlyThrough, slots[Int(slot)].start) }
            free(Int(slot))
        }
        if !kept.isEmpty { buckets[number] = kept }
        return bucket.count - kept.count
    }
}
