public import StreamCore

/// Slots in the order of their encoded keys, for scans: a large sorted run, and a small one that takes new keys.
@usableFromInline struct OrderedIndex {
    @usableFromInline struct Item {
        @usableFromInline let key: Bytes
        /// -1 once the slot is gone.
        @usableFromInline var slot: Int

        @inlinable init(key: Bytes, slot: Int) {
            self.key = key
            self.slot = slot
        }
    }

    /// A place between two items, good as long as the index has not changed.
    @usableFromInline struct Position {
        var main: Int
        var recent: Int
        @usableFromInline var version: Int
    }

    private var main: [Item] = []
    private var recent: [Item] = []
    private var dead = 0
    /// Grows when positions become invalid.
    @usableFromInline var version = 0
    private static let recentLimit = 512

    @usableFromInline init() {}

    /// Enters items with keys that are not there; an item with a key that is there takes its place.
    @usableFromInline mutating func insert(_ items: [Item]) {
        guard !items.isEmpty else { return }
        version += 1
        if items.count > Self.recentLimit {
            merge(Self.sorted(items))
            return
        }
        for item in items {
            let place = Self.lowerBound(main, item.key)
            if place < main.count, main[place].key == item.key {
                if main[place].slot < 0 { dead -= 1 }
                main[place].slot = item.slot
                continue
            }
            let spot = Self.lowerBound(recent, item.key)
            if spot < recent.count, recent[spot].key == item.key {
                recent[spot].slot = item.slot
            } else {
                recent.insert(item, at: spot)
            }
        }
        if recent.count > Self.recentLimit { merge([]) }
    }

    /// Takes out the item of a slot that is gone.
    mutating func remove(_ key: Bytes, slot: Int) {
        let place = Self.lowerBound(main, key)
        if place < main.count, main[place].key == key {
            guard main[place].slot == slot else { return }
            main[place].slot = -1
            dead += 1
            if dead * 2 > main.count { merge([]) }
            return
        }
        let spot = Self.lowerBound(recent, key)
        guard spot < recent.count, recent[spot].key == key, recent[spot].slot == slot else { return }
        recent.remove(at: spot)
        version += 1
    }

    /// The place before the first key that is not less than `key`.
    @usableFromInline func position(of key: Bytes) -> Position {
        Position(main: Self.lowerBound(main, key), recent: Self.lowerBound(recent, key), version: version)
    }

    /// The next living item from `position` on, which moves to it; nil at the end.
    @usableFromInline func item(at position: inout Position) -> Item? {
        while true {
            let first = position.main < main.count ? main[position.main] : nil
            let second = position.recent < recent.count ? recent[position.recent] : nil
            guard let first else { return second }
            if first.slot < 0 {
                position.main += 1
                continue
            }
            guard let second else { return first }
            return first.key < second.key ? first : second
        }
    }

    /// Moves past `item`, which is the one at `position`.
    @usableFromInline func advance(_ position: inout Position, past item: Item) {
        if position.main < main.count, main[position.main].key == item.key {
            position.main += 1
        } else {
            position.recent += 1
        }
    }

    var estimatedBytes: Int { (main.count + recent.count) * 88 }

    /// Makes one run of both and of `more`, which is sorted and wins over equal keys.
    private mutating func merge(_ more: [Item]) {
        let fresh = Self.merged(recent, more)
        main = Self.merged(main.filter { $0.slot >= 0 }, fresh)
        recent.removeAll(keepingCapacity: true)
        dead = 0
        version += 1
    }

    private static func merged(_ older: [Item], _ newer: [Item]) -> [Item] {
        guard !older.isEmpty else { return newer }
        guard !newer.isEmpty else { return older }
        var result: [Item] = []
        result.reserveCapacity(older.count + newer.count)
        var left = 0
        for item in newer {
            while left < older.count, older[left].key < item.key {
                result.append(older[left])
                left += 1
            }
            if left < older.count, older[left].key == item.key { left += 1 }
            result.append(item)
        }
        result.append(contentsOf: older[left...])
        return result
    }

    /// Sorted, of equal keys the last.
    private static func sorted(_ items: [Item]) -> [Item] {
        var changes = SortedChanges()
        for (index, item) in items.enumerated() {
            let start = changes.arena.count
            changes.arena.append(item.key)
            changes.addPut(from: start, to: changes.arena.count, token: index)
        }
        changes.sort()
        return changes.items.map { items[Int($0.token)] }
    }

    private static func lowerBound(_ items: [Item], _ key: Bytes) -> Int {
        var low = 0
        var high = items.count
        while low < high {
            let middle = (low + high) / 2
            if items[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
