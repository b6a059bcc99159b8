import StreamCore

/// What the binary serdes of this example share: a first byte that names the format, and nothing after the last field.
///
/// The bytes are for stores and internal topics, about ten times faster than JSON; topics that people read stay JSON.
enum BinaryFormat {
    /// The only format so far.
    static let version: UInt8 = 1

    /// A reader behind the format byte of `bytes`.
    ///
    /// - Throws: ``SerdeError`` when there are no bytes, or they are of another format.
    static func open(_ bytes: Bytes, as serde: String) throws(SerdeError) -> ByteReader {
        var reader = ByteReader(bytes)
        guard let found = reader.integer(UInt8.self) else {
            throw SerdeError(.malformed, serde: serde, reason: "no bytes, not even the format's number")
        }
        guard found == version else {
            throw SerdeError(
                .malformed, serde: serde,
                reason: "format \(found), and this program reads \(version): read it with the program that wrote it, "
                    + "or reset the application to build its state anew")
        }
        return reader
    }

    /// Refuses bytes behind the last field.
    static func close(_ reader: ByteReader, as serde: String) throws(SerdeError) {
        guard reader.remaining == 0 else {
            throw SerdeError(
                .malformed, serde: serde, reason: "\(reader.remaining) bytes too many after byte \(reader.position)")
        }
    }

    /// The next field, or an error that names it.
    static func require<Field>(
        _ field: Field?, _ name: String, _ reader: ByteReader, as serde: String
    ) throws(SerdeError) -> Field {
        guard let field else {
            throw SerdeError(
                .malformed, serde: serde,
                reason: "field '\(name)' is cut off or out of range at byte \(reader.position)")
        }
        return field
    }
}
