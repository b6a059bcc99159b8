/// A moment: milliseconds since 1970-01-01 UTC, as in a Kafka record.
public struct Timestamp: Hashable, Comparable, Sendable, Codable {
    /// Milliseconds since the epoch; negative means "not known" in a record.
    public var milliseconds: Int64

    /// The moment `milliseconds` after the epoch.
    @inlinable public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// What a record without a timestamp carries: -1, as in Kafka.
    public static let unknown = Timestamp(milliseconds: -1)

    /// The last moment that a source takes: the end of the year 9999.
    ///
    /// What is later is no time in ms, and one such record would move stream time to where every other is late.
    public static let latest = Timestamp(milliseconds: 253_402_300_799_999)

    /// Whether `left` is before `right`.
    @inlinable public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The moment `duration` later; stops at the ends of the 64-bit range.
    @inlinable public static func + (moment: Timestamp, duration: Duration) -> Timestamp {
        let (sum, overflow) = moment.milliseconds.addingReportingOverflow(duration.milliseconds)
        guard overflow else { return Timestamp(milliseconds: sum) }
        return Timestamp(milliseconds: duration.milliseconds < 0 ? .min : .max)
    }

    /// The moment `duration` earlier; stops at the ends of the 64-bit range.
    @inlinable public static func - (moment: Timestamp, duration: Duration) -> Timestamp {
        let (difference, overflow) = moment.milliseconds.subtractingReportingOverflow(duration.milliseconds)
        guard overflow else { return Timestamp(milliseconds: difference) }
        return Timestamp(milliseconds: duration.milliseconds < 0 ? .max : .min)
    }

    /// The time from `earlier` to `later`.
    @inlinable public static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .milliseconds(later.milliseconds.subtractingReportingOverflow(earlier.milliseconds).partialValue)
    }

    /// Reads the milliseconds from a single number.
    public init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    /// Writes the milliseconds as a single number.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}

extension Timestamp: CustomStringConvertible {
    /// The milliseconds, as digits.
    public var description: String { String(milliseconds) }
}
