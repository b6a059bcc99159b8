/// The headers of a record: names with values, in order, names may repeat, as in Kafka.
public struct Headers: Sendable, Hashable {
    /// One header.
    public struct Entry: Sendable, Hashable {
        /// The header's name.
        public let name: String
        /// The header's value; nil is Kafka's null.
        public let value: Bytes?

        /// A header.
        public init(name: String, value: Bytes?) {
            self.name = name
            self.value = value
        }
    }

    /// The headers in order.
    public var entries: [Entry]

    /// No headers.
    public static let none = Headers()

    /// The headers `entries`.
    @inlinable public init(_ entries: [Entry] = []) { self.entries = entries }

    /// About how many bytes they take on a log.
    public var byteCount: Int {
        entries.reduce(0) { $0 + $1.name.utf8.count + ($1.value?.count ?? 0) + 10 }
    }

    /// Whether there are none.
    @inlinable public var isEmpty: Bool { entries.isEmpty }

    /// The value of the last header called `name`, as text; nil when there is none or it is not text.
    public subscript(name: String) -> String? { entries.last { $0.name == name }?.value?.utf8 }

    /// Appends a header.
    public mutating func append(_ name: String, _ value: Bytes?) { entries.append(Entry(name: name, value: value)) }

    /// Appends a header with a text value.
    public mutating func append(_ name: String, _ value: String) { append(name, Bytes(value)) }

    /// Removes every header called `name`, then appends one with `value`.
    public mutating func set(_ name: String, _ value: String) {
        entries.removeAll { $0.name == name }
        append(name, value)
    }
}
