public import StreamCore

/// A window in memory with its decoded value, or the knowledge that it has none.
@usableFromInline struct WindowSlot<Value> {
    /// nil when the window has no value.
    @usableFromInline var value: Value?
    @usableFromInline var timestamp: Timestamp
    @usableFromInline var start: Int64
    /// The number of its ``WindowOwner``; -1 while the slot is free.
    @usableFromInline var owner: Int32
    /// The commit that the latest change waits for; an older one when nothing waits.
    @usableFromInline var epoch: UInt32 = 0
    /// Whether it differs from what is on disk.
    @usableFromInline var isDirty = false

    @inlinable init(start: Int64, owner: Int) {
        value = nil
        timestamp = .unknown
        self.start = start
        self.owner = Int32(truncatingIfNeeded: owner)
    }
}

/// Where a window's slot is.
@usableFromInline struct WindowRef {
    @usableFromInline let start: Int64
    @usableFromInline let slot: Int32

    @inlinable init(start: Int64, slot: Int) {
        self.start = start
        self.slot = Int32(truncatingIfNeeded: slot)
    }
}

/// A key in memory with its windows: the newest at hand, the others sorted, which most keys do not have.
@usableFromInline struct WindowOwner<Key> {
    /// nil while the number is free.
    @usableFromInline var key: Key?
    @usableFromInline var tag: UInt32
    @usableFromInline var newest: WindowRef
    /// Starts ascending, all before ``newest``.
    @usableFromInline var older: [WindowRef] = []

    @inlinable init(key: Key, tag: UInt32, newest: WindowRef) {
        self.key = key
        self.tag = tag
        self.newest = newest
    }

    /// Whether the number is `other`'s.
    @inlinable func holds(_ other: Key) -> Bool where Key: Equatable {
        guard let key else { return false }
        return KeyIdentity.areSame(key, other)
    }

    /// The slot of the window that starts at `start`; -1 when it has none.
    @inlinable func slot(_ start: Int64) -> Int {
        if newest.start == start { return Int(newest.slot) }
        if start > newest.start || older.isEmpty { return -1 }
        let place = lowerBound(start)
        return place < older.count && older[place].start == start ? Int(older[place].slot) : -1
    }

    /// The first of ``older`` that does not start before `start`.
    @inlinable func lowerBound(_ start: Int64) -> Int {
        var low = 0
        var high = older.count
        while low < high {
            let middle = (low + high) / 2
            if older[middle].start < start { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Enters a window that is not there.
    @inlinable mutating func insert(_ window: WindowRef) {
        if window.start > newest.start {
            older.append(newest)
            newest = window
        } else {
            older.insert(window, at: lowerBound(window.start))
        }
    }

    /// Takes a window out; false when it was the only one.
    @inlinable mutating func remove(_ start: Int64) -> Bool {
        if newest.start == start {
            guard let next = older.popLast() else { return false }
            newest = next
            return true
        }
        let place = lowerBound(start)
        if place < older.count, older[place].start == start { older.remove(at: place) }
        return true
    }
}
