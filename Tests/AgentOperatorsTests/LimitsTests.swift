import StreamCore
import Testing

@testable import AgentOperators

private func at(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

@Suite("RetryPolicy")
struct RetryPolicyTests {
    @Test func `waits double up to the longest`() {
        let policy = RetryPolicy(attempts: 9, first: .milliseconds(100), longest: .milliseconds(700), jitter: 0)
        #expect((1...5).map { policy.pause(after: $0, random: 0.7).milliseconds } == [100, 200, 400, 700, 700])
        #expect(policy.pause(after: .max, random: 0).milliseconds == 700)
    }

    @Test func `jitter shortens waits by at most its share`() {
        let policy = RetryPolicy(first: .milliseconds(100), jitter: 0.5)
        #expect(policy.pause(after: 1, random: 0).milliseconds == 100)
        #expect(policy.pause(after: 1, random: 1).milliseconds == 50)
    }

    @Test func `waits beyond all bounds do not trap`() {
        let endless = Duration.seconds(Int64.max)
        let policy = RetryPolicy(first: endless, longest: endless)
        #expect(policy.pause(after: 40, random: 0) > .days(365))
    }

    @Test func `options that make no sense are named`() {
        #expect(AskOptions(timeout: .microseconds(900)).mistake != nil)
        #expect(AskOptions(retry: RetryPolicy(jitter: .nan)).mistake != nil)
        #expect(AskOptions(retry: RetryPolicy(first: .seconds(-1))).mistake != nil)
        #expect(AskOptions(rateLimit: RateLimit(0, per: .seconds(1))).mistake != nil)
        #expect(AskOptions(breaker: .init(failures: 0)).mistake != nil)
        #expect(AskOptions(maxClockSkew: .seconds(-1)).mistake != nil)
        #expect(AskOptions().mistake == nil)
    }
}

@Suite("RateLimiter")
struct RateLimiterTests {
    @Test func `lets a burst through, then as many as the rate allows`() {
        let limiter = RateLimiter(RateLimit(10, per: .seconds(1), burst: 2))
        #expect(limiter.take(now: at(0)) == nil)
        #expect(limiter.take(now: at(0)) == nil)
        #expect(limiter.take(now: at(0)) == at(100))
        #expect(limiter.take(now: at(99)) == at(100))
        #expect(limiter.take(now: at(100)) == nil)
        #expect(limiter.take(now: at(100)) == at(200))
        var passed = 0
        for moment in 200..<10_200 where limiter.take(now: at(Int64(moment))) == nil { passed += 1 }
        #expect((99...101).contains(passed))
    }

    @Test func `a clock that jitters between threads gives nothing away`() {
        let limiter = RateLimiter(RateLimit(1, per: .seconds(1), burst: 1))
        #expect(limiter.take(now: at(1_000)) == nil)
        var passed = 0
        for _ in 0..<100 {
            if limiter.take(now: at(1_500)) == nil { passed += 1 }
            if limiter.take(now: at(1_100)) == nil { passed += 1 }
        }
        #expect(passed == 0)
    }

    @Test func `a clock that is set back does not stop it`() {
        let limiter = RateLimiter(RateLimit(1, per: .seconds(1), burst: 1))
        #expect(limiter.take(now: at(3_600_000)) == nil)
        #expect(limiter.take(now: at(0)) != nil)
        #expect(limiter.take(now: at(1_000)) == nil)
    }

    @Test func `a rate of nearly nothing does not trap`() {
        let limiter = RateLimiter(RateLimit(1, per: .seconds(Int64.max)))
        #expect(limiter.take(now: at(0)) == nil)
        #expect(limiter.take(now: at(0)) != nil)
    }
}

@Suite("CircuitBreaker")
struct CircuitBreakerTests {
    private func opened() -> CircuitBreaker {
        let breaker = CircuitBreaker(.init(failures: 2, pause: .seconds(1)))
        breaker.note(success: false, now: at(0))
        breaker.note(success: false, now: at(0))
        return breaker
    }

    @Test func `opens after failures in a row only`() {
        let breaker = CircuitBreaker(.init(failures: 2, pause: .seconds(1)))
        breaker.note(success: false, now: at(0))
        breaker.note(success: true, now: at(0))
        breaker.note(success: false, now: at(0))
        #expect(breaker.admit(now: at(0)) == nil)
        breaker.note(success: false, now: at(0))
        #expect(breaker.state == .open(until: at(1_000)))
        #expect(breaker.admit(now: at(999)) == at(1_000))
    }

    @Test func `lets one call through after the pause, which decides`() {
        let good = opened()
        #expect(good.admit(now: at(1_000)) == nil)
        #expect(good.state == .halfOpen)
        #expect(good.admit(now: at(1_000)) != nil)
        good.note(success: true, now: at(1_100))
        #expect(good.state == .closed(failures: 0))
        let bad = opened()
        #expect(bad.admit(now: at(1_000)) == nil)
        bad.note(success: false, now: at(1_100))
        #expect(bad.state == .open(until: at(2_100)))
    }

    @Test func `a trial that came to nothing frees the next one`() {
        let breaker = opened()
        #expect(breaker.admit(now: at(1_000)) == nil)
        breaker.withdraw(now: at(1_050))
        #expect(breaker.admit(now: at(1_050)) == nil)
        let closed = CircuitBreaker(.init(failures: 2))
        closed.withdraw(now: at(0))
        #expect(closed.state == .closed(failures: 0))
    }

    @Test func `a clock that is set back keeps it open for its pause only`() {
        let breaker = CircuitBreaker(.init(failures: 1, pause: .seconds(1)))
        breaker.note(success: false, now: at(3_600_000))
        #expect(breaker.admit(now: at(0)) == at(1_000))
        #expect(breaker.admit(now: at(1_000)) == nil)
    }

    @Test func `a trial that the rate limit refuses is given back`() throws {
        let options = AskOptions(
            rateLimit: RateLimit(1, per: .seconds(10), burst: 1), breaker: .init(failures: 1, pause: .seconds(1)))
        let target = AskTarget<Int, Int>(options) { asTask { request, _ in request } }
        #expect(target.limits.admit(now: at(0)) == nil)
        target.limits.breaker?.note(success: false, now: at(0))
        #expect(target.limits.admit(now: at(1_000)) == at(10_000))
        #expect(target.limits.breaker?.state == .open(until: at(1_000)))
        #expect(target.limits.admit(now: at(10_000)) == nil)
    }
}
