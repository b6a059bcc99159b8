/// Makes vectors of texts, so that texts that mean the same lie close together.
///
/// Vectors of two sources are never compared: ``name`` and ``dimension`` are kept beside every vector, and one of another
/// source counts as none.
public protocol EmbeddingSource: Sendable {
    /// Names the source and, where it has one, its model: kept with every vector, so it must not change while the vectors
    /// it makes stay the same, and must change when they do.
    var name: String { get }

    /// How many numbers a vector has; at least 1.
    var dimension: Int { get }

    /// The vectors of `texts`, in their order, each of ``dimension`` finite numbers.
    ///
    /// Called from any thread, several calls at once. Lengths need not be 1: searches compare directions.
    ///
    /// - Parameter texts: what to embed; may be empty, and a text may be.
    /// - Returns: as many vectors as there are texts.
    /// - Throws: what keeps it from answering; the caller decides whether it asks again.
    func embed(_ texts: [String]) async throws -> [[Float]]
}

extension EmbeddingSource {
    /// The vector of one text.
    ///
    /// - Throws: what ``embed(_:)`` throws; ``EmbeddingError`` when the answer is not one vector of ``dimension`` finite
    ///   numbers.
    public func embed(_ text: String) async throws -> [Float] {
        let vectors = try await embed([text])
        try check(vectors, for: 1)
        return vectors[0]
    }

    /// Whether `vectors` are what ``embed(_:)`` must answer for so many texts.
    ///
    /// - Throws: ``EmbeddingError`` that says what is wrong.
    public func check(_ vectors: [[Float]], for count: Int) throws(EmbeddingError) {
        guard vectors.count == count else {
            throw EmbeddingError(source: name, reason: "\(vectors.count) vectors for \(count) texts")
        }
        for (index, vector) in vectors.enumerated() {
            guard vector.count == dimension else {
                throw EmbeddingError(
                    source: name, reason: "vector \(index) has \(vector.count) numbers instead of \(dimension)")
            }
            guard vector.allSatisfy(\.isFinite) else {
                throw EmbeddingError(source: name, reason: "vector \(index) holds a number that is not finite")
            }
        }
    }
}

/// An embedding source that answers without waiting, so that no step has to be journalled for it.
public protocol ImmediateEmbeddingSource: EmbeddingSource {
    /// The vector of `text`: ``EmbeddingSource/dimension`` finite numbers.
    func vector(of text: String) -> [Float]
}

/// An embedding source's answer that is not what it must be.
public struct EmbeddingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The source's ``EmbeddingSource/name``.
    public let source: String
    /// What is wrong.
    public let reason: String

    /// An error of the source called `source`.
    public init(source: String, reason: String) {
        self.source = source
        self.reason = reason
    }

    /// The source and what is wrong with its answer.
    public var description: String { "embedding source '\(source)' gave a wrong answer: \(reason)" }
}
