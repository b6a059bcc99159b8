/// Reads numbers and runs from bytes, front to back, and never past their end.
public struct ByteReader: Sendable {
    /// What is read.
    public let bytes: Bytes
    @usableFromInline var next = 0

    /// A reader at the start of `bytes`.
    @inlinable public init(_ bytes: Bytes) { self.bytes = bytes }

    /// How many bytes were read.
    @inlinable public var position: Int { next }

    /// How many bytes are left.
    @inlinable public var remaining: Int { bytes.count - next }

    /// The next big-endian integer, or nil when too few bytes are left.
    @inlinable public mutating func integer<Integer: FixedWidthInteger>(_: Integer.Type = Integer.self) -> Integer? {
        let size = MemoryLayout<Integer>.size
        guard remaining >= size else { return nil }
        let start = next
        next += size
        return bytes.withUnsafeBytes { Integer(bigEndian: $0.loadUnaligned(fromByteOffset: start, as: Integer.self)) }
    }

    /// The next variable-length unsigned number, or nil when it is cut off or longer than 64 bits.
    @inlinable public mutating func varint() -> UInt64? {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64, remaining > 0 {
            let byte = bytes[next]
            next += 1
            result |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return result }
            shift += 7
        }
        return nil
    }

    /// The next variable-length signed number, or nil when it is cut off.
    @inlinable public mutating func zigzag() -> Int64? {
        varint().map { Int64(bitPattern: ($0 >> 1)) ^ -Int64(bitPattern: $0 & 1) }
    }

    /// The next `count` bytes, sharing storage, or nil when fewer are left.
    @inlinable public mutating func run(_ count: Int) -> Bytes? {
        guard count >= 0, remaining >= count else { return nil }
        defer { next += count }
        return bytes[next..<(next + count)]
    }
}
