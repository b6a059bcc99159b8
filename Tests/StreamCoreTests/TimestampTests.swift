import StreamCore
import Testing

@Suite("Timestamp")
struct TimestampTests {
    let first = Timestamp(milliseconds: .min)
    let last = Timestamp(milliseconds: .max)

    @Test func `sums and differences stop at the ends`() {
        #expect(last + .milliseconds(1) == last)
        #expect(first - .milliseconds(1) == first)
        #expect(first + .milliseconds(-1) == first)
        #expect(last - .milliseconds(-1) == last)
        #expect(Timestamp(milliseconds: 5) + .seconds(2) == Timestamp(milliseconds: 2_005))
    }

    @Test func `durations are whole milliseconds towards zero, within 64 bits`() {
        #expect(Duration.microseconds(1_999).milliseconds == 1)
        #expect(Duration.microseconds(-1_999).milliseconds == -1)
        #expect(Duration.seconds(Int64.max).milliseconds == .max)
        #expect(Duration.seconds(Int64.min).milliseconds == .min)
        #expect(Duration.minutes(2) == .seconds(120))
        #expect(Duration.hours(1) == .minutes(60))
        #expect(Duration.days(1) == .hours(24))
    }
}
