import JSON
import StreamCore

/// What a handler asks of its session's memory, as it travels to its task.
enum MemoryCall: Sendable, Equatable {
    case add(MemoryDraft)
    case delete(id: String)
    case clear
    case query(MemoryQuery)

    /// How many bytes of found items an answer holds at most, for the journal keeps it.
    static let largestAnswer = 1 << 20

    private static let name = "tributary.memory-call"
    private static let version: UInt8 = 1

    /// A version byte, a byte for the kind, then a command as JSON, or the fields of a query.
    var bytes: Bytes {
        get throws {
            var writer = ByteWriter()
            writer.append(Self.version)
            switch self {
            case .add(let draft): try Self.append(.add(draft), to: &writer)
            case .delete(let id): try Self.append(.delete(id: id), to: &writer)
            case .clear: try Self.append(.clear, to: &writer)
            case .query(let query):
                writer.append(2)
                writer.append(field: query.method.rawValue)
                writer.append(field: query.text)
                writer.append(varint: UInt64(clamping: min(query.limit, Int(Int32.max))))
                writer.append(field: MemoryJSON.text(of: query.metadata))
                writer.append(query.vector == nil ? 0 : 1)
                if let vector = query.vector {
                    writer.append(varint: UInt64(vector.count))
                    for number in vector { writer.append(bigEndian: number.bitPattern) }
                }
            }
            return Bytes(writer.bytes)
        }
    }

    private static func append(_ command: MemoryCommand, to writer: inout ByteWriter) throws {
        writer.append(1)
        writer.append(field: try MemoryCommand.serde.encode(command) ?? .empty)
    }

    /// The call that ``bytes`` says.
    ///
    /// - Throws: ``SerdeError`` when it is damaged or of another version.
    init(reading bytes: Bytes) throws {
        var fields = try MemoryFields(bytes, serde: Self.name, version: Self.version)
        switch try fields.byte() {
        case 1:
            switch try MemoryCommand.serde.decode(fields.bytes()) {
            case .add(let draft, _): self = .add(draft)
            case .delete(let id): self = .delete(id: id)
            case .clear: self = .clear
            }
        case 2:
            let damaged = SerdeError(.malformed, serde: Self.name, reason: "the query is damaged")
            guard let method = MemoryQuery.Method(rawValue: try fields.text()) else { throw damaged }
            let (text, limit) = (try fields.text(), try fields.count())
            guard let metadata = MemoryJSON.metadata(in: try fields.text()) else { throw damaged }
            let vector = try fields.byte() == 1 ? try fields.floats() : nil
            self = .query(MemoryQuery(method, text: text, vector: vector, limit: limit, metadata: metadata))
        default: throw SerdeError(.malformed, serde: Self.name, reason: "neither a command nor a query")
        }
        try fields.finish()
    }
}

/// What the memory answers: how many items it was, and those that were found or added.
struct MemoryAnswer {
    var count = 0
    var matches: [MemoryMatch] = []

    private static let name = "tributary.memory-answer"
    private static let version: UInt8 = 1

    init(count: Int = 0, matches: [MemoryMatch] = []) {
        self.count = count
        self.matches = matches
    }

    /// A version byte, 0, the count, then items with their scores, without vectors, as many as fit.
    var bytes: Bytes {
        get throws {
            var writer = ByteWriter()
            writer.append(Self.version)
            writer.append(0)
            writer.append(varint: UInt64(clamping: count))
            for match in matches {
                let before = writer.count
                let row = try MemoryRow.serde.encode(.item(match.item.withoutEmbedding)) ?? .empty
                writer.append(bigEndian: match.score.bitPattern)
                writer.append(field: row)
                guard writer.count <= MemoryCall.largestAnswer || before < 16 else {
                    writer.truncate(to: before)
                    break
                }
            }
            return Bytes(writer.bytes)
        }
    }

    /// A version byte, 1, then code and message of a refusal.
    static func bytes(of error: MemoryError) -> Bytes {
        var writer = ByteWriter()
        writer.append(version)
        writer.append(1)
        writer.append(field: error.code.rawValue)
        writer.append(field: error.message)
        return Bytes(writer.bytes)
    }

    /// The answer that `bytes` says.
    ///
    /// - Throws: the ``MemoryError`` that it says; ``SerdeError`` when it is damaged or of another version.
    init(reading bytes: Bytes) throws {
        var fields = try MemoryFields(bytes, serde: Self.name, version: Self.version)
        guard try fields.byte() == 0 else {
            let (code, message) = (try fields.text(), try fields.text())
            throw MemoryError(MemoryError.Code(rawValue: code) ?? .refused, message)
        }
        count = try fields.count()
        while fields.remaining > 0 {
            let score = Double(bitPattern: try fields.pattern())
            guard case .item(let item) = try MemoryRow.serde.decode(fields.bytes()) else { continue }
            matches.append(MemoryMatch(item: item, score: score))
        }
    }
}

extension MemoryItem {
    /// The item as those get it who only read.
    fileprivate var withoutEmbedding: MemoryItem {
        MemoryItem(
            id: id, sequence: sequence, version: version, epoch: epoch, content: content, metadata: metadata,
            timestamp: timestamp, expiry: expiry)
    }
}
