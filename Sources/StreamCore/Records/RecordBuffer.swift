/// Records on their way to a log, in order, in one arena of bytes.
///
/// A task encodes its outputs and changelog entries straight into it, so that a record on its way out costs no
/// allocation of its own. Topics are numbered by ``topicIndex(_:)``; a sink asks once and keeps the number.
public struct RecordBuffer: Sendable {
    /// Where one record lies in the arena and where it goes.
    public struct Entry: Sendable {
        /// Index into ``RecordBuffer/topics``.
        public let topic: Int32
        /// The partition it goes to.
        public let partition: Int32
        /// Where its bytes start in the arena: the key, directly followed by the value.
        public let start: Int
        /// The length of the key in bytes; -1 is a null key.
        public let keyLength: Int32
        /// The length of the value in bytes; -1 is a tombstone.
        public let valueLength: Int32
        /// Its timestamp.
        public let timestamp: Timestamp
        /// Its headers.
        public let headers: Headers

        @inlinable init(
            topic: Int32, partition: Int32, start: Int, keyLength: Int32, valueLength: Int32, timestamp: Timestamp,
            headers: Headers
        ) {
            self.topic = topic
            self.partition = partition
            self.start = start
            self.keyLength = keyLength
            self.valueLength = valueLength
            self.timestamp = timestamp
            self.headers = headers
        }

        /// How many bytes its key and value take.
        @inlinable public var byteCount: Int { Int(max(0, keyLength)) + Int(max(0, valueLength)) }
    }

    /// The topics that entries refer to by index.
    public private(set) var topics: [String] = []
    @usableFromInline var added: [Entry] = []
    @usableFromInline var writer = ByteWriter()
    @usableFromInline var indices: [String: Int32] = [:]

    /// An empty buffer.
    public init() {}

    /// The records, in the order they were added.
    @inlinable public var entries: [Entry] { added }

    /// The keys and values of all records, one after the other.
    @inlinable public var arena: [UInt8] { writer.bytes }

    /// Whether there are no records.
    @inlinable public var isEmpty: Bool { added.isEmpty }

    /// How many records there are.
    @inlinable public var count: Int { added.count }

    /// How many bytes the records take.
    @inlinable public var byteCount: Int { writer.count }

    /// The number of `topic` in this buffer; stays the same when the buffer is emptied.
    public mutating func topicIndex(_ topic: String) -> Int32 {
        if let index = indices[topic] { return index }
        let index = Int32(topics.count)
        topics.append(topic)
        indices[topic] = index
        return index
    }

    /// Adds a record whose key and value `write` encodes into the arena.
    ///
    /// `write` appends the key, then the value, and returns their lengths (nil for null) and the partition. When it
    /// throws, the buffer is as before.
    @inlinable public mutating func append<Failure: Error>(
        topic: Int32, timestamp: Timestamp, headers: Headers = .none,
        _ write: (inout ByteWriter) throws(Failure) -> (partition: Int32, keyLength: Int?, valueLength: Int?)
    ) throws(Failure) {
        let start = writer.count
        do {
            let (partition, keyLength, valueLength) = try write(&writer)
            added.append(
                Entry(
                    topic: topic, partition: partition, start: start, keyLength: Int32(clamping: keyLength ?? -1),
                    valueLength: Int32(clamping: valueLength ?? -1), timestamp: timestamp, headers: headers))
        } catch {
            writer.truncate(to: start)
            throw error
        }
    }

    /// Adds a record of bytes.
    public mutating func append(
        to destination: TopicPartition, key: Bytes?, value: Bytes?, timestamp: Timestamp, headers: Headers = .none
    ) {
        append(topic: topicIndex(destination.topic), timestamp: timestamp, headers: headers) { arena in
            if let key { arena.append(key) }
            if let value { arena.append(value) }
            return (destination.partition, key?.count, value?.count)
        }
    }

    /// The key of `entry`, sharing the arena's storage.
    public func key(of entry: Entry) -> Bytes? {
        guard entry.keyLength >= 0 else { return nil }
        return Bytes(writer.bytes, in: entry.start..<(entry.start + Int(entry.keyLength)))
    }

    /// The value of `entry`, sharing the arena's storage.
    public func value(of entry: Entry) -> Bytes? {
        guard entry.valueLength >= 0 else { return nil }
        let start = entry.start + Int(max(0, entry.keyLength))
        return Bytes(writer.bytes, in: start..<(start + Int(entry.valueLength)))
    }

    /// Takes back every record after the first `count`.
    public mutating func truncate(to count: Int) {
        guard count < added.count else { return }
        writer.truncate(to: added[count].start)
        added.removeLast(added.count - count)
    }

    /// Takes out the records at `indices`, which ascend; their bytes stay in the arena until it is emptied.
    ///
    /// - Returns: what was taken out, with meaningless offsets.
    public mutating func remove(at indices: [Int]) -> [(destination: TopicPartition, record: LogRecord)] {
        let removed = indices.map { index in
            let entry = added[index]
            return (
                TopicPartition(topics[Int(entry.topic)], entry.partition),
                LogRecord(
                    offset: -1, timestamp: entry.timestamp, key: key(of: entry)?.compact,
                    value: value(of: entry)?.compact, headers: entry.headers)
            )
        }
        for index in indices.reversed() { added.remove(at: index) }
        return removed
    }

    /// Forgets the records and keeps memory and topic numbers.
    @inlinable public mutating func removeAll() {
        added.removeAll(keepingCapacity: true)
        writer.removeAll()
    }
}
