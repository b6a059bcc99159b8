public import StreamCore

/// When two keys are one key: when they are equal, and for text only when their bytes are.
///
/// Swift compares text by meaning ("é" in one or two code points); disk, changelog and partitioner know bytes.
@usableFromInline enum KeyIdentity {
    @inlinable static func areSame<Key: Equatable>(_ left: Key, _ right: Key) -> Bool {
        // The casts fold away where Key is known at compile time.
        if let left = left as? String, let right = right as? String { return Bytes.areSame(left, right) }
        return left == right
    }

    /// The part of the hash that a table keeps.
    @inlinable static func tag<Key: Hashable>(_ key: Key) -> UInt32 { UInt32(truncatingIfNeeded: key.hashValue) }
}
