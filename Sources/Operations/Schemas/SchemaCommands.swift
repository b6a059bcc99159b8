public import Console
import JSON
import Schemas
import StreamCore

/// The noun `schemas`: what a registry holds.
public enum SchemaCommands {
    /// `schemas list | get | check | register | delete | config | export | serve`.
    public static let command: Command = Command(
        "schemas", aliases: ["schema"], summary: "schemas in a registry: the one in the log, or one by its address",
        details: """
            The registry in the log needs no server: every process that opens the log agrees with all others. Name another by \
            --registry; its user and password are taken from SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO (user:password) or from the \
            address, a token from SCHEMA_REGISTRY_BEARER_TOKEN.
            """,
        examples: [
            Command.Example("schemas list --data-dir ./data", "what there is"),
            Command.Example(
                "schemas check orders-value order.avsc --data-dir ./data", "may it follow the latest version?"),
            Command.Example("schemas serve --data-dir ./data --port 8081", "for serializers of other languages"),
        ],
        options: RegistryOptions.all,
        commands: [list, get, check, register, delete, config, export, SchemaServer.command])

    static let subject = Parameter.argument(
        "subject", ValueFormat<String>.text, help: "the subject, mostly <topic>-value or <topic>-key")
    private static let anySubject = Parameter.optionalArgument(
        "subject", ValueFormat<String>.text, help: "the subject; the registry's own setting when left out")
    private static let file = Parameter.argument(
        "file", ValueFormat<String>.path, help: "the schema; - is standard input")
    private static let version = Parameter.optionalArgument(
        "version", ValueFormat<Int>.integer(1...Int(Int32.max)), help: "the version; the latest when left out")
    private static let deleted = Parameter.flag("deleted", help: "also what was deleted softly")
    private static let permanent = Parameter.flag(
        "permanent", help: "for ever, after a soft deletion; else ids of what is deleted still work")
    private static let yes = Parameter.flag(
        "yes", letter: "y", help: "do it; without this, only say what would be done")
    private static let level = Parameter.option(
        "level", ValueFormat.choice(CompatibilityLevel.self), help: "the compatibility level to set")
    private static let unset = Parameter.flag("unset", help: "give the subject the registry's level again")

    private static let list = Command(
        "list", aliases: ["ls"], summary: "all subjects with their latest versions",
        examples: [Command.Example("schemas list --data-dir ./data", "as a table")], options: [deleted]
    ) { invocation in
        let registry = try RegistryOptions.open(invocation, mustExist: true)
        let rows = invocation.rows([
            Column("subject"), Column("versions"), Column("id", .right), Column("type"), Column("level"),
        ])
        for subject in try registry.subjects(includingDeleted: try invocation[deleted]) {
            // A subject of which all is deleted has no latest version.
            let latest = try? registry.version(nil, of: subject)
            let versions = try registry.versions(of: subject, includingDeleted: latest == nil)
            try rows.write([
                "subject": .string(subject), "versions": .string(versions.map(String.init).joined(separator: " ")),
                "id": latest.map { .integer(Int64($0.id)) } ?? .null,
                "type": latest.map { .string($0.definition.kind.rawValue) } ?? "deleted",
                "level": .string(try registry.level(of: subject, orDefault: true).rawValue),
            ])
        }
        try rows.finish()
    }

    static func json(_ place: RegisteredSchema) -> [JSONMember] {
        [
            JSONMember("subject", .string(place.subject)), JSONMember("version", .integer(Int64(place.version))),
            JSONMember("id", .integer(Int64(place.id))), JSONMember("type", .string(place.definition.kind.rawValue)),
        ]
    }

    private static func whole(_ place: RegisteredSchema) -> [JSONMember] {
        json(place) + place.definition.members.filter { $0.name != "schemaType" }
    }

    private static let get = Command(
        "get", summary: "a version of a subject with its schema",
        examples: [
            Command.Example("schemas get orders-value --data-dir ./data", "the latest"),
            Command.Example("schemas get orders-value 2 -r http://localhost:8081 -o json", "the second, of a server"),
        ],
        arguments: [subject, version]
    ) { invocation in
        let registry = try RegistryOptions.open(invocation, mustExist: true)
        try invocation.show(.object(whole(try registry.version(try invocation[version], of: try invocation[subject]))))
    }

    private static let check = Command(
        "check", summary: "whether a schema may follow those of a subject: exit code 0 or 8",
        details:
            "Says each reason with its place in the schema. The subject's level decides which versions are looked at.",
        examples: [
            Command.Example("schemas check orders-value order.avsc --data-dir ./data", "before a deployment"),
            Command.Example("schemas check reviews-value review.json -r http://localhost:8081", "JSON Schema"),
        ],
        arguments: [subject, file], options: [RegistryOptions.kind]
    ) { invocation in
        let registry = try RegistryOptions.open(invocation)
        let name = try invocation[subject]
        let schema = try RegistryOptions.definition(try invocation[file], invocation)
        let problems = try registry.check(schema, subject: name, against: nil)
        let rows = invocation.rows([Column("code"), Column("version", .right), Column("path"), Column("message")])
        for problem in problems {
            try rows.write([
                "code": .string(problem.code), "version": problem.version.map { .integer(Int64($0)) } ?? .null,
                "path": .string(problem.path), "message": .string(problem.message),
            ])
        }
        guard problems.isEmpty else {
            try rows.finish()
            throw CommandError(
                .unhealthy, "the schema may not follow those of '\(name)': \(problems.count) reasons",
                hint: "change it, or the level: tributary schemas config \(name) --level …", kind: "incompatible")
        }
        if invocation.style == .table {
            invocation.note("the schema may follow those of '\(name)'")
        } else {
            try rows.finish()
        }
    }

    private static let register = Command(
        "register", summary: "make a schema the next version of a subject, or find it there",
        examples: [Command.Example("schemas register orders-value order.avsc --data-dir ./data", "a version more")],
        arguments: [subject, file], options: [RegistryOptions.kind]
    ) { invocation in
        let registry = try RegistryOptions.open(invocation)
        let schema = try RegistryOptions.definition(try invocation[file], invocation)
        try invocation.show(.object(json(try registry.register(schema, subject: try invocation[subject]))))
    }

    private static let delete = Command(
        "delete", aliases: ["rm"], summary: "delete a version, or all of a subject",
        examples: [
            Command.Example("schemas delete orders-value --data-dir ./data", "only say what would go"),
            Command.Example("schemas delete orders-value 1 --data-dir ./data --yes", "one version"),
        ],
        arguments: [subject, version], options: [permanent, yes]
    ) { invocation in
        let registry = try RegistryOptions.open(invocation, mustExist: true)
        let (name, number) = (try invocation[subject], try invocation[version])
        let isPermanent = try invocation[permanent]
        guard try invocation[yes] else {
            let versions = try number.map { [$0] } ?? registry.versions(of: name, includingDeleted: isPermanent)
            return invocation.note(
                "would delete \(isPermanent ? "for ever " : "")version \(versions.map(String.init).joined(separator: ", ")) "
                    + "of '\(name)': add --yes to do it")
        }
        let gone =
            try number.map { [try registry.deleteVersion($0, of: name, permanently: isPermanent)] }
            ?? registry.deleteSubject(name, permanently: isPermanent)
        try invocation.show([
            "subject": .string(name), "deleted": .string(gone.map(String.init).joined(separator: " ")),
            "permanently": .bool(isPermanent),
        ])
    }

    private static let config = Command(
        "config", summary: "show or set the compatibility level of a subject, or of the registry",
        examples: [
            Command.Example("schemas config --data-dir ./data", "the registry's"),
            Command.Example("schemas config orders-value --level FULL_TRANSITIVE --data-dir ./data", "a subject's own"),
        ],
        arguments: [anySubject], options: [level, unset]
    ) { invocation in
        let registry = try RegistryOptions.open(invocation)
        let name = try invocation[anySubject]
        let wanted = try invocation[level]
        if try invocation[unset] {
            guard wanted == nil else { throw CommandError.usage("--level and --unset exclude each other") }
            try registry.setLevel(nil, of: name)
        } else if let wanted {
            try registry.setLevel(wanted, of: name)
        }
        try invocation.show([
            "subject": name.map { .string($0) } ?? .null,
            "level": .string(try registry.level(of: name, orDefault: true).rawValue),
        ])
    }

    private static let export = Command(
        "export", summary: "all versions of all subjects with their schemas, a line each",
        details: "With -J, a line is {subject, version, id, type, level, schema} and references where there are any.",
        examples: [Command.Example("schemas export --data-dir ./data -J > schemas.jsonl", "a copy to keep")]
    ) { invocation in
        let registry = try RegistryOptions.open(invocation, mustExist: true)
        let rows = invocation.rows([
            Column("subject"), Column("version", .right), Column("id", .right), Column("type"), Column("level"),
            Column("schema"),
        ])
        for subject in try registry.subjects(includingDeleted: false) {
            let level = try registry.level(of: subject, orDefault: true)
            for number in try registry.versions(of: subject, includingDeleted: false) {
                let place = try registry.version(number, of: subject)
                try rows.write(.object([JSONMember("level", .string(level.rawValue))] + whole(place)))
            }
        }
        try rows.finish()
    }
}
