public import StreamCore

/// Keys and values on their way to disk in one arena; sorted once, as a sorted file needs them.
@usableFromInline struct SortedChanges {
    @usableFromInline struct Item {
        /// The first bytes after what all keys have in common, as a number.
        var prefix: UInt64 = 0
        /// Where the key starts in the arena.
        let start: Int
        /// Where the key ends and its value starts.
        let end: Int
        /// The length of the value; -1 is a deletion.
        let valueLength: Int32
        /// What the caller likes.
        let token: Int32
    }

    /// Where callers append a key and its value before they add them.
    @usableFromInline var arena = ByteWriter()
    private(set) var items: [Item] = []

    @usableFromInline init() {}

    /// Adds a put of the key in the arena from `start` to `end`, with what follows it as its value.
    @usableFromInline mutating func addPut(from start: Int, to end: Int, token: Int = 0) {
        items.append(
            Item(
                start: start, end: end, valueLength: Int32(truncatingIfNeeded: arena.count - end),
                token: Int32(truncatingIfNeeded: token)))
    }

    /// Adds a deletion of the key in the arena from `start` to `end`; takes back what follows it.
    @usableFromInline mutating func addDeletion(from start: Int, to end: Int) {
        arena.truncate(to: end)
        items.append(Item(start: start, end: end, valueLength: -1, token: 0))
    }

    /// Sorts by key; of equal keys the one added last stays.
    mutating func sort() {
        let shared = sharedPrefix()
        let arena = arena.bytes
        var sorted = items
        arena.withUnsafeBytes { bytes in
            for index in sorted.indices {
                let item = sorted[index]
                sorted[index].prefix = Self.number(bytes, from: item.start + shared, to: item.end)
            }
            sorted.sort { left, right in
                left.prefix != right.prefix
                    ? left.prefix < right.prefix : Self.precedes(bytes, left, right, skipping: shared)
            }
            removeDuplicates(&sorted, bytes)
        }
        items = sorted
    }

    private func sharedPrefix() -> Int {
        guard let first = items.first else { return 0 }
        var shared = first.end - first.start
        arena.bytes.withUnsafeBytes { bytes in
            for item in items.dropFirst() {
                let limit = min(shared, item.end - item.start)
                var length = 0
                while length < limit, bytes[first.start + length] == bytes[item.start + length] { length += 1 }
                shared = length
                if shared == 0 { return }
            }
        }
        return shared
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> UInt64 {
        if end - start >= 8 { return UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)) }
        var number: UInt64 = 0
        for index in 0..<8 { number = number << 8 | (start + index < end ? UInt64(bytes[start + index]) : 0) }
        return number
    }

    /// By bytes, then by order of addition, which is the order in the arena.
    private static func precedes(
        _ bytes: UnsafeRawBufferPointer, _ left: Item, _ right: Item, skipping shared: Int
    ) -> Bool {
        let leftCount = left.end - left.start
        let rightCount = right.end - right.start
        let count = min(leftCount, rightCount)
        var index = shared
        // Keys share much of their text: eight bytes at a time.
        while index + 8 <= count {
            let a = bytes.loadUnaligned(fromByteOffset: left.start + index, as: UInt64.self)
            let b = bytes.loadUnaligned(fromByteOffset: right.start + index, as: UInt64.self)
            if a != b { return UInt64(bigEndian: a) < UInt64(bigEndian: b) }
            index += 8
        }
        while index < count {
            if bytes[left.start + index] != bytes[right.start + index] {
                return bytes[left.start + index] < bytes[right.start + index]
            }
            index += 1
        }
        return leftCount != rightCount ? leftCount < rightCount : left.start < right.start
    }

    private func removeDuplicates(_ items: inout [Item], _ bytes: UnsafeRawBufferPointer) {
        var kept = 0
        for index in items.indices {
            if kept > 0, items[kept - 1].prefix == items[index].prefix,
                bytes[items[kept - 1].start..<items[kept - 1].end].elementsEqual(
                    bytes[items[index].start..<items[index].end])
            {
                kept -= 1
            }
            items[kept] = items[index]
            kept += 1
        }
        items.removeLast(items.count - kept)
    }
}
