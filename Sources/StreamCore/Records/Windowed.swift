/// A key within a window of time: from `start`, up to but not including `end` for time windows.
public struct Windowed<Key> {
    /// The record key.
    public var key: Key
    /// The first moment of the window.
    public var start: Timestamp
    /// The first moment after it; `Int64.max` ms when a serde was not told how long its windows are.
    public var end: Timestamp

    /// `key` in the window from `start` to `end`.
    @inlinable public init(key: Key, start: Timestamp, end: Timestamp) {
        self.key = key
        self.start = start
        self.end = end
    }
}

extension Windowed: Sendable where Key: Sendable {}
extension Windowed: Equatable where Key: Equatable {}
extension Windowed: Hashable where Key: Hashable {}
extension Windowed: CustomStringConvertible {
    /// `[key@start/end]`, as in Kafka Streams.
    public var description: String { "[\(key)@\(start)/\(end)]" }
}
