public import StreamCore

/// How messages look on the wire: the native form is ``NativeMessageCodec``, others' forms are for users to write.
///
/// A codec is a value without state; any thread may call it. It does not know what payloads mean: they are bytes that a serde
/// has made, JSON for `Codable` types.
public protocol MessageCodec: Sendable {
    /// Makes a record of `message`.
    ///
    /// - Throws: when this form cannot say it.
    func write(_ message: AgentMessage) throws -> MessageRecord

    /// Makes a message of `record`.
    ///
    /// - Parameters:
    ///   - record: what was read.
    ///   - expected: what a record of this topic is when it does not say so itself: `request` or `reply`.
    /// - Returns: the message; its payload may share the record's storage.
    /// - Throws: when it is no message of this form; mostly ``MessageFormatError``.
    func read(_ record: MessageRecord, as expected: MessageKind) throws -> AgentMessage
}

/// A record without a place and a time: what a codec writes and reads.
public struct MessageRecord: Sendable, Hashable {
    /// Its key.
    public var key: Bytes?
    /// Its value.
    public var value: Bytes?
    /// Its headers.
    public var headers: Headers

    /// A record.
    public init(key: Bytes?, value: Bytes?, headers: Headers = .none) {
        self.key = key
        self.value = value
        self.headers = headers
    }

    /// What `record` holds.
    public init(_ record: LogRecord) { self.init(key: record.key, value: record.value, headers: record.headers) }
}

/// A record that is no message of the form that was expected.
public struct MessageFormatError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong and what was expected.
    public let description: String

    /// An error.
    public init(_ description: String) { self.description = description }
}
