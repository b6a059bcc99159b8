/// An immutable run of bytes: a slice of shared storage, compared and ordered by content.
///
/// Slicing copies nothing, so that a fetched batch of a thousand records is one allocation. Ordered as unsigned bytes,
/// shorter first, which is the order of keys in every store.
public struct Bytes: Sendable {
    @usableFromInline let storage: [UInt8]
    @usableFromInline let lower: UInt32
    @usableFromInline let upper: UInt32

    /// No bytes.
    public static let empty = Bytes([])

    /// All of `array`, without a copy.
    ///
    /// Storage beyond 4 GiB is cut off there: no record is that large.
    @inlinable public init(_ array: [UInt8]) {
        storage = array
        lower = 0
        upper = UInt32(clamping: array.count)
    }

    /// The part `range` of `array`, without a copy; a range that leaves the array is clamped to it.
    @inlinable public init(_ array: [UInt8], in range: Range<Int>) {
        storage = array
        let end = UInt32(clamping: min(range.upperBound, array.count))
        upper = end
        lower = min(UInt32(clamping: range.lowerBound), end)
    }

    /// The UTF-8 bytes of `text`.
    @inlinable public init(_ text: String) { self.init(Array(text.utf8)) }

    /// How many bytes there are.
    @inlinable public var count: Int { Int(upper &- lower) }

    /// Whether there are none.
    @inlinable public var isEmpty: Bool { upper == lower }

    /// The byte at `index`, counted from the start of this run.
    @inlinable public subscript(index: Int) -> UInt8 { storage[Int(lower) &+ index] }

    /// The bytes in `range`, counted from the start of this run, sharing its storage; clamped to it.
    @inlinable public subscript(range: Range<Int>) -> Bytes {
        let end = min(range.upperBound, count)
        return Bytes(storage, in: (Int(lower) &+ min(range.lowerBound, end))..<(Int(lower) &+ end))
    }

    /// Calls `body` with the bytes, valid only during the call.
    @inlinable public func withUnsafeBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try storage.withUnsafeBytes { all in
            try body(UnsafeRawBufferPointer(rebasing: all[Int(lower)..<Int(upper)]))
        }
    }

    /// A copy of the bytes as an array.
    @inlinable public var array: [UInt8] {
        lower == 0 && Int(upper) == storage.count ? storage : Array(storage[Int(lower)..<Int(upper)])
    }

    /// The same bytes in storage of their own, for keeping a small part of a large batch.
    @inlinable public var compact: Bytes { Bytes(array) }

    /// The bytes as text, or nil when they are not valid UTF-8.
    @inlinable public var utf8: String? {
        withUnsafeBytes { String(validating: $0, as: UTF8.self) }
    }

    /// Lower-case hexadecimal, two digits a byte.
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(count * 2)
        for index in 0..<count {
            text.append(digits[Int(self[index] >> 4)])
            text.append(digits[Int(self[index] & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension Bytes: Hashable {
    /// Whether both hold the same bytes, wherever these lie.
    @inlinable public static func == (left: Bytes, right: Bytes) -> Bool {
        guard left.count == right.count else { return false }
        return left.withUnsafeBytes { a in right.withUnsafeBytes { b in a.elementsEqual(b) } }
    }

    /// Feeds the bytes to `hasher`: equal runs have equal hashes.
    @inlinable public func hash(into hasher: inout Hasher) {
        withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension Bytes: Comparable {
    /// Orders as unsigned bytes, a run before those that go on from it.
    @inlinable public static func < (left: Bytes, right: Bytes) -> Bool {
        left.withUnsafeBytes { a in right.withUnsafeBytes { b in a.lexicographicallyPrecedes(b) } }
    }
}

extension Bytes: CustomStringConvertible {
    /// The text, or hexadecimal after `0x` when the bytes are not text.
    public var description: String { utf8 ?? "0x\(hex)" }
}

extension Bytes: ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
    /// The UTF-8 bytes of the literal.
    public init(stringLiteral value: String) { self.init(value) }

    /// The bytes that the literal lists.
    public init(arrayLiteral elements: UInt8...) { self.init(elements) }
}
