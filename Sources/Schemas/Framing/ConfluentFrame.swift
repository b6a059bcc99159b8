public import StreamCore

/// How Confluent's serializers mark a value: a zero byte, the schema's id as four bytes with the highest first, then the payload.
public enum ConfluentFrame {
    /// How many bytes come before the payload.
    public static let prefixCount = 5

    /// Appends the prefix of a payload that has schema `id`.
    public static func writePrefix(id: Int32, into writer: inout ByteWriter) {
        writer.append(0)
        writer.append(bigEndian: id)
    }

    /// Splits a framed value into its schema's id and its payload, which shares the value's storage.
    ///
    /// - Throws: ``ConfluentFrameError`` when it has no such prefix.
    public static func read(_ value: Bytes) throws(ConfluentFrameError) -> (id: Int32, payload: Bytes) {
        guard value.count >= prefixCount, value[0] == 0 else { throw ConfluentFrameError(value) }
        let id = (1..<prefixCount).reduce(UInt32(0)) { $0 << 8 | UInt32(value[$1]) }
        return (Int32(bitPattern: id), value[prefixCount..<value.count])
    }
}

/// A value without the prefix of Confluent's serializers.
public struct ConfluentFrameError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What the value begins with, and what was expected.
    public let description: String

    init(_ value: Bytes) {
        let start = (0..<min(value.count, ConfluentFrame.prefixCount)).map { index in
            let digits = String(value[index], radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }
        description =
            "no schema registry frame: expected 00 and a schema id of 4 bytes, "
            + (value.isEmpty ? "the value is empty" : "the value of \(value.count) bytes begins with \(start.joined())")
    }
}
