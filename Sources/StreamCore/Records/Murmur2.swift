/// The hash by which Kafka's own clients choose a partition, so that Java, Python and Swift put one key in one partition.
public enum Murmur2 {
    /// Kafka's murmur2 of `bytes` (seed 0x9747b28c), as `org.apache.kafka.common.utils.Utils.murmur2`.
    @inlinable public static func hash(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        let m: UInt32 = 0x5bd1_e995
        var h: UInt32 = 0x9747_b28c ^ UInt32(truncatingIfNeeded: bytes.count)
        let blocks = bytes.count / 4
        for block in 0..<blocks {
            var k = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: block &* 4, as: UInt32.self))
            k = k &* m
            k ^= k >> 24
            k = k &* m
            h = (h &* m) ^ k
        }
        let tail = blocks * 4
        let rest = bytes.count - tail
        if rest >= 3 { h ^= UInt32(bytes[tail + 2]) << 16 }
        if rest >= 2 { h ^= UInt32(bytes[tail + 1]) << 8 }
        if rest >= 1 {
            h ^= UInt32(bytes[tail])
            h = h &* m
        }
        h ^= h >> 13
        h = h &* m
        h ^= h >> 15
        return Int32(bitPattern: h)
    }

    /// The partition of a key among `partitions`, as Kafka's default partitioner for keyed records.
    @inlinable public static func partition(_ key: UnsafeRawBufferPointer, of partitions: Int32) -> Int32 {
        partitions <= 1 ? 0 : (hash(key) & 0x7fff_ffff) % partitions
    }

    /// The partition of a key among `partitions`, as Kafka's default partitioner for keyed records.
    @inlinable public static func partition(_ key: Bytes, of partitions: Int32) -> Int32 {
        key.withUnsafeBytes { partition($0, of: partitions) }
    }

    /// The partition among `partitions` of a key that lies at `range` in `bytes`, without a copy.
    ///
    /// A range that leaves the array is clamped to it.
    @inlinable public static func partition(
        _ bytes: [UInt8], in range: Range<Int>, of partitions: Int32
    ) -> Int32 {
        bytes.withUnsafeBytes { all in
            partition(UnsafeRawBufferPointer(rebasing: all[range.clamped(to: all.indices)]), of: partitions)
        }
    }
}
