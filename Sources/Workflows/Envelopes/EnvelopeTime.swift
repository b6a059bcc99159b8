public import StreamCore

/// A moment in microseconds since 1970 in UTC, as Python's `datetime.utcnow().isoformat()` and ISO 8601 write it.
///
/// Text that names no zone is read as UTC: Aika writes UTC without saying so.
public struct EnvelopeTime: Sendable, Hashable, Comparable {
    /// Microseconds since 1970.
    public let microseconds: Int64

    /// The last moment that four digits of a year can say.
    private static let latest = Timestamp.latest.milliseconds * 1_000 + 999

    /// The moment `microseconds` after 1970, kept between then and the end of the year 9999.
    public init(microseconds: Int64) { self.microseconds = min(max(0, microseconds), Self.latest) }

    /// The moment of a record.
    public init(_ timestamp: Timestamp) {
        self.init(microseconds: min(max(0, timestamp.milliseconds), Timestamp.latest.milliseconds) * 1_000)
    }

    /// Reads `2025-07-06T10:00:00`, with a fraction of up to nine digits and a zone (`Z`, `+02:00`) if there are any.
    ///
    /// Nil when it is no such text, or before 1970. A fraction is cut to microseconds.
    public init?(parsing text: String) {
        var digits = TimeDigits(Array(text.utf8))
        guard let year = digits.number(4), digits.take("-"), let month = digits.number(2), digits.take("-"),
            let day = digits.number(2), digits.take("T") || digits.take(" "), let hour = digits.number(2),
            digits.take(":"), let minute = digits.number(2), digits.take(":"), let second = digits.number(2),
            (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day), hour < 24, minute < 60,
            second < 60, let fraction = digits.fraction(), let offset = digits.zone()
        else { return nil }
        let seconds = Self.day(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset
        let microseconds = seconds * 1_000_000 + fraction
        guard (0...Self.latest).contains(microseconds) else { return nil }
        self.microseconds = microseconds
    }

    /// Whether `left` is before `right`.
    public static func < (left: EnvelopeTime, right: EnvelopeTime) -> Bool { left.microseconds < right.microseconds }

    /// The moment in milliseconds.
    public var timestamp: Timestamp { Timestamp(milliseconds: microseconds / 1_000) }

    /// As Python's `isoformat()`: without a zone, six digits of a fraction or none.
    public var naiveText: String {
        let (days, rest) = (microseconds / 86_400_000_000, microseconds % 86_400_000_000)
        let (year, month, day) = Self.date(days)
        let (seconds, fraction) = (rest / 1_000_000, rest % 1_000_000)
        let date = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
        let time = [seconds / 3_600, seconds / 60 % 60, seconds % 60].map { Self.padded($0, 2) }.joined(separator: ":")
        return "\(date)T\(time)" + (fraction == 0 ? "" : ".\(Self.padded(fraction, 6))")
    }

    /// As ISO 8601 in UTC, saying so.
    public var zonedText: String { naiveText + "Z" }

    private static func padded(_ number: Int64, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The days from 1970-01-01 to a date; years begin in March, so that the leap day is the last.
    private static func day(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let part = (5 * dayOfYear + 2) / 153
        let month = part + (part < 10 ? 3 : -9)
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * part + 2) / 5 + 1)
    }
}

/// Reads the parts of a time from text.
private struct TimeDigits {
    private let text: [UInt8]
    private var next = 0

    init(_ text: [UInt8]) { self.text = text }

    mutating func number(_ count: Int) -> Int64? {
        guard next + count <= text.count else { return nil }
        var number: Int64 = 0
        for byte in text[next..<(next + count)] {
            guard (48...57).contains(byte) else { return nil }
            number = number * 10 + Int64(byte - 48)
        }
        next += count
        return number
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next < text.count, text[next] == UInt8(ascii: character) else { return false }
        next += 1
        return true
    }

    /// Microseconds; 0 where there is no fraction, nil where there is a bad one.
    mutating func fraction() -> Int64? {
        guard take(".") else { return 0 }
        let digits = text[next...].prefix { (48...57).contains($0) }
        guard (1...9).contains(digits.count) else { return nil }
        next += digits.count
        let six = digits.prefix(6)
        let number = six.reduce(Int64(0)) { $0 * 10 + Int64($1 - 48) }
        return (six.count..<6).reduce(number) { number, _ in number * 10 }
    }

    /// Seconds east of UTC; 0 where nothing is said, nil where something else follows.
    mutating func zone() -> Int64? {
        if next == text.count || (take("Z") && next == text.count) { return 0 }
        let sign: Int64
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = number(2), hours < 24 else { return nil }
        _ = take(":")
        guard let minutes = number(2), minutes < 60, next == text.count else { return nil }
        return sign * (hours * 3_600 + minutes * 60)
    }
}
