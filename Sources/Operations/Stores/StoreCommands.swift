public import Console
import EventLog
import StateStores
import StreamCore

/// The noun `stores`: state, read while its owner runs, after it stopped, after it was killed.
public enum StoreCommands {
    /// `stores`, for an application's own command line.
    public static let commands: [Command] = [command]

    /// `stores list | get | scan | window | count`.
    public static let command = Command(
        "stores", aliases: ["store"], summary: "the state of applications",
        details: """
            Shows exactly what is committed: the task's last checkpoint under the tail of its changelog. The owner may run, may
            have stopped, may have been killed; it is never disturbed.
            """,
        examples: [
            Command.Example("stores list --data-dir ./data", "what there is"),
            Command.Example("stores scan sentiment/totals-per-product -J --data-dir ./data", "all entries"),
            Command.Example("stores window sentiment/totals-per-product kettle --data-dir ./data", "one key's windows"),
        ],
        options: LogOptions.all, commands: [list, get, scan, window, count])

    static let store = Parameter.argument(
        "store", ValueFormat<String>.text, help: "APPLICATION/STORE, or STORE when one application only has it")
    static let key = Parameter.argument("key", ValueFormat<String>.anyText, help: "the key, as it is shown")
    static let keyFormat = Parameter.option(
        "key-format", .recordFormat, help: "how keys are read; as the store says, else by looking")
    static let valueFormat = Parameter.option(
        "value-format", .recordFormat, help: "how values are read; as the store says, else by looking")
    static let task = Parameter.option("task", .task, help: "this task's part only, such as 0_3")
    static let limit = Parameter.option(
        "limit", letter: "n", ValueFormat<Int64>.integer(1...Int64.max), help: "end after so many entries")
    static let withTimestamps = Parameter.flag("with-timestamps", help: "show each entry's time")

    private static let list = Command(
        "list", aliases: ["ls"], summary: "all stores: kind, serdes, tasks, changelog",
        examples: [
            Command.Example("stores list --data-dir ./data", "as a table"),
            Command.Example("stores list --data-dir ./data -o json", "as JSON"),
        ]
    ) { invocation in
        let rows = invocation.rows([
            Column("store"), Column("kind"), Column("key"), Column("value"), Column("tasks", .right), Column("kept"),
            Column("changelog"),
        ])
        for entry in try StoreCatalog(invocation).entries() {
            let store = entry.specification
            var members: [JSONMember] = [
                JSONMember("store", .string(entry.name)), JSONMember("kind", .string(store.kindName)),
                JSONMember("key", .string(store.keySerde)), JSONMember("value", .string(store.valueSerde)),
                JSONMember("tasks", .integer(Int64(entry.tasks.count))),
                JSONMember("kept", .string(store.isPersistent ? "disk" : "memory")),
                JSONMember("changelog", entry.changelog.map { .string($0) } ?? .null),
            ]
            if let size = store.window { members.append(JSONMember("windowSizeMs", .integer(size))) }
            try rows.write(.object(members))
        }
        try rows.finish()
    }

    private static let scan = Command(
        "scan", summary: "entries in key order, merged over all tasks",
        examples: [
            Command.Example("stores scan sentiment/totals-per-product --data-dir ./data -J", "all, as lines of JSON"),
            Command.Example("stores scan counts --prefix user- --limit 20 --data-dir ./data", "some of them"),
        ],
        arguments: [store],
        options: [
            StoreRange.from, StoreRange.to, StoreRange.prefix, limit, task, withTimestamps, keyFormat, valueFormat,
        ]
    ) { invocation in
        let walk = try StoreWalk(invocation)
        let printer = try walk.printer(withTimestamps: try invocation[withTimestamps])
        var left = try invocation[limit] ?? .max
        try walk.visit { entry throws(OutputClosed) in
            try printer.print(entry)
            left -= 1
            return left > 0
        }
        try printer.rows.finish()
    }

    private static let count = Command(
        "count", summary: "how many entries there are",
        examples: [
            Command.Example("stores count sentiment/totals-per-product --data-dir ./data", "all of them"),
            Command.Example("stores count counts --prefix user- --data-dir ./data", "some of them"),
        ],
        arguments: [store], options: [StoreRange.from, StoreRange.to, StoreRange.prefix, task, keyFormat]
    ) { invocation in
        let walk = try StoreWalk(invocation)
        var total: Int64 = 0
        try walk.visit { _ in
            total += 1
            return true
        }
        if invocation.style.isTable {
            try invocation.output.write("\(total)\n")
        } else {
            try invocation.show(["store": .string(walk.entry.name), "count": .integer(total)])
        }
    }
}

extension StoreCommands {
    private static let get = Command(
        "get", summary: "the value of a key",
        examples: [
            Command.Example("stores get counts kettle --data-dir ./data", "by its key"),
            Command.Example("stores get counts 42 --data-dir ./data -o json", "as JSON"),
        ],
        arguments: [store, key], options: [task, withTimestamps, keyFormat, valueFormat]
    ) { invocation in
        let walk = try StoreWalk(invocation)
        guard walk.entry.specification.window == nil else {
            throw CommandError.usage(
                "'\(walk.entry.name)' is a window store: a key has many windows",
                hint: "use 'stores window \(walk.entry.name) KEY'")
        }
        let printer = try walk.printer(withTimestamps: try invocation[withTimestamps])
        let wanted = try walk.encode(try invocation[key])
        for view in walk.views { if let entry = try view.entry(wanted) { try printer.print(entry) } }
        try walk.requireSome(printer, try invocation[key])
        try printer.rows.finish()
    }

    private static let windowFrom = Parameter.option(
        "from", .moment, help: "windows that start then or later: ms or RFC 3339")
    private static let windowTo = Parameter.option(
        "to", .moment, help: "windows that start then or earlier: ms or RFC 3339")

    private static let window = Command(
        "window", aliases: ["windows"], summary: "the windows of a key",
        examples: [
            Command.Example("stores window totals-per-product kettle --data-dir ./data", "all of them"),
            Command.Example(
                "stores window totals-per-product kettle --from 2026-01-31T12:00:00Z --data-dir ./data", "some of them"),
        ],
        arguments: [store, key], options: [windowFrom, windowTo, task, withTimestamps, keyFormat, valueFormat]
    ) { invocation in
        let walk = try StoreWalk(invocation)
        guard walk.entry.specification.window != nil else {
            throw CommandError.usage(
                "'\(walk.entry.name)' has no windows", hint: "use 'stores get \(walk.entry.name) KEY'")
        }
        let printer = try walk.printer(withTimestamps: try invocation[withTimestamps])
        let first = try invocation[windowFrom]?.milliseconds ?? .min
        let last = try invocation[windowTo]?.milliseconds ?? .max
        try walk.visitWindows(of: try walk.encode(try invocation[key])) { entry, start throws(OutputClosed) in
            if start >= first, start <= last { try printer.print(entry) }
        }
        try walk.requireSome(printer, try invocation[key])
        try printer.rows.finish()
    }
}

extension ValueFormat where Value == TaskID {
    /// A task: `0_3`.
    static var task: ValueFormat {
        ValueFormat("TASK") { text throws(ValueProblem) in
            guard let task = TaskID(text) else {
                throw ValueProblem("must be a task such as 0_3: subtopology_partition, not '\(text)'")
            }
            return task
        }
    }
}

extension ValueFormat where Value == Timestamp {
    /// A moment: ms since 1970, or RFC 3339.
    static var moment: ValueFormat {
        ValueFormat("TIME") { text throws(ValueProblem) in
            guard let moment = Timestamp(written: text) else {
                throw ValueProblem("must be a time: ms since 1970, or such as 2026-01-31T12:00:00Z, not '\(text)'")
            }
            return moment
        }
    }
}
