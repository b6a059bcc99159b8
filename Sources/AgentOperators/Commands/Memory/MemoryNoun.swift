import Console
import Operations
import StreamCore

/// The noun `memory`: what sessions hold.
enum MemoryNoun {
    /// `memory list | show | search | export | import | forget`.
    static let command = Command(
        "memory", aliases: ["memories"], summary: "memory: what sessions hold, searching, forgetting",
        details: """
            Read from the memory's stores by the last commit; its application may run, may have stopped, may have been killed. \
            What changes it is a command on the memory's topic, which its application takes.
            """,
        examples: [
            Command.Example("memory list --data-dir ./data", "the sessions"),
            Command.Example("memory show anna --data-dir ./data", "what one holds"),
            Command.Example("memory search anna \"green tea\" -k 5 --data-dir ./data", "what fits"),
        ],
        options: LogOptions.all + [memory],
        commands: [list, show, MemorySearchVerb.command, MemoryTransfer.export, MemoryTransfer.importing, forget])

    static let memory = Parameter.option(
        "memory", letter: "m", ValueFormat<String>.text, help: "this memory's only: MEMORY, or APPLICATION/MEMORY")
    static let session = Parameter.argument("session", ValueFormat<String>.text, help: "the session")
    static let limit = Parameter.option(
        "limit", letter: "n", ValueFormat<Int64>.integer(1...Int64.max), help: "end after so many")

    private static let list = Command(
        "list", aliases: ["ls"], summary: "the sessions: how many items, how large, when touched",
        examples: [
            Command.Example("memory list --data-dir ./data", "all"),
            Command.Example("memory list -m notes -o json -b localhost:9092", "of one memory, on Kafka"),
        ],
        options: [limit]
    ) { invocation in
        let catalog = try MemoryCatalog(OperatorStores(invocation), named: try invocation[memory])
        let rows = invocation.rows([
            Column("session"), Column("memory"), Column("application"), Column("items", .right),
            Column("bytes", .right), Column("nextExpiry", header: "NEXT EXPIRY"), Column("touched"),
        ])
        var left = try invocation[limit] ?? .max
        for place in catalog.places where left > 0 {
            try catalog.forEachSession(of: place) { name, session in
                try rows.write([
                    "session": .string(name), "memory": .string(place.memory),
                    "application": .string(place.application), "items": .integer(Int64(session.count)),
                    "bytes": .integer(Int64(session.bytes)), "nextExpiry": .moment(session.nextExpiry),
                    "touched": .moment(session.touched),
                ])
                left -= 1
                return left > 0
            }
        }
        try rows.finish()
        try catalog.unreadable.complain()
    }

    private static let show = Command(
        "show", aliases: ["get"], summary: "the items of a session, oldest first",
        examples: [
            Command.Example("memory show anna --data-dir ./data", "all"),
            Command.Example("memory show anna --limit 20 -J --data-dir ./data", "the first twenty, as lines of JSON"),
        ],
        arguments: [session], options: [limit]
    ) { invocation in
        let catalog = try MemoryCatalog(OperatorStores(invocation), named: try invocation[memory])
        let name = try invocation[session]
        let (place, session) = try catalog.session(name)
        let rows = invocation.rows(columns)
        var left = try invocation[limit] ?? .max
        try catalog.forEachItem(of: name, session, in: place) { item in
            try rows.write(item.row(isShort: invocation.style == .table))
            left -= 1
            return left > 0
        }
        try rows.finish()
        try catalog.unreadable.complain()
    }

    static let columns = [
        Column("sequence", header: "#", .right), Column("id"), Column("timestamp"), Column("expiry", isWide: true),
        Column("version", .right, isWide: true), Column("mime"), Column("metadata", isWide: true), Column("content"),
    ]

    private static let item = Parameter.option(
        "id", ValueFormat<String>.text.named("ITEM"), help: "this item only; else all of the session")
    private static let execute = Parameter.flag(
        "execute", aliases: ["yes"], help: "do it; else only say what would be forgotten")
    private static let wait = Parameter.option(
        "wait", ValueFormat<Duration>.duration, default: .seconds(10), shown: "10s",
        help: "how long to wait until the application has forgotten it")

    private static let forget = Command(
        "forget", summary: "forget a session, or an item of it, for everybody",
        details: """
            A dry run unless --execute is given. The command is on the memory's topic when this ends with 4 because no \
            application has taken it in time. A memory that takes no commands cannot be told: exit code 10.
            """,
        examples: [
            Command.Example("memory forget anna --data-dir ./data", "say what would be forgotten"),
            Command.Example("memory forget anna --execute --data-dir ./data", "forget it"),
            Command.Example("memory forget anna --id a1 --execute --data-dir ./data", "an item only"),
        ],
        arguments: [session], options: [item, execute, wait]
    ) { invocation in
        let catalog = try MemoryCatalog(OperatorStores(invocation), named: try invocation[memory])
        let (name, item) = (try invocation[session], try invocation[item])
        let (place, session) = try catalog.session(name)
        var forgotten: [MemoryItem] = []
        try catalog.forEachItem(of: name, session, in: place) { found in
            if item == nil || found.id == item { forgotten.append(found) }
            return true
        }
        if let item, forgotten.isEmpty {
            throw CommandError(
                .notFound, "session '\(name)' holds no item '\(item)'", hint: "see them with 'memory show \(name)'",
                kind: "unknownItem")
        }
        if try invocation[execute] {
            try await MemoryTransfer.tell(place, catalog.stores, name, item, wait: try invocation[wait])
        }
        let rows = invocation.rows(columns)
        for item in forgotten { try rows.write(item.row(isShort: invocation.style == .table)) }
        try rows.finish()
        let count = forgotten.count == 1 ? "1 item" : "\(forgotten.count) items"
        invocation.note(
            try invocation[execute]
                ? "\(count) of '\(name)' forgotten" : "nothing was done: \(count) would be forgotten with --execute")
    }
}
