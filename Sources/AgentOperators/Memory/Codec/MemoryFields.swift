import StreamCore

extension ByteWriter {
    /// A length, then the UTF-8 bytes.
    mutating func append(field text: String) {
        append(varint: UInt64(text.utf8.count))
        append(text)
    }

    /// A length, then the bytes.
    mutating func append(field bytes: Bytes) {
        append(varint: UInt64(bytes.count))
        append(bytes)
    }

    /// 0, or 1 and the milliseconds.
    mutating func append(field moment: Timestamp?) {
        append(moment == nil ? 0 : 1)
        if let moment { append(zigzag: moment.milliseconds) }
    }
}

/// Reads fields with lengths; whatever is cut off or out of range is damage, never a trap.
struct MemoryFields {
    private let serde: String
    private var reader: ByteReader

    /// Reads `bytes`, whose first byte must be `version`.
    init(_ bytes: Bytes, serde: String, version: UInt8) throws(SerdeError) {
        self.serde = serde
        reader = ByteReader(bytes)
        guard let first = reader.integer(UInt8.self) else { throw damaged }
        guard first == version else {
            throw SerdeError(
                .malformed, serde: serde,
                reason: "format version \(first), this program knows \(version): run the program that wrote it")
        }
    }

    private var damaged: SerdeError {
        SerdeError(.malformed, serde: serde, reason: "damaged at byte \(reader.position)")
    }

    /// Makes sure that nothing is left.
    func finish() throws(SerdeError) { guard reader.remaining == 0 else { throw damaged } }

    mutating func byte() throws(SerdeError) -> UInt8 {
        guard let byte = reader.integer(UInt8.self) else { throw damaged }
        return byte
    }

    mutating func number() throws(SerdeError) -> Int64 {
        guard let number = reader.zigzag() else { throw damaged }
        return number
    }

    mutating func count() throws(SerdeError) -> Int {
        guard let count = reader.varint(), count <= UInt64(Int32.max) else { throw damaged }
        return Int(count)
    }

    /// The next `count` bytes, in storage of their own.
    mutating func run(_ count: Int) throws(SerdeError) -> Bytes {
        guard let run = reader.run(count) else { throw damaged }
        return run.compact
    }

    mutating func bytes() throws(SerdeError) -> Bytes { try run(try count()) }

    mutating func text() throws(SerdeError) -> String {
        guard let run = reader.run(try count()), let text = run.utf8 else { throw damaged }
        return text
    }

    mutating func moment() throws(SerdeError) -> Timestamp? {
        switch try byte() {
        case 0: return nil
        case 1: return Timestamp(milliseconds: try number())
        default: throw damaged
        }
    }

    /// How many bytes are left.
    var remaining: Int { reader.remaining }

    /// The next eight bytes, in network order.
    mutating func pattern() throws(SerdeError) -> UInt64 {
        guard let pattern = reader.integer(UInt64.self) else { throw damaged }
        return pattern
    }

    mutating func floats() throws(SerdeError) -> [Float] {
        let count = try count()
        guard count * 4 <= reader.remaining else { throw damaged }
        var floats: [Float] = []
        floats.reserveCapacity(count)
        for _ in 0..<count {
            guard let pattern = reader.integer(UInt32.self) else { throw damaged }
            floats.append(Float(bitPattern: pattern))
        }
        return floats
    }
}
