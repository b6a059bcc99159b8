import JSON
public import StreamCore

/// Turns texts into vectors by a model behind the OpenAI interface: `embeddings`.
public struct OpenAIEmbeddings: Sendable {
    /// The model's name, as the server knows it.
    public let name: String
    /// How many numbers a vector has.
    public let dimension: Int
    private let endpoint: OpenAIEndpoint
    private let isShortened: Bool
    private let batch: Int

    /// The model `name` at `endpoint`.
    ///
    /// - Parameters:
    ///   - name: the model.
    ///   - endpoint: where it is.
    ///   - dimension: how many numbers a vector has; an answer with another number is refused.
    ///   - isShortened: whether the model is told that number, because its own vectors are longer.
    ///   - batch: how many texts one call takes.
    public init(
        _ name: String, at endpoint: OpenAIEndpoint, dimension: Int, isShortened: Bool = false, batch: Int = 256
    ) {
        self.name = name
        self.dimension = dimension
        self.isShortened = isShortened
        self.endpoint = endpoint
        self.batch = max(1, batch)
    }

    /// The vectors of `texts`, in that order.
    ///
    /// - Throws: ``ChatModelError``; `CancellationError` when the task is cancelled.
    public func embed(_ texts: [String]) async throws -> [[Float]] {
        try await embed(texts, deadline: nil)
    }

    /// The vectors of `texts`, in that order, before `deadline`.
    ///
    /// - Throws: ``ChatModelError``; `CancellationError` when the task is cancelled.
    public func embed(_ texts: [String], deadline: Timestamp?) async throws -> [[Float]] {
        var vectors: [[Float]] = []
        vectors.reserveCapacity(texts.count)
        for start in stride(from: 0, to: texts.count, by: batch) {
            let part = texts[start..<min(start + batch, texts.count)]
            vectors += try await call(Array(part), deadline)
        }
        return vectors
    }

    private func call(_ texts: [String], _ deadline: Timestamp?) async throws -> [[Float]] {
        // Providers refuse empty texts.
        let input = texts.map { JSONValue.string($0.isEmpty ? " " : $0) }
        var body = [
            JSONMember("model", .string(name)), JSONMember("input", .array(input)),
            JSONMember("encoding_format", "float"),
        ]
        if isShortened { body.append(JSONMember("dimensions", .integer(Int64(dimension)))) }
        let answer = try await endpoint.post(
            "embeddings", .object(body), idempotencyKey: nil, deadline: deadline)
        var vectors = [[Float]?](repeating: nil, count: texts.count)
        for (place, item) in (answer["data"]?.elements ?? []).enumerated() {
            let index = item["index"]?.integerValue.flatMap { Int(exactly: $0) } ?? place
            guard vectors.indices.contains(index), let numbers = item["embedding"]?.elements else { continue }
            let vector = numbers.compactMap { $0.number.map { Float($0) } }
            guard vector.count == numbers.count, vector.allSatisfy(\.isFinite) else {
                throw endpoint.malformed("vector \(index) has something else than numbers")
            }
            vectors[index] = vector
        }
        let found = vectors.compactMap(\.self)
        guard found.count == texts.count, found.allSatisfy({ $0.count == dimension }) else {
            throw endpoint.malformed("\(texts.count) texts, and not as many vectors of \(dimension) numbers")
        }
        return found
    }
}
