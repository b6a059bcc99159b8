import StreamCore
import Testing

@testable import AgentOperators

@Suite("RequestNames")
struct RequestNamesTests {
    private let source = TopicPartition("in", 2)

    private func record(_ offset: Int64) -> LogRecord {
        LogRecord(offset: offset, timestamp: Timestamp(milliseconds: 0), key: nil, value: nil)
    }

    @Test func `names are made of place and index, the same at every reading`() {
        func read() -> [String] {
            var names = RequestNames(prefix: "life/score/0_2", followsAsk: false)
            return [4, 4, 5].map { names.name(for: record($0), from: source) }
        }
        #expect(read() == ["life/score/0_2/in-2-4/0", "life/score/0_2/in-2-4/1", "life/score/0_2/in-2-5/0"])
        #expect(read() == read())
    }

    @Test func `one offset of two inputs makes two names`() {
        var names = RequestNames(prefix: "p", followsAsk: false)
        #expect(names.name(for: record(1), from: source) != names.name(for: record(1), from: TopicPartition("b", 2)))
    }

    @Test func `no two names are one, below another ask and in punctuations too`() {
        var below = RequestNames(prefix: "p", followsAsk: true)
        let offsets: [Int64] = [5, 5, 3, 5, 3]
        #expect(Set(offsets.map { below.name(for: record($0), from: source) }).count == 5)
        #expect(below.name(for: record(5), from: source).hasPrefix("p/in-2-5/"))
        var ticking = RequestNames(prefix: "p", followsAsk: false)
        #expect(Set((0..<5).map { _ in ticking.name(for: nil, from: source) }).count == 5)
    }
}
