import StreamCore
import Testing

@testable import SentimentPipeline

struct RetryAfterTests {
    private let now = Timestamp(milliseconds: 1_767_603_600_000)

    @Test(arguments: [
        ("7", Duration.seconds(7)), (" 0 ", .zero), ("1.5", .milliseconds(1500)), ("99999999999", .hours(24)),
        ("Mon, 05 Jan 2026 09:01:00 GMT", .seconds(60)), ("Mon, 05 Jan 2026 08:00:00 GMT", .zero),
        ("Sat, 05 Jan 2126 09:00:00 GMT", .hours(24)),
    ])
    func `seconds and dates are read`(header: String, expected: Duration) {
        #expect(RetryAfter.wait(header, now: now) == expected)
    }

    @Test(
        arguments: [
            nil, "", " ", "soon", "-1", "nan", "inf", "1e999", "Mon, 99 Foo 2026 09:01:00 GMT",
            "Mon, 05 Jan 9999999999 09:00:00 GMT",
        ] as [String?])
    func `anything else is no wish`(header: String?) {
        #expect(RetryAfter.wait(header, now: now) == nil)
    }
}
