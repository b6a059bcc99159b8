package import StreamCore

extension ByteWriter {
    /// Appends a text with its length.
    package mutating func append(text: String) { append(run: Bytes(text)) }

    /// Length + 1, then the bytes; 0 is null.
    package mutating func append(run: Bytes?) {
        append(varint: run.map { UInt64($0.count) + 1 } ?? 0)
        if let run { append(run) }
    }

    /// One byte that says "the same", or the bytes.
    mutating func append(half: Bytes?, sameAs other: Bytes?) {
        append(half == other ? 1 : 0)
        if half != other { append(run: half) }
    }
}

/// Reads the fields of a journal's entry; whatever is cut off or out of range is damage.
package struct EntryReader {
    private let serde: String
    private var reader: ByteReader

    /// A reader of an entry that `serde` wrote.
    package init(_ bytes: Bytes, of serde: String) {
        self.serde = serde
        reader = ByteReader(bytes)
    }

    /// What is thrown for it.
    package var damaged: SerdeError { SerdeError(.malformed, serde: serde, reason: "the entry is damaged") }

    /// Whether all is read.
    package var isAtEnd: Bool { reader.remaining == 0 }

    /// A byte.
    package mutating func byte() throws -> UInt8 {
        guard let byte = reader.integer(UInt8.self) else { throw damaged }
        return byte
    }

    /// A signed number.
    package mutating func number() throws -> Int64 {
        guard let number = reader.zigzag() else { throw damaged }
        return number
    }

    /// A partition's number.
    package mutating func partition() throws -> Int32 {
        guard let partition = Int32(exactly: try number()) else { throw damaged }
        return partition
    }

    /// How many elements follow.
    package mutating func count() throws -> Int {
        guard let count = reader.varint(), count <= UInt64(reader.remaining) else { throw damaged }
        return Int(count)
    }

    /// Bytes; nil is null.
    package mutating func run() throws -> Bytes? {
        guard let length = reader.varint(), length <= UInt64(reader.remaining) + 1 else { throw damaged }
        guard length > 0 else { return nil }
        guard let run = reader.run(Int(length - 1)) else { throw damaged }
        return run.compact
    }

    /// A text.
    package mutating func text() throws -> String {
        guard let text = try run()?.utf8 else { throw damaged }
        return text
    }

    mutating func half(sameAs other: Bytes?) throws -> Bytes? {
        switch try byte() {
        case 0: try run()
        case 1: other
        default: throw damaged
        }
    }
}
