import Console
import EventLog
import Foundation
import Operations
import StreamCore
import Topology

/// Forgets what an application knows: positions, internal topics, local state.
struct ApplicationReset {
    private let topology: StreamTopology
    private let invocation: Invocation

    init(_ topology: StreamTopology, _ invocation: Invocation) {
        self.topology = topology
        self.invocation = invocation
    }

    func perform(execute: Bool) throws {
        let log = try LogOptions.open(invocation)
        let folder = try DataFolder(invocation)
        let prefix = "\(topology.name)-"
        let internals = try log.topics().map(\.name).filter { name in
            name.hasPrefix(prefix) && (name.hasSuffix("-changelog") || name.hasSuffix("-repartition"))
        }
        let local = ["\(folder.state)/\(topology.name)", "\(folder.applications)/\(topology.name).json"].filter {
            FileManager.default.fileExists(atPath: $0)
        }
        let rows = invocation.rows([Column("action"), Column("what")])
        try row(rows, "forget positions of", topology.name)
        for topic in internals { try row(rows, "delete topic", topic) }
        for path in local { try row(rows, "delete", path) }
        try rows.finish()
        guard execute else { return invocation.note("nothing was done: add --execute to do it") }
        // First, because it refuses while the application runs.
        try log.forgetGroup(topology.name)
        for topic in internals { try log.deleteTopic(topic) }
        for path in local { try FileManager.default.removeItem(atPath: path) }
    }

    private func row(_ rows: RowWriter, _ action: String, _ what: String) throws {
        try rows.write(
            .object([JSONMember("action", .string(action)), JSONMember("what", .string(what))]))
    }
}
