public import StreamCore

extension Timestamp {
    /// The moment that `text` says: RFC 3339 (`2026-01-31T12:30:00.250Z`, `2026-01-31 12:30:00+02:00`, `2026-01-31`, UTC
    /// where no zone is given) or milliseconds since 1970; nil for other text.
    ///
    /// More than three digits of a second's fraction are cut off.
    public init?(written text: String) {
        if let milliseconds = Int64(text) {
            self.init(milliseconds: milliseconds)
            return
        }
        var reader = DateReader(text)
        guard let moment = reader.read() else { return nil }
        self = moment
    }

    /// The moment as RFC 3339 in UTC with milliseconds: `2026-01-31T12:30:00.250Z`; the number when it has no such form.
    public var rfc3339: String {
        // Years 0000 through 9999 are what RFC 3339 can write.
        guard milliseconds >= -62_167_219_200_000, milliseconds < 253_402_300_800_000 else { return "\(milliseconds)" }
        let days = milliseconds >= 0 ? milliseconds / 86_400_000 : (milliseconds - 86_399_999) / 86_400_000
        let rest = milliseconds - days * 86_400_000
        let (year, month, day) = CivilDate.date(ofDay: days)
        let date = "\(Self.pad(year, 4))-\(Self.pad(month, 2))-\(Self.pad(day, 2))"
        let minutes = rest / 60_000
        let time = "\(Self.pad(minutes / 60, 2)):\(Self.pad(minutes % 60, 2)):\(Self.pad(rest / 1000 % 60, 2))"
        return "\(date)T\(time).\(Self.pad(rest % 1000, 3))Z"
    }

    private static func pad(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// Days since 1970-01-01 and the Gregorian calendar (after Hinnant, "chrono-compatible low-level date algorithms").
enum CivilDate {
    static func day(year: Int64, month: Int64, day: Int64) -> Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func date(ofDay number: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let z = number + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}

/// Reads one RFC 3339 moment.
private struct DateReader {
    private var rest: Substring

    init(_ text: String) { rest = text[...] }

    mutating func read() -> Timestamp? {
        guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2),
            (1...12).contains(month), day >= 1, day <= lastDay(month, of: year)
        else { return nil }
        var milliseconds = CivilDate.day(year: year, month: month, day: day) * 86_400_000
        guard !rest.isEmpty else { return Timestamp(milliseconds: milliseconds) }
        guard skip("T") || skip("t") || skip(" "), let time = readTime(), let zone = readZone(), rest.isEmpty else {
            return nil
        }
        milliseconds += time - zone
        return Timestamp(milliseconds: milliseconds)
    }

    private func lastDay(_ month: Int64, of year: Int64) -> Int64 {
        let following = month == 12 ? (year + 1, 1) : (year, month + 1)
        return CivilDate.day(year: following.0, month: following.1, day: 1)
            - CivilDate.day(year: year, month: month, day: 1)
    }

    private mutating func readTime() -> Int64? {
        guard let hour = number(2), skip(":"), let minute = number(2), hour < 24, minute < 60 else { return nil }
        var milliseconds = (hour * 60 + minute) * 60_000
        guard skip(":") else { return milliseconds }
        guard let second = number(2), second <= 60 else { return nil }
        milliseconds += second * 1000
        guard skip(".") else { return milliseconds }
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, let fraction = Int64((digits + "00").prefix(3)) else { return nil }
        rest = rest.dropFirst(digits.count)
        return milliseconds + fraction
    }

    private mutating func readZone() -> Int64? {
        if rest.isEmpty || skip("Z") || skip("z") { return 0 }
        let isWest = rest.first == "-"
        guard skip("+") || skip("-"), let hours = number(2), skip(":"), let minutes = number(2), hours < 24,
            minutes < 60
        else { return nil }
        return (hours * 60 + minutes) * 60_000 * (isWest ? -1 : 1)
    }

    private mutating func number(_ width: Int) -> Int64? {
        let digits = rest.prefix(width)
        guard digits.count == width, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        rest = rest.dropFirst(width)
        return Int64(digits)
    }

    private mutating func skip(_ character: Character) -> Bool {
        guard rest.first == character else { return false }
        rest = rest.dropFirst()
        return true
    }
}
