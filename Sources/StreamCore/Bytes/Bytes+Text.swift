extension Bytes {
    /// Whether two texts are the same bytes in UTF-8, which is stricter than `==`.
    ///
    /// Swift compares text by meaning ("é" in one or two code points); disk, changelog and partitioner know bytes.
    @inlinable public static func areSame(_ left: String, _ right: String) -> Bool {
        let sameBytes = left.utf8.withContiguousStorageIfAvailable { left in
            right.utf8.withContiguousStorageIfAvailable { right in
                areSame(UnsafeRawBufferPointer(left), UnsafeRawBufferPointer(right))
            }
        }
        // Text that came from elsewhere than Swift may have no bytes at hand.
        return (sameBytes ?? nil) ?? left.utf8.elementsEqual(right.utf8)
    }

    /// Eight bytes at a time.
    @inlinable static func areSame(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        let count = left.count
        guard count == right.count else { return false }
        var index = 0
        while index + 8 <= count {
            guard
                left.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    == right.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            else { return false }
            index += 8
        }
        while index < count {
            guard left[index] == right[index] else { return false }
            index += 1
        }
        return true
    }
}
