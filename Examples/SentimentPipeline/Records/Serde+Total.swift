import StreamCore

extension Serde where Value == Total {
    /// Five to some bytes: format (1), then positive, negative, neutral and count as varints.
    static var total: Serde<Total> {
        let name = "sentiment.total"
        return Serde(
            description: name,
            encode: { total, writer in
                writer.append(BinaryFormat.version)
                for number in [total.positive, total.negative, total.neutral, total.count] {
                    guard let unsigned = UInt64(exactly: number) else {
                        throw SerdeError(.unencodable, serde: name, reason: "a count of \(number)")
                    }
                    writer.append(varint: unsigned)
                }
            },
            decode: { bytes in
                var reader = try BinaryFormat.open(bytes, as: name)
                let total = Total(
                    positive: try BinaryFormat.require(number(&reader), "positive", reader, as: name),
                    negative: try BinaryFormat.require(number(&reader), "negative", reader, as: name),
                    neutral: try BinaryFormat.require(number(&reader), "neutral", reader, as: name),
                    count: try BinaryFormat.require(number(&reader), "count", reader, as: name))
                try BinaryFormat.close(reader, as: name)
                return total
            })
    }

    private static func number(_ reader: inout ByteReader) -> Int64? { reader.varint().flatMap { Int64(exactly: $0) } }
}
