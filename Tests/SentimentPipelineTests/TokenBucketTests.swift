import Testing

@testable import SentimentPipeline

struct TokenBucketTests {
    @Test func `a burst goes at once and the rest evenly`() {
        var bucket = TokenBucket(perMinute: 12, burst: 3)
        let waits = (0..<6).map { _ in bucket.take(at: .zero) }
        #expect(waits == [.zero, .zero, .zero, .seconds(6), .seconds(12), .seconds(18)])
    }

    @Test func `time that passes fills the bucket, to its brim and no further`() {
        var bucket = TokenBucket(perMinute: 12, burst: 3)
        for _ in 0..<3 { _ = bucket.take(at: .zero) }
        #expect(bucket.take(at: .seconds(6)) == .zero)
        #expect(bucket.take(at: .seconds(6)) == .seconds(6))
        let waits = (0..<4).map { _ in bucket.take(at: .seconds(3_600)) }
        #expect(waits == [.zero, .zero, .zero, .seconds(6)])
    }

    @Test func `one request a minute is one request a minute`() {
        var bucket = TokenBucket(perMinute: 1)
        #expect(bucket.take(at: .zero) == .zero)
        #expect(bucket.take(at: .seconds(59)) == .seconds(1))
        #expect(bucket.take(at: .seconds(60)) == .seconds(60))
    }

    @Test(arguments: [(1, nil), (7, nil), (60, nil), (100, 100), (90, 1), (500, 20)] as [(Int, Int?)])
    func `no minute sees more than the limit, however requests come`(perMinute: Int, burst: Int?) {
        let seed = UInt64.random(in: .min ... .max)
        print("TokenBucket seed \(seed)")
        var random = SplitMix64(seed: seed)
        var bucket = TokenBucket(perMinute: perMinute, burst: burst)
        var now = 0
        var sent: [Int64] = []
        for _ in 0..<2_000 {
            // Crowds, trickles and long silences.
            now += [0, 0, random.below(200), random.below(2_000), random.below(200_000)][random.below(5)]
            let start = Duration.milliseconds(now) + bucket.take(at: .milliseconds(now))
            sent.append(start.components.seconds * 1_000_000_000 + start.components.attoseconds / 1_000_000_000)
        }
        #expect(sent == sent.sorted(), "seed \(seed)")
        for first in 0..<(sent.count - perMinute) {
            #expect(sent[first + perMinute] - sent[first] >= 60_000_000_000, "seed \(seed), request \(first)")
        }
    }

    @Test(arguments: [Int.min, -1, 0, Int.max])
    func `numbers that make no sense are kept within those that do`(number: Int) {
        var bucket = TokenBucket(perMinute: number, burst: number)
        #expect(bucket.take(at: .zero) == .zero)
        #expect(bucket.take(at: .seconds(1_000_000)) >= .zero)
    }
}

struct RateLimiterTests {
    @Test func `callers wait for their slots by the clock they were given`() async throws {
        let clock = EagerClock()
        let limiter = RateLimiter(perMinute: 12, burst: 2, clock: clock)
        for _ in 0..<2 { try await limiter.wait() }
        #expect(clock.now.elapsed == .zero)
        for _ in 0..<3 { try await limiter.wait() }
        #expect(clock.now.elapsed > .seconds(16))
    }

    @Test func `a cancelled caller is not let through`() async {
        let limiter = RateLimiter(perMinute: 1)
        let waiting = Task {
            try await limiter.wait()
            try await limiter.wait()
        }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}
