import StreamCore

/// Messages for a task whose request has not been read yet, in order of arrival.
struct EarlyMessages: Sendable, Hashable {
    /// How many are kept for one task.
    static let limit = 32

    var inputs: [MarketInput] = []
    /// When they are given up.
    var ends: Timestamp

    private static let version: UInt8 = 1

    /// A version byte and the end; then for each message one byte for its kind, the length, and the bytes of its format.
    static func serde(_ format: MarketFormat) -> Serde<EarlyMessages> {
        let commands = Serde<MarketCommand>.json()
        let name = "tributary.market-early-messages"
        return Serde(
            description: name,
            encode: { early, writer in
                writer.append(version)
                writer.append(zigzag: early.ends.milliseconds)
                for input in early.inputs {
                    let (kind, bytes): (UInt8, Bytes?) =
                        switch input {
                        case .request(let request): (1, try format.request.encode(request))
                        case .response(let response): (2, try format.response.encode(response))
                        case .negotiation(let message): (3, try format.negotiation.encode(message))
                        case .command(let command): (4, try commands.encode(command))
                        }
                    writer.append(kind)
                    writer.append(varint: UInt64(bytes?.count ?? 0))
                    if let bytes { writer.append(bytes) }
                }
            },
            decode: { bytes in
                var reader = ByteReader(bytes)
                let damaged = SerdeError(.malformed, serde: name, reason: "the entry is damaged or of another version")
                guard reader.integer(UInt8.self) == version, let ends = reader.zigzag() else { throw damaged }
                var early = EarlyMessages(ends: Timestamp(milliseconds: ends))
                while let kind = reader.integer(UInt8.self) {
                    guard let length = reader.varint(), length <= UInt64(reader.remaining),
                        let run = reader.run(Int(length))
                    else { throw damaged }
                    switch kind {
                    case 1: early.inputs.append(.request(try format.request.decode(run)))
                    case 2: early.inputs.append(.response(try format.response.decode(run)))
                    case 3: early.inputs.append(.negotiation(try format.negotiation.decode(run)))
                    case 4: early.inputs.append(.command(try commands.decode(run)))
                    default: throw damaged
                    }
                }
                return early
            })
    }
}
