import Console
import EventLog
import Foundation
import StreamCore

/// Forgets what an application knows: positions, internal topics, local state; the topics of users stay as they are.
struct ApplicationReset {
    private let application: KnownApplication
    private let invocation: Invocation
    private let log: any EventLog
    private let folder: DataFolder
    private let start: StartPosition?
    private let keepsTopics: Bool

    init(_ application: KnownApplication, _ invocation: Invocation) throws {
        self.application = application
        self.invocation = invocation
        start = try ResetOptions.start(invocation)
        keepsTopics = try invocation[ResetOptions.keepTopics]
        log = try LogOptions.open(invocation, mustExist: true)
        folder = try DataFolder(invocation)
    }

    /// Says what there is to do, and does it when `execute`.
    func perform(execute: Bool) throws {
        let members = try members()
        if execute, !members.isEmpty { throw running(members) }
        let known = try log.topics()
        let internals = application.internalTopics.filter { name in known.contains { $0.name == name } }
        let local = ["\(folder.state)/\(application.name)", "\(folder.applications)/\(application.name).json"].filter {
            FileManager.default.fileExists(atPath: $0)
        }
        let positions = try positions(known)
        try show(internals, local, positions)
        warn(known, internals)
        if !members.isEmpty { invocation.warn("it would be refused now: \(running(members).message)") }
        guard execute else { return invocation.note("nothing was done: add --execute to do it") }
        try carryOut(internals, local, positions)
        invocation.note("'\(application.name)' starts anew at its next start")
    }

    private func carryOut(
        _ internals: [String], _ local: [String], _ positions: [TopicPartition: CommittedPosition]
    ) throws {
        do {
            // First, because it refuses while the application runs.
            try log.forgetGroup(application.name)
            for topic in internals where !keepsTopics { try log.deleteTopic(topic) }
            for path in local { try FileManager.default.removeItem(atPath: path) }
            if !positions.isEmpty {
                // An application with positions and without its topics would think it had lost them.
                if !keepsTopics { try ApplicationTopics(application, invocation).makeInternal() }
                try log.setPositions(positions, of: application.name)
            }
        } catch {
            guard let error = error as? EventLogError, error.code != .groupActive else { throw error }
            throw CommandError(
                .partial, "the reset of '\(application.name)' is not complete: \(error.description)",
                hint: "repeat it before the application is started again: what is done already is passed over",
                kind: error.code.rawValue)
        }
    }

    private func show(
        _ internals: [String], _ local: [String], _ positions: [TopicPartition: CommittedPosition]
    ) throws {
        let rows = invocation.rows([Column("action"), Column("what")])
        func row(_ action: String, _ what: String) throws {
            try rows.write(["action": .string(action), "what": .string(what)])
        }
        try row("forget positions of", application.name)
        for topic in internals { try row(keepsTopics ? "keep topic" : "delete topic", topic) }
        for path in local { try row("delete", path) }
        if !keepsTopics, !positions.isEmpty {
            for topic in application.internalTopics { try row("make topic", topic) }
        }
        for (partition, position) in positions.sorted(by: { $0.key < $1.key }) {
            try row("start \(partition) at", "\(position.offset)")
        }
        try rows.finish()
    }

    /// Says what looks like this application's and is left alone, and what this machine cannot do.
    private func warn(_ known: [TopicDescription], _ internals: [String]) {
        let named = Set(internals + application.inputs + application.outputs + [application.deadLetters])
        let left = known.map(\.name).filter { name in
            name.hasPrefix("\(application.name)-") && (name.hasSuffix("-changelog") || name.hasSuffix("-repartition"))
                && !named.contains(name)
        }
        if !left.isEmpty {
            invocation.warn(
                "not of this topology, so left alone: \(left.joined(separator: ", ")); if a former version made them, "
                    + "delete them with 'tributary topics delete'")
        }
        if keepsTopics {
            invocation.warn("state comes back from the changelogs that are kept, and input is processed into it again")
        }
        guard !(log is EmbeddedEventLog) else { return }
        invocation.note("state on other machines stays: delete '\(folder.state)/\(application.name)' there, too")
    }

    // MARK: - Who lives

    private func members() throws(EventLogError) -> [GroupDescription.Member] {
        do {
            return try log.group(application.name)?.members ?? []
        } catch {
            // Where members are not told, forgetting the group refuses or not.
            guard error.code == .unsupported else { throw error }
            return []
        }
    }

    private func running(_ members: [GroupDescription.Member]) -> CommandError {
        let names = members.map { $0.clientID.isEmpty ? $0.id : "\($0.clientID) (\($0.host))" }
        return CommandError(
            .conflict, "'\(application.name)' is running: \(names.joined(separator: ", "))",
            hint: "stop all of its instances first", kind: "groupActive")
    }

    // MARK: - Where it starts

    /// The positions to set; none where everything starts at the beginning by itself.
    private func positions(_ known: [TopicDescription]) throws -> [TopicPartition: CommittedPosition] {
        // With its state kept, an input without a position would be taken for a loss.
        guard start != nil || keepsTopics else { return [:] }
        var positions: [TopicPartition: CommittedPosition] = [:]
        for topic in known where application.externalSources.contains(topic.name) {
            for number in 0..<topic.partitions {
                let partition = TopicPartition(topic.name, number)
                let offset = try StartSearch(log).offset(of: partition, start ?? .beginning)
                positions[partition] = CommittedPosition(offset: offset)
            }
        }
        guard keepsTopics else { return positions }
        // What lies in a repartition topic was made of input that is processed again; what lies in an inbox is a
        // conversation whose other half is gone.
        for topic in known where application.betweenSteps.contains(topic.name) {
            for number in 0..<topic.partitions {
                let partition = TopicPartition(topic.name, number)
                let end = try log.offsets(of: partition, isolation: .committed).end
                positions[partition] = CommittedPosition(offset: end)
            }
        }
        return positions
    }
}

/// Finds the offset that a start position means in a partition.
struct StartSearch {
    let log: any EventLog

    init(_ log: any EventLog) { self.log = log }

    /// The offset to read first.
    ///
    /// - Throws: ``EventLogError`` when the log cannot be read.
    func offset(of partition: TopicPartition, _ start: StartPosition) throws(EventLogError) -> Int64 {
        let offsets = try log.offsets(of: partition, isolation: .committed)
        guard let moment = start.notBefore, offsets.start < offsets.end else { return start.offset(in: offsets) }
        // Record times are in no order, so the first that is late enough is found by looking.
        let reader = try log.makeReader(isolation: .committed)
        try reader.open(partition, at: offsets.start)
        defer { reader.close(partition) }
        var position = offsets.start
        while position < offsets.end {
            let batch = try reader.read(partition, maxRecords: 10_000, maxBytes: 8 << 20)
            if let found = batch.records.first(where: { $0.timestamp >= moment }) {
                return min(found.offset, offsets.end)
            }
            position = batch.nextOffset
            if batch.records.isEmpty, position < offsets.end { reader.wait(upTo: .milliseconds(500)) }
        }
        return offsets.end
    }
}
