import StreamCore

/// Reads the parts of a record from a payload and never past its end.
struct PayloadReader {
    /// Where the next part starts.
    private(set) var position: Int

    /// A reader that starts at `position`.
    init(at position: Int) { self.position = position }

    /// The next signed number.
    @inline(__always)
    mutating func zigzag(_ payload: [UInt8]) throws(BatchDamage) -> Int64 {
        guard position < payload.count else { throw BatchDamage() }
        let first = payload[position]
        // Most numbers of a record fit one byte.
        if first < 0x80 {
            position &+= 1
            return Int64(first >> 1) ^ -Int64(first & 1)
        }
        return try longZigzag(payload)
    }

    /// The next key or value, sharing storage with the payload; nil for null.
    @inline(__always)
    mutating func bytes(_ payload: [UInt8]) throws(BatchDamage) -> Bytes? {
        let length = try zigzag(payload)
        guard length >= 0 else {
            guard length == -1 else { throw BatchDamage() }
            return nil
        }
        guard length <= payload.count &- position else { throw BatchDamage() }
        let start = position
        position &+= Int(length)
        return Bytes(payload, in: start..<position)
    }

    /// The next record's headers.
    @inline(__always)
    mutating func headers(_ payload: [UInt8]) throws(BatchDamage) -> Headers {
        let count = try zigzag(payload)
        return count == 0 ? .none : try headers(count, payload)
    }

    /// Passes over the rest of a record after its timestamp.
    mutating func skipRecord(_ payload: [UInt8]) throws(BatchDamage) {
        try skipBytes(payload)
        try skipBytes(payload)
        let count = try zigzag(payload)
        guard count >= 0 else { throw BatchDamage() }
        for _ in 0..<count {
            try skipBytes(payload)
            try skipBytes(payload)
        }
    }

    private mutating func skipBytes(_ payload: [UInt8]) throws(BatchDamage) {
        let length = try zigzag(payload)
        guard length >= -1, length <= payload.count &- position else { throw BatchDamage() }
        position &+= max(0, Int(length))
    }

    private mutating func longZigzag(_ payload: [UInt8]) throws(BatchDamage) -> Int64 {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64, position < payload.count {
            let byte = payload[position]
            position &+= 1
            result |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return Int64(bitPattern: result >> 1) ^ -Int64(bitPattern: result & 1) }
            shift &+= 7
        }
        throw BatchDamage()
    }

    private mutating func headers(_ count: Int64, _ payload: [UInt8]) throws(BatchDamage) -> Headers {
        // Each header takes two bytes at least: a larger count is damage, and must not reserve memory.
        guard count > 0, count <= (payload.count &- position) / 2 else { throw BatchDamage() }
        var entries: [Headers.Entry] = []
        entries.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let name = try bytes(payload)?.utf8 else { throw BatchDamage() }
            entries.append(Headers.Entry(name: name, value: try bytes(payload)))
        }
        return Headers(entries)
    }
}

extension Headers {
    /// How many bytes names and values take.
    var byteCount: Int {
        entries.reduce(0) { $0 + $1.name.utf8.count + ($1.value?.count ?? 0) }
    }
}
