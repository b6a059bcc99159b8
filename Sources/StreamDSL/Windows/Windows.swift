import StreamCore

/// How time is cut for an aggregation: windows of equal size, aligned to the epoch, as in Kafka Streams.
public struct Windows: Sendable, Hashable {
    /// How long a window is, in ms.
    public let size: Int64
    /// How far apart windows start, in ms.
    public let advance: Int64
    /// How long after its end, in stream time, a window takes late records, in ms.
    public let grace: Int64

    /// Windows one after the other: each record is in exactly one.
    ///
    /// - Parameters:
    ///   - size: how long a window is; at least 1 ms.
    ///   - grace: how long after its end, in stream time, a window takes late records.
    /// - Returns: windows that start where the one before ends.
    public static func tumbling(_ size: Duration, grace: Duration = .zero) -> Windows {
        Windows(size: size.milliseconds, advance: size.milliseconds, grace: grace.milliseconds)
    }

    /// Windows that overlap: a record is in size / advance of them.
    ///
    /// - Parameters:
    ///   - size: how long a window is; at least 1 ms.
    ///   - advance: how far apart windows start; at most `size`.
    ///   - grace: how long after its end, in stream time, a window takes late records.
    /// - Returns: windows that start `advance` apart.
    public static func hopping(_ size: Duration, every advance: Duration, grace: Duration = .zero) -> Windows {
        Windows(size: size.milliseconds, advance: advance.milliseconds, grace: grace.milliseconds)
    }

    /// What is wrong with these windows, in words; nil when nothing is.
    var mistake: String? {
        if size < 1 { return "windows must be at least 1 ms long" }
        if advance < 1 || advance > size { return "windows must start at least 1 ms and at most their size apart" }
        if grace < 0 { return "grace cannot be negative" }
        return nil
    }

    /// The start of the first window that holds `timestamp`; the others follow, ``advance`` apart, up to `timestamp`.
    @inlinable public func firstStart(holding timestamp: Int64) -> Int64 {
        max(0, timestamp - size + advance) / advance * advance
    }
}
