import StreamCore

extension Serde where Value == Review {
    /// Compact bytes: format (1), time (zigzag), then identifier, product and text, each a length (varint) and UTF-8.
    static var review: Serde<Review> {
        let name = "sentiment.review"
        return Serde(
            description: name,
            encode: { review, writer in
                writer.append(BinaryFormat.version)
                writer.append(zigzag: review.at)
                for text in [review.id, review.product, review.text] {
                    writer.append(varint: UInt64(text.utf8.count))
                    writer.append(text)
                }
            },
            decode: { bytes in
                var reader = try BinaryFormat.open(bytes, as: name)
                let at = try BinaryFormat.require(reader.zigzag(), "at", reader, as: name)
                let id = try BinaryFormat.require(text(&reader), "id", reader, as: name)
                let product = try BinaryFormat.require(text(&reader), "product", reader, as: name)
                let text = try BinaryFormat.require(text(&reader), "text", reader, as: name)
                try BinaryFormat.close(reader, as: name)
                return Review(id: id, product: product, text: text, at: at)
            })
    }

    private static func text(_ reader: inout ByteReader) -> String? {
        reader.varint().flatMap { Int(exactly: $0) }.flatMap { reader.run($0) }?.utf8
    }
}
