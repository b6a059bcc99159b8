import StreamCore

extension Serde where Value == Assessment {
    /// Ten bytes: format (1), sentiment (0 neutral, 1 positive, 2 negative), score (IEEE 754, big-endian).
    static var assessment: Serde<Assessment> {
        let name = "sentiment.assessment"
        return Serde(
            description: name,
            encode: { assessment, writer in
                guard abs(assessment.score) <= 1 else {
                    throw SerdeError(.unencodable, serde: name, reason: "score \(assessment.score) is not from -1 to 1")
                }
                writer.append(BinaryFormat.version)
                writer.append(assessment.sentiment.code)
                writer.append(bigEndian: assessment.score.bitPattern)
            },
            decode: { bytes in
                var reader = try BinaryFormat.open(bytes, as: name)
                let sentiment = try BinaryFormat.require(
                    reader.integer(UInt8.self).flatMap(Sentiment.init(code:)), "sentiment", reader, as: name)
                let score = try BinaryFormat.require(
                    reader.integer(UInt64.self).map(Double.init(bitPattern:)).flatMap { abs($0) <= 1 ? $0 : nil },
                    "score", reader, as: name)
                try BinaryFormat.close(reader, as: name)
                return Assessment(sentiment: sentiment, score: score)
            })
    }
}

extension Sentiment {
    fileprivate var code: UInt8 {
        switch self {
        case .neutral: 0
        case .positive: 1
        case .negative: 2
        }
    }

    fileprivate init?(code: UInt8) {
        switch code {
        case 0: self = .neutral
        case 1: self = .positive
        case 2: self = .negative
        default: return nil
        }
    }
}
