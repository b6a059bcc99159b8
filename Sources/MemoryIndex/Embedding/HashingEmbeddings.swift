/// Embeds texts by the words and word parts they hold: deterministic, without a model, the same on every machine.
///
/// Texts with common words lie close together, and so do, less so, words with common parts; meaning beyond spelling it does
/// not know. For tests, for demos, and where no model is at hand.
public struct HashingEmbeddings: ImmediateEmbeddingSource {
    /// How many numbers a vector has.
    public let dimension: Int

    /// A source of vectors of `dimension` numbers; below 1 counts as 1.
    public init(dimension: Int = 256) { self.dimension = max(1, dimension) }

    /// The algorithm, its version and the dimension.
    public var name: String { "hashing-1-\(dimension)" }

    /// The vectors of `texts`; never throws and never waits.
    public func embed(_ texts: [String]) async -> [[Float]] { texts.map { vector(of: $0) } }

    /// The vector of `text`: of length 1, or of zeros when it holds neither letters nor digits.
    public func vector(of text: String) -> [Float] {
        var vector = [Float](repeating: 0, count: dimension)
        for word in text.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
            let letters = Array(word.utf8)
            add(letters[...], 1, to: &vector)
            guard letters.count > 3 else { continue }
            let weight = 0.5 / Float(letters.count - 2).squareRoot()
            for start in 0...(letters.count - 3) { add(letters[start..<(start + 3)], weight, to: &vector) }
        }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? vector.map { $0 / length } : vector
    }

    /// Adds a feature at the place that its hash decides, with the sign that its hash decides.
    private func add(_ feature: ArraySlice<UInt8>, _ weight: Float, to vector: inout [Float]) {
        // FNV-1a, folded so that its lowest bit depends on all of it.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in feature { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash ^= hash >> 32
        let place = Int((hash >> 1) % UInt64(dimension))
        vector[place] += hash & 1 == 0 ? weight : -weight
    }
}
