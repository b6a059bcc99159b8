import MemoryIndex
import Testing

@Suite struct HashingEmbeddingsTests {
    let source = HashingEmbeddings(dimension: 128)

    @Test("The same text gives the same vector, of length 1")
    func deterministic() async throws {
        let vectors = await source.embed(["The invoice of March", "The invoice of March", ""])
        let vector = source.vector(of: "the INVOICE of march!")
        let length = vector.reduce(0) { $0 + $1 * $1 }
        #expect(vectors[0] == vectors[1])
        #expect(vectors[0] == vector)
        #expect(abs(length - 1) < 0.0001)
        #expect(vectors[2] == [Float](repeating: 0, count: 128))
        #expect(source.name == "hashing-1-128")
    }

    @Test("Texts with common words lie closer together than others")
    func closeness() {
        let question = source.vector(of: "when does the invoice fall due")
        let near = source.vector(of: "the invoice falls due in March")
        let far = source.vector(of: "my cat prefers fish")
        let (toNear, toFar) = (product(question, near), product(question, far))
        #expect(toNear > toFar + 0.2)
    }

    @Test("A wrong answer of a source is refused with what is wrong")
    func wrongAnswers() async throws {
        await expect("2 vectors for 1 texts", [[1, 2], [1, 2]])
        await expect("vector 0 has 1 numbers instead of 2", [[1]])
        await expect("vector 0 holds a number that is not finite", [[1, .nan]])
        let good = try await Canned(answer: [[1, 2]]).embed("text")
        #expect(good == [1, 2])
    }

    private func expect(_ reason: String, _ answer: [[Float]]) async {
        let error = await #expect(throws: EmbeddingError.self) { try await Canned(answer: answer).embed("text") }
        #expect(error?.reason == reason)
    }

    private func product(_ left: [Float], _ right: [Float]) -> Float { zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } }
}

private struct Canned: EmbeddingSource {
    let answer: [[Float]]
    let name = "canned"
    let dimension = 2

    func embed(_ texts: [String]) async throws -> [[Float]] { answer }
}
