package import EventLog
import Foundation
import TestPrograms

/// Mock brokers in a process of their own, with the topics that a test needs.
package final class MockBrokersProcess {
    private let process = Process()
    private let input = Pipe()
    /// Where they listen.
    package let servers: String

    /// Brokers with topics `name:partitions`; the program MockKafka must have been built.
    package init(topics: [String]) throws {
        process.executableURL = BuiltProgram("MockKafka").url
        process.arguments = topics
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var told = ""
        while !told.contains("bootstrap "), process.isRunning {
            told += String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        }
        let line = told.split(separator: "\n").first { $0.hasPrefix("bootstrap ") } ?? ""
        servers = String(line.dropFirst("bootstrap ".count))
    }

    deinit { stop() }

    /// Ends them.
    package func stop() {
        guard process.isRunning else { return }
        // Without waiting for its end: that is told by a pipe which other children may have inherited.
        kill(process.processIdentifier, SIGKILL)
    }

    /// A log on them.
    package func log() throws -> KafkaEventLog {
        var configuration = KafkaConfiguration(bootstrapServers: servers)
        configuration.properties["fetch.wait.max.ms"] = "20"
        configuration.log = { _ in }
        return try KafkaEventLog(configuration)
    }
}
