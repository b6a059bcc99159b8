import ChatModels
import StreamCore
import Synchronization
import Testing

@testable import AgentOperators

private func at(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

@Suite("ModelRate")
struct ModelRateTests {
    private func starts(_ rate: ModelRate, _ count: Int, tokens: Int = 0, now: Timestamp) throws -> [Int64] {
        try (0..<count).map { _ in try rate.reserve(tokens, now: now).start.milliseconds }
    }

    @Test func `a burst starts at once, the rest in order at the rate`() throws {
        let rate = ModelRate(.init(requestsPerMinute: 60, burst: .seconds(2)))
        #expect(try starts(rate, 5, now: at(0)) == [0, 0, 1_000, 2_000, 3_000])
        #expect(try starts(rate, 1, now: at(2_500)) == [4_000])
        #expect(try starts(rate, 3, now: at(60_000)) == [60_000, 60_000, 61_000])
    }

    @Test func `tokens are reserved by estimate and settled by use`() throws {
        let rate = ModelRate(.init(tokensPerMinute: 6_000, burst: .seconds(10)))
        let first = try rate.reserve(1_000, now: at(0))
        #expect(first.start == at(0))
        #expect(try rate.reserve(500, now: at(0)).start == at(5_000))
        rate.settle(first, used: 100)
        // 900 came back, 500 are taken: 400 are there.
        #expect(try rate.reserve(400, now: at(0)).start == at(0))
        let last = try rate.reserve(100, now: at(0))
        #expect(last.start == at(1_000))
        rate.settle(last, used: 700)
        #expect(try rate.reserve(100, now: at(0)).start == at(8_000))
    }

    @Test func `a call larger than the bucket starts when the bucket is full`() throws {
        let rate = ModelRate(.init(tokensPerMinute: 6_000, burst: .seconds(1)))
        #expect(try rate.reserve(3_000, now: at(0)).start == at(0))
        #expect(try rate.reserve(100, now: at(0)).start == at(30_000))
    }

    @Test func `the slower of both limits decides`() throws {
        let rate = ModelRate(.init(requestsPerMinute: 600, tokensPerMinute: 60_000, burst: .zero))
        #expect(try rate.reserve(1, now: at(0)).start == at(0))
        #expect(try rate.reserve(100, now: at(0)).start == at(100))
        #expect(try rate.reserve(1, now: at(0)).start > at(195))
    }

    @Test func `whoever would start too late takes nothing`() throws {
        let rate = ModelRate(.init(requestsPerMinute: 60, burst: .zero))
        _ = try rate.reserve(0, now: at(0))
        for _ in 0..<5 {
            let error = #expect(throws: ChatModelError.self) { try rate.reserve(0, now: at(0), latest: at(500)) }
            #expect(error?.code == .limited)
            #expect(error?.retryAfter == .seconds(1))
        }
        #expect(try rate.reserve(0, now: at(0), latest: at(1_000)).start == at(1_000))
    }

    @Test func `a place given back is the next one's`() throws {
        let rate = ModelRate(.init(requestsPerMinute: 60, burst: .zero))
        _ = try rate.reserve(0, now: at(0))
        let second = try rate.reserve(0, now: at(0))
        rate.cancel(second)
        #expect(try rate.reserve(0, now: at(0)).start == second.start)
    }

    @Test func `Retry-After holds for everybody, and keeps order and distance`() throws {
        let rate = ModelRate(.init(requestsPerMinute: 60, burst: .seconds(1)))
        let waiting = try (0..<3).map { _ in try rate.reserve(0, now: at(0)) }
        rate.pause(for: .seconds(10), now: at(500))
        #expect(rate.pausedUntil(now: at(500)) == at(10_500))
        #expect(waiting.map { rate.start(of: $0).milliseconds } == [10_000, 11_000, 12_000])
        let late = try rate.reserve(0, now: at(600))
        #expect(late.start >= at(10_500))
        #expect(rate.start(of: late) >= rate.start(of: waiting[2]))
        // A shorter pause, asked for by a call that was under way, changes nothing.
        rate.pause(for: .seconds(2), now: at(700))
        #expect(rate.start(of: waiting[0]) == at(10_000))
        #expect(rate.pausedUntil(now: at(10_500)) == nil)
    }

    @Test func `instances share a credential`() throws {
        let instances = Mutex(4)
        let rate = ModelRate(
            .init(requestsPerMinute: 240, burst: .zero, instances: { instances.withLock { $0 } }))
        #expect(try starts(rate, 3, now: at(0)) == [0, 1_000, 2_000])
        instances.withLock { $0 = 1 }
        #expect(try starts(rate, 2, now: at(10_000)) == [10_000, 10_250])
    }

    @Test func `clocks that jitter or are set back stop nobody`() throws {
        let rate = ModelRate(.init(requestsPerMinute: 60, burst: .zero))
        _ = try rate.reserve(0, now: at(1_000_000))
        rate.pause(for: .seconds(5), now: at(1_000_000))
        let start = try rate.reserve(0, now: at(500)).start
        #expect(start <= at(500 + 5_000 + 1_000))
        #expect(try rate.reserve(0, now: at(100_000)).start == at(100_000))
    }

    @Test func `no more starts in any minute than are allowed, whatever comes`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        let rate = ModelRate(.init(requestsPerMinute: 120, tokensPerMinute: 10_000, burst: .seconds(5)))
        var now: Int64 = 0
        var started: [(at: Int64, tokens: Int)] = []
        for _ in 0..<2_000 {
            now += Int64(random.below(1_500))
            let estimate = 1 + random.below(400)
            let used = 1 + random.below(400)
            let place = try rate.reserve(estimate, now: at(now))
            if random.happens(100) {
                rate.cancel(place)
            } else {
                rate.settle(place, used: used)
                started.append((place.start.milliseconds, used))
            }
        }
        for (index, first) in started.enumerated() {
            let minute = started[index...].prefix { $0.at < first.at + 60_000 }
            #expect(minute.count <= 120 + 10 + 1, "seed \(seed)")
            // What was settled late is paid by the next ones: 400 tokens of error at most.
            #expect(minute.reduce(0) { $0 + $1.tokens } <= 10_000 + 834 + 800, "seed \(seed)")
        }
    }
}
