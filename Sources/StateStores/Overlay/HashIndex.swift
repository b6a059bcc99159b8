/// Finds slot numbers by hash: open addressing, one word a cell, so that a look-up that hits costs one cache line here.
@usableFromInline struct HashIndex {
    /// The low half of the hash above the slot's number + 1; 0 is free.
    @usableFromInline var cells: [UInt64]
    @usableFromInline var mask: Int
    @usableFromInline var count = 0

    @inlinable init() {
        cells = Array(repeating: 0, count: 16)
        mask = 15
    }

    /// Where a search for `tag` starts.
    @inlinable func start(_ tag: UInt32) -> Int { Int(tag) & mask }

    /// Enters a slot that is not yet there.
    @inlinable mutating func insert(_ tag: UInt32, _ slot: Int) {
        // Seven eighths full: a longer search stays in the cache line, a larger table leaves the cache.
        if (count + 1) * 8 > cells.count * 7 { grow() }
        place(UInt64(tag) << 32 | UInt64(slot + 1))
        count += 1
    }

    @inlinable mutating func place(_ cell: UInt64) {
        var position = Int(cell >> 32) & mask
        while cells[position] != 0 { position = (position + 1) & mask }
        cells[position] = cell
    }

    @usableFromInline mutating func grow() {
        let old = cells
        cells = Array(repeating: 0, count: old.count * 2)
        mask = cells.count - 1
        for cell in old where cell != 0 { place(cell) }
    }

    /// Removes a slot, and moves those after it up so that no search stops early.
    @usableFromInline mutating func remove(_ tag: UInt32, _ slot: Int) {
        let cell = UInt64(tag) << 32 | UInt64(slot + 1)
        var hole = start(tag)
        while cells[hole] != cell {
            if cells[hole] == 0 { return }
            hole = (hole + 1) & mask
        }
        var next = (hole + 1) & mask
        while cells[next] != 0 {
            let home = Int(cells[next] >> 32) & mask
            if (next - home) & mask >= (next - hole) & mask {
                cells[hole] = cells[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        cells[hole] = 0
        count -= 1
    }

    /// Forgets everything and the memory.
    @usableFromInline mutating func removeAll() { self = HashIndex() }

    @usableFromInline var estimatedBytes: Int { cells.count * 8 }
}
