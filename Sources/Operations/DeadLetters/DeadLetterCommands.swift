public import Console
import EventLog
import StreamCore

/// The noun `dlq`: records that applications gave up, and what becomes of them.
public enum DeadLetterCommands {
    /// `dlq list | show | retry | drop`.
    public static let command = Command(
        "dlq", aliases: ["dead-letters"], summary: "dead letters: what failed, why, and trying again",
        details: """
            A dead letter is the record as it came, with a story in its headers. What is done about it is noted on the topic \
            '<dead-letter topic>-handled'; the letter itself stays until its topic deletes it.
            """,
        examples: [
            Command.Example("dlq list --data-dir ./data", "those that nobody has handled"),
            Command.Example("dlq show sentiment-dead-letters-0@3 --data-dir ./data", "one, with its bytes"),
            Command.Example("dlq retry sentiment-dead-letters-0@3 --data-dir ./data", "send it again"),
        ],
        options: LogOptions.all + [application], commands: [list, show, retry, drop])

    static let application = Parameter.option(
        "application", letter: "a", ValueFormat<String>.text, help: "this application's only")
    private static let handled = Parameter.flag("all", help: "those that were sent again or dropped, too")
    private static let everything = Parameter.flag("all", help: "all that are open and that the other options admit")
    private static let limit = Parameter.option(
        "limit", letter: "n", ValueFormat<Int64>.integer(1...Int64.max), help: "end after so many")
    private static let id = Parameter.argument(
        "id", ValueFormat<String>.text, help: "the letter, as 'dlq list' names it")
    private static let ids = Parameter.repeatedArgument(
        "id", ValueFormat<String>.text, help: "letters, as 'dlq list' names them")
    private static let destination = Parameter.option(
        "to", ValueFormat<String>.text.named("TOPIC"), help: "send them there; else to where each came from")
    private static let again = Parameter.flag("again", help: "those too that were sent or dropped before")
    private static let now = Parameter.flag("now", help: "with the present time instead of the records' own")
    private static let execute = Parameter.flag("execute", help: "do it; else --all only says what would be done")
    private static let by = Parameter.option(
        "by", ValueFormat<String>.text, help: "who does it; the user's name when not given")

    private static let list = Command(
        "list", aliases: ["ls"], summary: "the letters that wait for somebody",
        examples: [
            Command.Example("dlq list --data-dir ./data", "of all applications"),
            Command.Example("dlq list -a sentiment --step score --reason timed --since 1h --data-dir ./data", "some"),
            Command.Example("dlq list --all -J -b localhost:9092", "handled ones too, as lines of JSON, on Kafka"),
        ],
        options: [handled, limit] + DeadLetterFilter.options
    ) { invocation in
        let log = try LogOptions.open(invocation, mustExist: true)
        let application = try invocation[application]
        let filter = try DeadLetterFilter(invocation, application: application)
        let formats = TopicFormats(try DataFolder(invocation))
        let showsAll = try invocation[handled]
        let rows = invocation.rows([
            Column("id"), Column("status"), Column("step"), Column("stage"), Column("source"), Column("key"),
            Column("retries", .right, isWide: true), Column("bytes", .right, isWide: true),
            Column("timestamp", isWide: true), Column("error"),
        ])
        var left = try invocation[limit] ?? .max
        var unreadable = 0
        for box in try DeadLetterBox.all(invocation, log, application: application) where left > 0 {
            unreadable += box.marks.unreadable
            try box.forEach { letter in
                guard filter.admits(letter), showsAll || letter.isOpen else { return true }
                try rows.write(letter.row(formats, isShort: invocation.style == .table))
                left -= 1
                return left > 0
            }
        }
        try rows.finish()
        guard unreadable == 0 else {
            throw CommandError(
                .partial, "\(unreadable) notes about letters cannot be read: what they say is not shown",
                hint: "a newer version wrote them, or something else than this tool", kind: "unreadableRecords")
        }
    }

    private static let show = Command(
        "show", aliases: ["get"], summary: "a letter: its story, headers, key and value",
        examples: [
            Command.Example("dlq show sentiment-dead-letters-0@3 --data-dir ./data", "one"),
            Command.Example("dlq show 0@3 -o json --data-dir ./data", "in a folder with one application"),
        ],
        arguments: [id]
    ) { invocation in
        let log = try LogOptions.open(invocation, mustExist: true)
        let boxes = try DeadLetterBox.all(invocation, log, application: try invocation[application])
        let (_, letter) = try DeadLetterBox.find(try invocation[id], in: boxes)
        try invocation.show(letter.details(TopicFormats(try DataFolder(invocation))))
    }

    private static let retry = Command(
        "retry", summary: "send letters again to where they came from",
        details: """
            Key, value, time and headers are those of the record as it came, the partition too; three headers say that it comes \
            again. A letter is sent once: one that was sent is refused with exit code 6, also when the run that sent it was \
            killed before it could say so. With --all nothing is done without --execute.
            """,
        examples: [
            Command.Example("dlq retry sentiment-dead-letters-0@3 --data-dir ./data", "one"),
            Command.Example("dlq retry --all --step score --data-dir ./data", "say which would be sent"),
            Command.Example("dlq retry --all --step score --execute --data-dir ./data", "send them"),
        ],
        arguments: [ids],
        options: [everything, destination, again, now, execute, by] + DeadLetterFilter.options
    ) { invocation in
        let log = try LogOptions.open(invocation, mustExist: true)
        var options = DeadLetterRetry.Options()
        options.destination = try invocation[destination].map { try log.existingTopic($0) }
        options.again = try invocation[again]
        options.now = try invocation[now]
        options.by = try user(invocation)
        let chosen = try choose(invocation, log, again: options.again)
        guard try mayAct(chosen, "sent again", invocation) else { return }
        let rows = invocation.rows([Column("id"), Column("result"), Column("destination"), Column("detail")])
        var failures: [CommandError] = []
        for (box, letters) in chosen {
            let sending = DeadLetterRetry(box, options)
            for batch in letters.batches(of: 200) {
                for (letter, outcome) in zip(batch, try sending.send(batch)) {
                    if case .refused(let error) = outcome { failures.append(error) }
                    try rows.write(row(letter, outcome))
                }
                try rows.flush()
            }
        }
        try rows.finish()
        try complain(failures, of: chosen.reduce(0) { $0 + $1.letters.count }, "sent")
    }

    private static let drop = Command(
        "drop", summary: "note that nobody wants letters",
        details: "They are not listed any more; their topic keeps them as long as it keeps anything.",
        examples: [
            Command.Example("dlq drop sentiment-dead-letters-0@3 --by ann --data-dir ./data", "one"),
            Command.Example("dlq drop --all --stage decode --execute --data-dir ./data", "some"),
        ],
        arguments: [ids], options: [everything, execute, by] + DeadLetterFilter.options
    ) { invocation in
        let log = try LogOptions.open(invocation, mustExist: true)
        let chosen = try choose(invocation, log, again: false)
        guard try mayAct(chosen, "dropped", invocation) else { return }
        let rows = invocation.rows([Column("id"), Column("result"), Column("detail")])
        var failures: [CommandError] = []
        for (box, letters) in chosen {
            try DeadLetterMarks.make(for: box.topic.name, log)
            var buffer = RecordBuffer()
            for letter in letters {
                guard letter.isOpen else {
                    let error = CommandError(
                        .conflict, "'\(letter.id)' \(letter.mark?.words ?? "is taken")", kind: "alreadyHandled")
                    failures.append(error)
                    try rows.write(["id": .string(letter.id), "result": "refused", "detail": .string(error.message)])
                    continue
                }
                let mark = DeadLetterMark(
                    letter: letter.number, status: .dropped, attempt: "", at: SystemWallClock().now().milliseconds,
                    by: try user(invocation))
                try buffer.append(mark, of: box.topic.name)
                try rows.write(["id": .string(letter.id), "result": "dropped"])
            }
            if !buffer.isEmpty { try log.append(buffer) }
        }
        try rows.finish()
        try complain(failures, of: chosen.reduce(0) { $0 + $1.letters.count }, "dropped")
    }
}

extension DeadLetterCommands {
    private typealias Chosen = [(box: DeadLetterBox, letters: [DeadLetter])]

    /// The letters that the command line names, by topic.
    private static func choose(_ invocation: Invocation, _ log: any EventLog, again: Bool) throws -> Chosen {
        let (application, names) = (try invocation[application], try invocation[ids])
        let boxes = try DeadLetterBox.all(invocation, log, application: application)
        guard try invocation[everything] else {
            guard !names.isEmpty else {
                throw CommandError.usage("which letters?", hint: "write their ids, or --all")
            }
            return try names.map { name in
                let (box, letter) = try DeadLetterBox.find(name, in: boxes)
                return (box, [letter])
            }
        }
        guard names.isEmpty else { throw CommandError.usage("--all and ids exclude each other") }
        let filter = try DeadLetterFilter(invocation, application: application)
        return try boxes.map { box in
            var letters: [DeadLetter] = []
            try box.forEach { letter in
                if filter.admits(letter), again || letter.isOpen { letters.append(letter) }
                return true
            }
            return (box, letters)
        }
    }

    /// Whether to go on; otherwise says what would be done.
    private static func mayAct(_ chosen: Chosen, _ what: String, _ invocation: Invocation) throws -> Bool {
        guard try invocation[everything], try !invocation[execute] else { return true }
        let formats = TopicFormats(try DataFolder(invocation))
        let rows = invocation.rows([
            Column("id"), Column("step"), Column("stage"), Column("source"), Column("key"), Column("error"),
        ])
        for letter in chosen.flatMap(\.letters) {
            try rows.write(letter.row(formats, isShort: invocation.style == .table))
        }
        try rows.finish()
        invocation.note("nothing was done: these \(rows.count) would be \(what) with --execute")
        return false
    }

    private static func row(_ letter: DeadLetter, _ outcome: DeadLetterRetry.Outcome) -> JSONValue {
        switch outcome {
        case .sent(let mark, let isFound):
            let place = "\(mark.topic ?? "")-\(mark.partition ?? 0)\(mark.offset.map { "@\($0)" } ?? "")"
            return [
                "id": .string(letter.id), "result": "retried", "destination": .string(place),
                "detail": isFound ? "an earlier run that ended had sent it" : .null,
            ]
        case .refused(let error):
            return [
                "id": .string(letter.id), "result": "refused", "destination": .null, "detail": .string(error.message),
            ]
        }
    }

    /// Ends with the one error there is, or with 7 when only some failed.
    private static func complain(_ failures: [CommandError], of count: Int, _ what: String) throws(CommandError) {
        guard let first = failures.first else { return }
        if count == 1 { throw first }
        throw CommandError(
            failures.count == count ? first.exitCode : .partial,
            "\(failures.count) of \(count) letters were not \(what)",
            hint: first.hint, kind: failures.count == count ? first.kind : "partial")
    }

    private static func user(_ invocation: Invocation) throws -> String? {
        let name = invocation.environment["USER"] ?? ""
        return try invocation[by] ?? (name.isEmpty ? nil : name)
    }
}

extension DeadLetter {
    /// Whether nobody has done anything about it that counts.
    var isOpen: Bool { mark == nil || mark?.status == .retrying }
}

extension [DeadLetter] {
    /// The letters in parts of at most `count`, and of some megabytes.
    fileprivate func batches(of count: Int) -> [[DeadLetter]] {
        var batches: [[DeadLetter]] = []
        var bytes = 0
        for letter in self {
            let size = (letter.record.value?.count ?? 0) + 1_000
            if batches.last.map({ $0.count >= count || bytes + size > 4 << 20 }) ?? true {
                batches.append([])
                bytes = 0
            }
            batches[batches.count - 1].append(letter)
            bytes += size
        }
        return batches
    }
}
