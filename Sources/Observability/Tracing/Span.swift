public import StreamCore

/// Something that took place within a trace: what, when, where, and how it ended.
public struct Span: Sendable, Hashable {
    /// How it stands to other processes; the numbers are OTLP's.
    public enum Kind: Int, Sendable, Hashable {
        /// Within a process.
        case `internal` = 1
        /// Answers somebody who waits.
        case server = 2
        /// Asks somebody and waits.
        case client = 3
        /// Sends what others take up later.
        case producer = 4
        /// Takes up what others sent.
        case consumer = 5
    }

    /// What is said about it.
    public struct Attribute: Sendable, Hashable {
        /// Its value.
        public enum Value: Sendable, Hashable {
            /// Text.
            case text(String)
            /// A whole number.
            case integer(Int64)
            /// A number.
            case number(Double)
            /// Yes or no.
            case flag(Bool)
            /// Several texts.
            case texts([String])
        }

        /// One of the names in ``SpanNames``, or a user's.
        public let name: String
        /// Its value.
        public let value: Value

        /// An attribute.
        public init(_ name: String, _ value: Value) {
            self.name = name
            self.value = value
        }

        /// An attribute that is text.
        public init(_ name: String, _ text: String) { self.init(name, .text(text)) }
        /// An attribute that is a whole number.
        public init(_ name: String, _ number: some BinaryInteger) { self.init(name, .integer(Int64(clamping: number))) }
    }

    /// What happened, few different ones: `process orders`, `invoke_agent writer`.
    public var name: String
    /// How it stands to other processes.
    public var kind: Kind
    /// Its trace and its own id.
    public var context: TraceContext
    /// The span that caused it; nil for the first of a trace.
    public var parent: UInt64?
    /// When it began.
    public var start: Timestamp
    /// When it ended.
    public var end: Timestamp
    /// What is said about it.
    public var attributes: [Attribute]
    /// What went wrong; nil when nothing did.
    public var failure: String?

    /// A span.
    public init(
        _ name: String, _ kind: Kind, _ context: TraceContext, parent: UInt64?, start: Timestamp, end: Timestamp,
        attributes: [Attribute] = [], failure: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.context = context
        self.parent = parent
        self.start = start
        self.end = max(start, end)
        self.attributes = attributes
        self.failure = failure
    }
}
