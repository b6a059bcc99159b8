public import StreamCore

/// A key in memory with its decoded value, or the knowledge that it has none.
@usableFromInline struct KeyValueSlot<Key, Value> {
    /// nil while the slot is free.
    @usableFromInline var key: Key?
    /// nil when the key has no value.
    @usableFromInline var value: Value?
    // Small fields next to the value, where they fill a gap: a slot of text and a number is 48 bytes, not 56.
    /// Whether it differs from what is on disk.
    @usableFromInline var isDirty = false
    /// Whether it was used since eviction last looked.
    @usableFromInline var wasUsed = true
    /// The part of the key's hash that the index keeps.
    @usableFromInline var tag: UInt32
    @usableFromInline var timestamp: Timestamp
    /// The commit that the latest change waits for; an older one when nothing waits.
    @usableFromInline var epoch: UInt32 = 0

    @inlinable init(key: Key, value: Value?, timestamp: Timestamp, tag: UInt32) {
        self.key = key
        self.value = value
        self.timestamp = timestamp
        self.tag = tag
    }

    /// Whether the slot is `other`'s.
    @inlinable func holds(_ other: Key) -> Bool where Key: Equatable {
        guard let key else { return false }
        return KeyIdentity.areSame(key, other)
    }

    /// Gives up key and value.
    @inlinable mutating func clear() {
        key = nil
        value = nil
        epoch = 0
        isDirty = false
    }
}
