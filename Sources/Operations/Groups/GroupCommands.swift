public import Console
import EventLog
import StreamCore

/// The noun `groups`: who reads what, and how far behind they are.
public enum GroupCommands {
    /// `groups list | describe | lag`.
    public static let command = Command(
        "groups", aliases: ["group"], summary: "consumer groups: members, positions, lag",
        details: "On the embedded log a group is an application; on Kafka other consumers' groups are shown, too.",
        examples: [
            Command.Example("groups list --data-dir ./data", "what groups there are"),
            Command.Example("groups lag sentiment --data-dir ./data", "how far an application is behind"),
        ],
        options: LogOptions.all, commands: [list, describe, lag])

    private static let group = Parameter.argument(
        "group", ValueFormat<String>.text, help: "the group's name; an application's is its own")

    private static let list = Command(
        "list", aliases: ["ls"], summary: "all groups with their states",
        examples: [
            Command.Example("groups list --data-dir ./data", "as a table"),
            Command.Example("groups list -b localhost:9092 -o json", "as JSON, on Kafka"),
        ]
    ) { invocation in
        let log = try LogOptions.open(invocation, mustExist: true)
        let rows = invocation.rows([Column("group"), Column("state"), Column("members", .right)])
        for group in try log.groups() {
            try rows.write([
                "group": .string(group.name), "state": .string(group.state.rawValue),
                "members": group.members.map { .integer(Int64($0)) } ?? .null,
            ])
        }
        try rows.finish()
    }

    private static let describe = Command(
        "describe", summary: "the members of a group, and what each has",
        examples: [
            Command.Example("groups describe sentiment --data-dir ./data", "as a table"),
            Command.Example("groups describe sentiment -b localhost:9092 -o json", "as JSON, on Kafka"),
        ],
        arguments: [group]
    ) { invocation in
        let log = try LogOptions.open(invocation, mustExist: true)
        let name = try invocation[group]
        guard let found = try log.group(name) else { throw try missing(name, log) }
        let members = found.members.map(row)
        let head: [JSONMember] = [
            JSONMember("group", .string(found.name)), JSONMember("state", .string(found.state.rawValue)),
        ]
        guard invocation.style.isTable else {
            return try invocation.show(.object(head + [JSONMember("members", .array(members))]))
        }
        try invocation.show(.object(head + [JSONMember("members", .integer(Int64(members.count)))]))
        guard !members.isEmpty else { return }
        try invocation.output.write("\n")
        let rows = invocation.rows([
            Column("member"), Column("client"), Column("host"), Column("tasks"), Column("partitions"),
        ])
        for member in found.members {
            try rows.write([
                "member": .string(member.id), "client": member.clientID.isEmpty ? .null : .string(member.clientID),
                "host": .string(member.host), "tasks": words(member.tasks), "partitions": words(member.partitions),
            ])
        }
        try rows.finish()
    }

    private static func words(_ values: [some CustomStringConvertible]) -> JSONValue {
        values.isEmpty ? .null : .string(values.map(\.description).joined(separator: " "))
    }

    private static func row(_ member: GroupDescription.Member) -> JSONValue {
        [
            "member": .string(member.id), "client": member.clientID.isEmpty ? .null : .string(member.clientID),
            "host": .string(member.host), "pid": member.process.map { .integer($0) } ?? .null,
            "tasks": .array(member.tasks.map { .string($0.description) }),
            "partitions": .array(member.partitions.map { .string($0.description) }),
        ]
    }

    private static let lag = Command(
        "lag", summary: "how far a group is behind, partition by partition",
        details:
            "What counts is what the group has committed; a partition of which it never committed anything is not shown.",
        examples: [
            Command.Example("groups lag sentiment --data-dir ./data", "as a table"),
            Command.Example("groups lag sentiment -b localhost:9092 -o json", "as JSON, on Kafka"),
        ],
        arguments: [group]
    ) { invocation in
        let log = try LogOptions.open(invocation, mustExist: true)
        let name = try invocation[group]
        let positions = try log.committedPositions(group: name)
        if positions.isEmpty, try !exists(name, log) { throw try missing(name, log) }
        var partitions: [JSONValue] = []
        var total: Int64 = 0
        for (partition, position) in positions.sorted(by: { $0.key < $1.key }) {
            let offsets = try log.offsets(of: partition, isolation: .committed)
            let lag = max(0, offsets.end - max(position.offset, offsets.start))
            total += lag
            partitions.append([
                "topic": .string(partition.topic), "partition": .integer(Int64(partition.partition)),
                "committed": .integer(position.offset), "end": .integer(offsets.end), "lag": .integer(lag),
            ])
        }
        guard invocation.style.isTable else {
            return try invocation.show([
                "group": .string(name), "lag": .integer(total), "partitions": .array(partitions),
            ])
        }
        let rows = invocation.rows([
            Column("topic"), Column("partition", .right), Column("committed", .right), Column("end", .right),
            Column("lag", .right),
        ])
        for partition in partitions { try rows.write(partition) }
        try rows.write(["topic": "total", "lag": .integer(total)])
        try rows.finish()
    }

    /// Whether there is such a group; a log that cannot tell has none without positions.
    private static func exists(_ name: String, _ log: any EventLog) throws(EventLogError) -> Bool {
        do {
            return try log.group(name) != nil
        } catch {
            guard error.code == .unsupported else { throw error }
            return false
        }
    }

    private static func missing(_ name: String, _ log: any EventLog) throws -> CommandError {
        let known: [String]
        do { known = try log.groups().map(\.name) } catch {
            guard error.code == .unsupported else { throw error }
            known = []
        }
        return CommandError(
            .notFound, "there is no group '\(name)' in \(log.location)",
            hint: Suggestions.hint(for: name, among: known)
                ?? (known.isEmpty ? nil : "there are: \(known.joined(separator: ", "))"),
            kind: "unknownGroup")
    }
}
