/// A record inside a task: typed, with the time it happened.
///
/// Topic, partition, offset and headers are the task's context while it processes the record, not part of it: that
/// keeps a record small on its way through a chain of operators.
public struct Record<Key, Value> {
    /// What the record is about; decides its partition.
    public var key: Key
    /// What it says.
    public var value: Value
    /// When it happened (event time).
    public var timestamp: Timestamp

    /// A record.
    @inlinable public init(key: Key, value: Value, timestamp: Timestamp) {
        self.key = key
        self.value = value
        self.timestamp = timestamp
    }

    /// The same record with another value.
    @inlinable public func with<NewValue>(value: NewValue) -> Record<Key, NewValue> {
        Record<Key, NewValue>(key: key, value: value, timestamp: timestamp)
    }

    /// The same record with another key.
    @inlinable public func with<NewKey>(key: NewKey) -> Record<NewKey, Value> {
        Record<NewKey, Value>(key: key, value: value, timestamp: timestamp)
    }
}

extension Record: Sendable where Key: Sendable, Value: Sendable {}
extension Record: Equatable where Key: Equatable, Value: Equatable {}
extension Record: Hashable where Key: Hashable, Value: Hashable {}
