import Console
import StreamCore

extension Timestamp {
    /// The moment as the protocol writes it: ISO 8601 in UTC with milliseconds and a Z.
    var iso: String { rfc3339 }

    /// The moment that ISO 8601 text says; nil for other text.
    init?(iso text: String) {
        // A bare number is a time for Tributary's commands, not for the protocol.
        guard text.contains("-"), !text.hasPrefix("-") else { return nil }
        self.init(written: text)
    }
}
