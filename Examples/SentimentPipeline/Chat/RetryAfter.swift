import Foundation
import StreamCore

/// Reads how long a server asks to wait.
enum RetryAfter {
    /// The longest wait that is believed.
    static let longest = Duration.hours(24)

    /// The wait in a `Retry-After` header: seconds, or a date (RFC 9110, 10.2.3); nil when it is neither.
    ///
    /// A date that is over means no wait; nothing is longer than ``longest``.
    static func wait(_ header: String?, now: Timestamp) -> Duration? {
        guard let text = header?.trimmingCharacters(in: .whitespaces), !text.isEmpty else { return nil }
        if let seconds = Double(text) {
            guard seconds.isFinite, seconds >= 0 else { return nil }
            return min(.milliseconds(Int64(min(seconds, 86_400) * 1000)), longest)
        }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        guard let date = format.date(from: text) else { return nil }
        // A year of ten digits is a date, too, and more milliseconds than an integer holds.
        let moment = Timestamp(milliseconds: Int64(min(max(date.timeIntervalSince1970, 0), 1e12) * 1000))
        return max(.zero, min(moment - now, longest))
    }
}
