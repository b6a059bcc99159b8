import Console
import EventLog
import Foundation
import StreamCore
import Topology

/// An instance of an application, as it says of itself in the log, and where its monitor listens.
struct MonitoredInstance: Sendable {
    let application: String
    let status: InstanceStatus

    /// Where its monitor can be reached from here; nil when it has none.
    var address: String? {
        guard let monitor = status.monitor, let colon = monitor.lastIndex(of: ":") else { return nil }
        let (host, port) = (String(monitor[..<colon]), monitor[monitor.index(after: colon)...])
        let isHere = status.host == ProcessInfo.processInfo.hostName
        guard host == "0.0.0.0" else { return monitor }
        return "\(isHere ? "127.0.0.1" : status.host):\(port)"
    }

    private static let suffix = "-tasks"

    /// The instances of `application`, or of all, in the order of their starts.
    ///
    /// - Throws: ``CommandError`` when there is no such application; ``EventLogError``.
    static func all(_ invocation: Invocation, application: String?) throws -> [MonitoredInstance] {
        let log = try LogOptions.open(invocation, mustExist: true)
        let folder = try DataFolder(invocation)
        let topics = try log.topics().map(\.name).filter { $0.hasSuffix(suffix) && $0.count > suffix.count }
        let known = Set(
            topics.map { String($0.dropLast(suffix.count)) } + ApplicationManifest.applications(in: folder.applications)
        ).sorted()
        if let application, !known.contains(application) {
            throw CommandError(
                .notFound, "no application '\(application)' has run in \(log.location)",
                hint: Suggestions.hint(for: application, among: known)
                    ?? (known.isEmpty ? "no application has run there" : "there are: \(known.joined(separator: ", "))"),
                kind: "unknownApplication")
        }
        return try (application.map { [$0] } ?? known).flatMap { name in
            try InstanceStatus.read(name, log).map { MonitoredInstance(application: name, status: $0) }
        }
    }
}
