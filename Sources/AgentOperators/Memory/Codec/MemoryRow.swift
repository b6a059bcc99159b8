import StreamCore

/// The key of a row of `<memory>-items`: rows of one session lie together, its items in their order.
struct MemoryRowKey: Hashable, Sendable {
    enum Place: Hashable, Sendable {
        /// The item with this sequence number.
        case item(Int64)
        /// Where the item with this identifier is.
        case id(String)
    }

    let session: String
    let place: Place

    init(_ session: String, _ place: Place) {
        self.session = session
        self.place = place
    }

    private static let (item, id): (UInt8, UInt8) = (1, 2)

    /// Length and bytes of the session, a byte for the kind, then the number in network order, or the identifier.
    static let serde = Serde<MemoryRowKey>(
        description: "tributary.memory-key",
        encode: { key, writer in
            writer.append(field: key.session)
            switch key.place {
            case .item(let sequence):
                writer.append(item)
                // The sign flipped, so that byte order is the numbers' order for any of them.
                writer.append(bigEndian: UInt64(bitPattern: sequence) ^ (1 << 63))
            case .id(let name):
                writer.append(id)
                writer.append(name)
            }
        },
        decode: { try MemoryRowKey(reading: $0) })

    /// What the keys of all items of `session` start with.
    static func prefix(ofItemsOf session: String) -> Bytes {
        var writer = ByteWriter()
        writer.append(field: session)
        writer.append(item)
        return Bytes(writer.bytes)
    }

    private init(reading bytes: Bytes) throws(SerdeError) {
        var reader = ByteReader(bytes)
        guard let length = reader.varint(), length <= UInt64(reader.remaining), let run = reader.run(Int(length)),
            let session = run.utf8, let kind = reader.integer(UInt8.self)
        else { throw Self.damaged }
        self.session = session
        switch kind {
        case Self.item:
            guard let number = reader.integer(UInt64.self), reader.remaining == 0 else { throw Self.damaged }
            place = .item(Int64(bitPattern: number ^ (1 << 63)))
        case Self.id:
            guard let name = reader.run(reader.remaining)?.utf8 else { throw Self.damaged }
            place = .id(name)
        default: throw Self.damaged
        }
    }

    private static let damaged = SerdeError(.malformed, serde: "tributary.memory-key", reason: "the key is damaged")
}

/// A row of `<memory>-items`.
enum MemoryRow: Sendable, Hashable {
    /// An item.
    case item(MemoryItem)
    /// The sequence number of the item with the identifier in the key.
    case place(Int64)

    private static let name = "tributary.memory-item"
    private static let version: UInt8 = 1

    /// A version byte, a byte for the kind, then fields with lengths.
    static let serde = Serde<MemoryRow>(
        description: name, encode: { row, writer in row.write(into: &writer) },
        decode: { try MemoryRow(reading: $0) })

    private func write(into writer: inout ByteWriter) {
        writer.append(Self.version)
        switch self {
        case .place(let sequence):
            writer.append(2)
            writer.append(zigzag: sequence)
        case .item(let item):
            writer.append(1)
            writer.append(field: item.id)
            writer.append(zigzag: item.sequence)
            writer.append(varint: UInt64(max(1, item.version)))
            writer.append(zigzag: item.epoch)
            writer.append(zigzag: item.timestamp.milliseconds)
            writer.append(field: item.expiry)
            writer.append(field: item.content.mime)
            writer.append(field: item.content.bytes)
            writer.append(field: item.metadata.isEmpty ? "" : MemoryJSON.text(of: item.metadata))
            writer.append(varint: UInt64(item.embedding == nil ? 0 : 1))
            if let embedding = item.embedding {
                writer.append(field: embedding.source)
                writer.append(varint: UInt64(embedding.vector.count))
                for number in embedding.vector { writer.append(bigEndian: number.bitPattern) }
            }
        }
    }

    private init(reading bytes: Bytes) throws(SerdeError) {
        var fields = try MemoryFields(bytes, serde: Self.name, version: Self.version)
        switch try fields.byte() {
        case 1: self = .item(try Self.item(&fields))
        case 2: self = .place(try fields.number())
        default: throw SerdeError(.malformed, serde: Self.name, reason: "neither an item nor a place")
        }
        try fields.finish()
    }

    private static func item(_ fields: inout MemoryFields) throws(SerdeError) -> MemoryItem {
        let (id, sequence) = (try fields.text(), try fields.number())
        let (version, epoch) = (try fields.count(), try fields.number())
        let timestamp = Timestamp(milliseconds: try fields.number())
        let expiry = try fields.moment()
        let mime = try fields.text()
        let content = MemoryContent(trusted: try fields.bytes(), mime: mime)
        let text = try fields.text()
        guard let metadata = text.isEmpty ? [:] : MemoryJSON.metadata(in: text) else {
            throw SerdeError(.malformed, serde: name, reason: "the metadata is no JSON object")
        }
        var embedding: MemoryEmbedding?
        if try fields.count() == 1 {
            embedding = MemoryEmbedding(source: try fields.text(), vector: try fields.floats())
        }
        return MemoryItem(
            id: id, sequence: sequence, version: version, epoch: epoch, content: content, metadata: metadata,
            timestamp: timestamp, expiry: expiry, embedding: embedding)
    }
}
