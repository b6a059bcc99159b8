import Foundation

/// A line of librdkafka's log.
public struct KafkaLogLine: Sendable {
    /// How serious it is, as in syslog: 3 is an error, 4 a warning, 6 information, 7 debugging.
    public let level: Int
    /// The short name of what it is about, like `FAIL`.
    public let facility: String
    /// What it says.
    public let message: String

    /// A line.
    public init(level: Int, facility: String, message: String) {
        self.level = level
        self.facility = facility
        self.message = message
    }

    /// Writes the line to stderr when it is a warning or worse.
    public func writeToStandardError() {
        guard level <= 4 else { return }
        FileHandle.standardError.write(Data("kafka \(facility): \(message)\n".utf8))
    }
}
