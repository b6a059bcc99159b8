import Console
import HTTPServer
import Observability
import Topology

/// What lives beside one run: its extensions, and the monitor that serves them.
final class ApplicationCompany: Sendable {
    private let parts: [ApplicationPart]
    private let monitor: Monitor?

    /// Starts the extensions in order, then the monitor when the command line wants one.
    ///
    /// - Throws: what keeps one of them from starting; those before it are stopped again.
    init(_ application: RunningApplication, _ extensions: [any ApplicationExtension]) throws {
        let wanted = try application.invocation[ApplicationCommands.monitor]
        var parts: [ApplicationPart] = []
        do {
            for each in extensions { parts.append(try each.start(beside: application)) }
            monitor = try wanted.map { try Monitor($0, parts.flatMap(\.routes)) }
        } catch {
            for part in parts.reversed() { part.stop() }
            throw error
        }
        self.parts = parts
        if let monitor {
            application.journal.info(
                "monitor listens", ["application": application.topology.name, "address": "\(monitor.address)"])
        } else if parts.contains(where: \.needsMonitor) {
            application.journal.warning("an extension serves nothing without --monitor")
        }
    }

    /// Stops the monitor, then the extensions, the last first.
    func stop() {
        monitor?.stop()
        for part in parts.reversed() { part.stop() }
    }
}
