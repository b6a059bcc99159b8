extension Duration {
    /// Whole milliseconds, towards zero, within the 64-bit range.
    @inlinable public var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, overflowed) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        guard !overflowed else { return seconds < 0 ? .min : .max }
        return sum
    }

    /// `count` minutes.
    @inlinable public static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }

    /// `count` hours.
    @inlinable public static func hours(_ count: Int) -> Duration { .seconds(count * 3_600) }

    /// `count` days of 24 hours.
    @inlinable public static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}
