import Foundation
import StreamCore

/// How long an answer asks to be left alone.
enum RetryAfter {
    /// A week: whoever says more means something else.
    private static let longest = 604_800.0

    /// Reads the header `Retry-After`, seconds or a date, or `retry-after-ms`, which some providers send beside it.
    static func parse(_ text: String?, milliseconds: String? = nil, now: Timestamp) -> Duration? {
        if let milliseconds, let number = Double(milliseconds.trimmed) { return duration(number / 1_000) }
        guard let text = text?.trimmed, !text.isEmpty else { return nil }
        if let seconds = Double(text) { return duration(seconds) }
        guard let date = date(text) else { return nil }
        return duration(date.timeIntervalSince1970 - Double(now.milliseconds) / 1_000)
    }

    private static func duration(_ seconds: Double) -> Duration? {
        guard seconds.isFinite else { return nil }
        return .milliseconds(Int64((min(max(0, seconds), longest) * 1_000).rounded(.up)))
    }

    /// The three forms of RFC 9110, section 5.6.7.
    private static func date(_ text: String) -> Date? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        for format in ["EEE, dd MMM yyyy HH:mm:ss zzz", "EEEE, dd-MMM-yy HH:mm:ss zzz", "EEE MMM d HH:mm:ss yyyy"] {
            formatter.dateFormat = format
            if let date = formatter.date(from: text) { return date }
        }
        return nil
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
