import StreamCore

/// Moments as Python's `datetime.isoformat` writes them in UTC.
enum UTCText {
    /// For example `2025-07-23T09:06:42+00:00`, with six digits of a second when it is not whole.
    static func of(_ moment: Timestamp) -> String {
        let days = floor(moment.milliseconds, 86_400_000)
        let rest = moment.milliseconds - days * 86_400_000
        let (year, month, day) = date(days)
        let seconds = rest / 1_000
        let fraction = rest % 1_000
        let time = "\(two(seconds / 3_600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
        let digits = String(fraction * 1_000)
        let part = fraction == 0 ? "" : "." + String(repeating: "0", count: 6 - digits.count) + digits
        let years = String(year)
        return String(repeating: "0", count: max(0, 4 - years.count)) + years
            + "-\(two(month))-\(two(day))T\(time)\(part)+00:00"
    }

    /// The date of a day since 1970-01-01, in the proleptic Gregorian calendar: eras of 400 years, years that begin in March.
    private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floor(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        )
    }

    private static func floor(_ number: Int64, _ divisor: Int64) -> Int64 {
        number / divisor - (number % divisor < 0 ? 1 : 0)
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : String(number) }
}
