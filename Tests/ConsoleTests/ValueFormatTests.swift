import StreamCore
import Testing

@testable import Console

@Suite struct ValueFormatTests {
    @Test(
        arguments: [
            ("250ms", 250), ("5s", 5_000), ("2m", 120_000), ("3h", 10_800_000), ("7d", 604_800_000),
            ("1h30m", 5_400_000),
            ("0s", 0), ("PT1H30M", 5_400_000), ("P7D", 604_800_000), ("P1DT2S", 86_402_000), ("pt5s", 5_000),
            ("2w", 1_209_600_000),
        ])
    func `durations`(_ text: String, _ milliseconds: Int64) {
        #expect(Duration(written: text) == .milliseconds(milliseconds))
    }

    @Test(
        arguments: [
            "", "5", "s", "5x", "-5s", "5 s", "1.5s", "P", "PT", "P5S", "PT5D", "5s ", "99999999999999999999s",
            "9223372036854775807d", "٣s",
        ])
    func `what is no duration is refused`(_ text: String) {
        #expect(Duration(written: text) == nil)
    }

    @Test(
        arguments: [
            ("0", 0), ("512", 512), ("64KiB", 65_536), ("64k", 65_536), ("10MB", 10_000_000), ("1.5GiB", 1_610_612_736),
            ("1B", 1),
        ])
    func `sizes`(_ text: String, _ bytes: Int) {
        #expect(ByteCount(written: text)?.bytes == bytes)
    }

    @Test(arguments: ["", "KiB", "-1", "1XB", "1e3", "99999999999TB", "1..5k", "1 MB"])
    func `what is no size is refused`(_ text: String) {
        #expect(ByteCount(written: text) == nil)
    }

    @Test(
        arguments: [
            ("0", 0), ("-1", -1), ("1970-01-01", 0), ("2026-01-31T12:30:00Z", 1_769_862_600_000),
            ("2026-01-31T12:30:00.25Z", 1_769_862_600_250), ("2026-01-31 14:30:00+02:00", 1_769_862_600_000),
            ("2026-01-31T07:00-05:30", 1_769_862_600_000), ("2024-02-29", 1_709_164_800_000),
            ("1969-12-31T23:59:59.999Z", -1), ("2026-01-31T12:30:00.1239Z", 1_769_862_600_123),
        ])
    func `moments`(_ text: String, _ milliseconds: Int64) {
        #expect(Timestamp(written: text) == Timestamp(milliseconds: milliseconds))
    }

    @Test(
        arguments: [
            "", "soon", "2026-13-01", "2026-02-29", "2026-00-10", "2026-01-32", "2026-1-1", "2026-01-31T25:00Z",
            "2026-01-31T12:30:00.Z",
            "2026-01-31T12:30:00ZZ", "2026-01-31X12:30", "2026-01-31T12:30:00+2",
        ])
    func `what is no moment is refused`(_ text: String) {
        #expect(Timestamp(written: text) == nil)
    }

    @Test func `a moment is printed as it is read`() {
        for milliseconds: Int64 in [
            0, -1, 1_769_862_600_250, -62_167_219_200_000, 253_402_300_799_999, 951_782_400_000,
        ] {
            let moment = Timestamp(milliseconds: milliseconds)
            #expect(Timestamp(written: moment.rfc3339) == moment, "\(moment.rfc3339)")
        }
        #expect(Timestamp(milliseconds: 1_769_862_600_250).rfc3339 == "2026-01-31T12:30:00.250Z")
        #expect(Timestamp(milliseconds: .max).rfc3339 == "9223372036854775807")
    }

    @Test(
        arguments: [
            ("topcis", "topics"), ("topic", "topics"), ("tpoics", "topics"), ("stor", "stores"), ("STORES", "stores"),
            ("zzz", nil), ("x", nil),
        ])
    func `a near word is found`(_ word: String, _ expected: String?) {
        #expect(Suggestions.nearest(to: word, among: ["topics", "stores", "topology"]) == expected)
    }
}
