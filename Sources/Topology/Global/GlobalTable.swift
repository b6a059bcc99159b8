import StreamCore
import Synchronization

/// An instance's copy of a global table, in memory; any thread may look keys up while one thread applies the topic.
public final class GlobalTable<Key: Hashable & Sendable, Value: Sendable>: GlobalReplica {
    private let key: Serde<Key>
    private let value: Serde<Value>
    private let entries = Mutex<(byKey: [Key: Value], revision: Int)>(([:], 0))

    init(key: Serde<Key>, value: Serde<Value>) {
        self.key = key
        self.value = value
    }

    /// The value of `key` as far as this instance has read the topic; nil when there is none.
    public func get(_ key: Key) -> Value? { entries.withLock { $0.byKey[key] } }

    /// All entries as far as this instance has read the topic.
    public var snapshot: [Key: Value] { entries.withLock { $0.byKey } }

    /// Grows with every record read: whoever keeps what it made of a ``snapshot`` sees whether that is old.
    public var revision: Int { entries.withLock { $0.revision } }

    var count: Int { entries.withLock { $0.byKey.count } }

    func apply(_ record: LogRecord) throws {
        let key = try key.decode(record.key)
        let value = record.value == nil ? nil : try value.decode(record.value)
        entries.withLock { entries in
            entries.byKey[key] = value
            entries.revision += 1
        }
    }
}

/// A copy of a global table without its types.
protocol GlobalReplica: AnyObject, Sendable {
    /// How many keys it has.
    var count: Int { get }

    /// Takes a record of its topic in; a null value deletes.
    ///
    /// - Throws: ``SerdeError`` when its bytes cannot be read.
    func apply(_ record: LogRecord) throws
}
