/// A growing run of bytes that serdes write into: one allocation for many records.
public struct ByteWriter: Sendable {
    @usableFromInline var written: [UInt8] = []

    /// An empty writer with room for `capacity` bytes.
    @inlinable public init(capacity: Int = 0) {
        written.reserveCapacity(capacity)
    }

    /// All that was written.
    @inlinable public var bytes: [UInt8] { written }

    /// How many bytes were written.
    @inlinable public var count: Int { written.count }

    /// Appends one byte.
    @inlinable public mutating func append(_ byte: UInt8) { written.append(byte) }

    /// Appends `more`.
    @inlinable public mutating func append(_ more: [UInt8]) { written.append(contentsOf: more) }

    /// Appends `more`.
    @inlinable public mutating func append(_ more: Bytes) {
        more.withUnsafeBytes { written.append(contentsOf: $0) }
    }

    /// Appends `more`, which must stay valid during the call.
    @inlinable public mutating func append(_ more: UnsafeRawBufferPointer) { written.append(contentsOf: more) }

    /// Appends the UTF-8 bytes of `text`.
    @inlinable public mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { written.append(contentsOf: $0) }
    }

    /// Appends `integer` in network order (big-endian), so that unsigned byte order is numeric order for
    /// integers that are not negative.
    @inlinable public mutating func append<Integer: FixedWidthInteger>(bigEndian integer: Integer) {
        withUnsafeBytes(of: integer.bigEndian) { written.append(contentsOf: $0) }
    }

    /// Appends `integer` as a variable-length unsigned number, seven bits a byte, least significant first.
    @inlinable public mutating func append(varint integer: UInt64) {
        var rest = integer
        while rest >= 0x80 {
            written.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        written.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Appends `integer` as a variable-length signed number (zigzag, then seven bits a byte), as in Kafka's record format.
    @inlinable public mutating func append(zigzag integer: Int64) {
        append(varint: UInt64(bitPattern: (integer << 1) ^ (integer >> 63)))
    }

    /// Takes back everything written after the first `count` bytes.
    @inlinable public mutating func truncate(to count: Int) {
        if count < written.count { written.removeLast(written.count - count) }
    }

    /// Forgets everything and keeps the memory.
    @inlinable public mutating func removeAll() { written.removeAll(keepingCapacity: true) }
}
