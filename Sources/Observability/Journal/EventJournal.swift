/// How much an event matters.
public enum Severity: Int, Sendable, Comparable, CaseIterable {
    /// For finding faults.
    case debug
    /// Worth knowing.
    case info
    /// Needs a look.
    case warning
    /// Something failed.
    case error

    /// Whether `left` matters less than `right`.
    public static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
}

/// Where the runtime says what it does: structured lines, never on stdout.
///
/// Any thread may call.
public struct EventJournal: Sendable {
    /// One thing that happened.
    public struct Event: Sendable {
        /// How much it matters.
        public let severity: Severity
        /// What happened, for people.
        public let message: String
        /// Its particulars, in order.
        public let fields: [(name: String, value: String)]
    }

    private let least: Severity
    private let write: @Sendable (Event) -> Void

    /// A journal that hands every event of at least `least` to `write`.
    public init(least: Severity = .info, write: @escaping @Sendable (Event) -> Void) {
        self.least = least
        self.write = write
    }

    /// A journal that forgets everything.
    public static let silent = EventJournal(least: .error) { _ in }

    /// Notes something for finding faults.
    public func debug(_ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:]) {
        note(.debug, message(), fields)
    }

    /// Notes something worth knowing.
    public func info(_ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:]) {
        note(.info, message(), fields)
    }

    /// Notes something that needs a look.
    public func warning(_ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:]) {
        note(.warning, message(), fields)
    }

    /// Notes a failure.
    public func error(_ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:]) {
        note(.error, message(), fields)
    }

    /// Notes something whose particulars are not known in advance.
    public func note(_ severity: Severity, _ message: String, fields: [(name: String, value: String)]) {
        guard severity >= least else { return }
        write(Event(severity: severity, message: message, fields: fields))
    }

    private func note(
        _ severity: Severity, _ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String>
    ) {
        guard severity >= least else { return }
        write(Event(severity: severity, message: message(), fields: fields.map { (name: $0.key, value: $0.value) }))
    }
}
