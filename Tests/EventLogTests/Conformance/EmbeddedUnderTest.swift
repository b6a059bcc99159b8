import EventLog
import Foundation

extension LogUnderTest {
    /// The SQLite log in a folder of its own.
    static let embedded = LogUnderTest(name: "embedded", capabilities: .everything) { try EmbeddedHost() }
}

/// A folder for an embedded log.
final class EmbeddedHost: LogHost {
    /// Where the data is.
    let folder: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("tributary-log-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        folder = url.path
    }

    var recordLimit: Int { EmbeddedLogOptions().maxRecordBytes }

    func open() throws -> any EventLog { try EmbeddedEventLog(dataDirectory: folder) }

    func createTopic(_ specification: TopicSpecification) throws {
        try EmbeddedEventLog(dataDirectory: folder).createTopic(specification)
    }

    func stop() { try? FileManager.default.removeItem(atPath: folder) }
}
