import Synchronization
import Testing

@testable import Console

/// A small program that says what it understood.
private struct Program {
    let output = TextSink.memory()
    let errors = TextSink.memory()

    static let directory = Parameter.option("data-dir", letter: "d", .path, default: "data", help: "where")
        .environment("TEST_DATA_DIR")
    static let count = Parameter.option(
        "count", letter: "n", aliases: ["number"], .integer(1...9), default: 3, help: "how many")
    static let from = Parameter.option("from", .integer.named("OFFSET") as ValueFormat<Int64>, help: "where to start")
    static let settings = Parameter.repeated("set", letter: "X", .assignment, help: "a setting")
    static let strict = Parameter.flag("strict", letter: "s", help: "be strict")
    static let topic = Parameter.argument("topic", .text, help: "the topic")
    static let extra = Parameter.optionalArgument("extra", .text, help: "something else")
    static let words = Parameter.arguments("words", .text, help: "words")

    func run(_ arguments: String..., environment: [String: String] = [:]) async -> ExitCode {
        await Self.tree.run(arguments, environment: environment, output: output, errors: errors)
    }

    static let tree = CommandTree(
        name: "prog", summary: "a program for tests", version: "1.2",
        examples: [Command.Example("topics make reviews", "make a topic")], options: [directory],
        commands: [
            Command(
                "topics", aliases: ["topic"], summary: "topics",
                commands: [make, Command("list", summary: "list") { _ in }]),
            Command("say", summary: "prints words", arguments: [words]) { call in
                try call.output.write(try call[words].joined(separator: "|") + "\n")
            },
            Command("fail", summary: "fails", arguments: [topic]) { call in
                switch try call[topic] {
                case "known": throw CommandError(.notFound, "no such thing", hint: "make one", kind: "unknownThing")
                case "foreign": throw Foreign()
                case "signal": throw SignalReceived(signal: 2)
                case "closed": throw OutputClosed()
                default: throw Unknown()
                }
            },
        ],
        translate: { $0 is Foreign ? CommandError(.conflict, "foreign", hint: nil) : nil })

    static let make = Command(
        "make", summary: "makes a topic", details: "More words.",
        examples: [Command.Example("topics make reviews --count 4", "four of them")], arguments: [topic, extra],
        options: [count, from, settings, strict]
    ) { call in
        let settings = try call[settings].map { "\($0.name)=\($0.value)" }.joined(separator: ",")
        let from = try call[from].map(String.init) ?? "nil"
        let extra = try call[extra] ?? "nil"
        let line =
            "\(try call[topic]) \(extra) \(try call[directory]) \(try call[count]) \(from) [\(settings)] \(try call[strict]) \(call.style)"
        try call.output.write(line + "\n")
    }

    struct Foreign: Error {}
    struct Unknown: Error {}
}

@Suite struct CommandTreeTests {
    private let program = Program()

    @Test(
        arguments: [
            (["topics", "make", "t"], "t nil data 3 nil [] false table"),
            (["topic", "make", "t", "e"], "t e data 3 nil [] false table"),
            (["--data-dir", "d", "topics", "make", "t"], "t nil d 3 nil [] false table"),
            (["topics", "make", "--data-dir=a=b", "t"], "t nil a=b 3 nil [] false table"),
            (["topics", "make", "t", "-n", "4", "-s"], "t nil data 4 nil [] true table"),
            (["topics", "make", "t", "-sn4"], "t nil data 4 nil [] true table"),
            (["topics", "make", "t", "--number", "5", "-n6"], "t nil data 6 nil [] false table"),
            (["topics", "make", "t", "--from", "-5"], "t nil data 3 -5 [] false table"),
            (["topics", "make", "t", "-X", "a=1", "--set", "b=2=3"], "t nil data 3 nil [a=1,b=2=3] false table"),
            (["topics", "make", "--", "--strict"], "--strict nil data 3 nil [] false table"),
            (["topics", "make", "-"], "- nil data 3 nil [] false table"),
            (["topics", "make", "t", "-ojsonl"], "t nil data 3 nil [] false jsonl"),
            (["topics", "make", "t", "-J"], "t nil data 3 nil [] false jsonl"),
        ])
    func `a command line is understood`(_ arguments: [String], _ expected: String) async {
        let code = await Program.tree.run(arguments, output: program.output, errors: program.errors)
        #expect(code == .success)
        #expect(program.output.text == expected + "\n")
        #expect(program.errors.text == "")
    }

    @Test(
        arguments: [
            (["topcis", "make"], "'prog' has no command 'topcis'", "did you mean 'topics'?"),
            (["topics", "makr"], "'prog topics' has no command 'makr'", "did you mean 'make'?"),
            (["topics"], "'prog topics' needs a command: make, list", "see 'prog topics --help'"),
            ([], "'prog' needs a command: topics, say, fail", "see 'prog --help'"),
            (
                ["topics", "make", "t", "--cuont", "3"], "'prog topics make' has no option '--cuont'",
                "did you mean '--count'?"
            ),
            (["--count", "3", "say", "x"], "'prog' has no option '--count'", "see 'prog --help'"),
            (
                ["topics", "--strict", "make"], "'prog topics' has no option '--strict'",
                "it is an option of 'prog topics make': write it after 'make'"
            ),
            (["topics", "make"], "argument TOPIC is missing", "see 'prog topics make --help'"),
            (
                ["topics", "make", "a", "b", "c"], "'prog topics make' does not take 'c'",
                "usage: prog topics make TOPIC [EXTRA] [options]"
            ),
            (
                ["topics", "make", "t", "-n", "x"], "option --count must be a whole number, not 'x'",
                "see 'prog topics make --help'"
            ),
            (
                ["topics", "make", "t", "-n", "10"], "option --count must be between 1 and 9, not 10",
                "see 'prog topics make --help'"
            ),
            (
                ["topics", "make", "t", "-n"], "option '-n' needs a value: -n NUMBER",
                "a value that starts with dashes is written --count=VALUE"
            ),
            (
                ["topics", "make", "t", "--from", "--strict"], "option '--from' needs a value: --from OFFSET",
                "a value that starts with dashes is written --from=VALUE"
            ),
            (
                ["topics", "make", "t", "--set", "a"], "option --set must be NAME=VALUE, not 'a'",
                "see 'prog topics make --help'"
            ),
            (
                ["topics", "make", "t", "-o", "jsn"],
                "option --output must be one of table, wide, json, jsonl, yaml, csv, name, not 'jsn'",
                "did you mean 'json'?"
            ),
            (
                ["topics", "make", "t", "--data-dir", ""], "option --data-dir must not be empty",
                "see 'prog topics make --help'"
            ),
            (["topics", "make", "t", "-z"], "'prog topics make' has no option '-z'", "see 'prog topics make --help'"),
        ])
    func `a senseless command line is refused with the next step`(
        _ arguments: [String], _ message: String, _ hint: String
    ) async {
        let code = await Program.tree.run(arguments, output: program.output, errors: program.errors)
        #expect(code == .usage)
        #expect(program.output.text == "")
        #expect(program.errors.text == "error: \(message)\nhint: \(hint)\n")
    }

    @Test func `the environment stands in for an option and the command line wins`() async {
        let environment = ["TEST_DATA_DIR": "from-env"]
        _ = await program.run("topics", "make", "t", environment: environment)
        _ = await program.run("topics", "make", "t", "-d", "written", environment: environment)
        _ = await program.run("topics", "make", "t", environment: ["TEST_DATA_DIR": ""])
        let folders = program.output.text.split(separator: "\n").map { $0.split(separator: " ")[2] }
        #expect(folders == ["from-env", "written", "data"])
    }

    @Test func `words after the end of options are words`() async {
        #expect(await program.run("say", "a", "--", "--help", "-x") == .success)
        #expect(program.output.text == "a|--help|-x\n")
    }

    @Test(
        arguments: [
            ("known", ExitCode.notFound, "error: no such thing\nhint: make one\n"),
            ("foreign", ExitCode.conflict, "error: foreign\n"), ("other", ExitCode.failure, "error: Unknown()\n"),
            ("signal", ExitCode.interrupted, ""), ("closed", ExitCode.success, ""),
        ])
    func `an error becomes a message and an exit code`(_ word: String, _ code: ExitCode, _ text: String) async {
        #expect(await program.run("fail", word) == code)
        #expect(program.errors.text == text)
    }

    @Test func `an error is an object when JSON is asked for`() async throws {
        #expect(await program.run("fail", "known", "--output", "json") == .notFound)
        #expect(
            program.errors.text
                == #"{"error":{"code":3,"kind":"unknownThing","message":"no such thing","hint":"make one"}}"# + "\n")
    }

    @Test(arguments: [["-ojsonl", "nonsense"], ["nonsense", "--output=json"], ["-J", "nonsense"]])
    func `even a usage error is an object when JSON is asked for`(_ arguments: [String]) async throws {
        #expect(await Program.tree.run(arguments, output: program.output, errors: program.errors) == .usage)
        let error = try JSONValue(parsing: program.errors.text)["error"]
        #expect(error?["kind"] == "usage")
        #expect(error?["code"] == 2)
    }

    @Test func `help says usage, examples first, arguments, options, defaults and environment`() async {
        #expect(await program.run("topics", "make", "--help") == .success)
        #expect(
            program.output.text == """
                prog topics make: makes a topic

                Examples:
                  # four of them
                  prog topics make reviews --count 4

                Usage: prog topics make TOPIC [EXTRA] [options]

                More words.

                Arguments:
                  TOPIC  the topic
                  EXTRA  something else

                Options:
                  -n, --count NUMBER    how many [default: 3]
                      --from OFFSET     where to start
                  -X, --set NAME=VALUE  a setting; may be repeated
                  -s, --strict          be strict

                Options of every command:
                  -d, --data-dir PATH            where [default: data] [env: TEST_DATA_DIR]
                  -o, --output FORM              form of the data on stdout (table, wide, json, jsonl, yaml, csv, name) [default: table]
                  -J, --jsonl                    short for --output jsonl
                      --color auto|always|never  colour in text for people; NO_COLOR is respected [default: auto]
                  -q, --quiet                    no notes and no progress on stderr
                  -h, --help                     this page

                """)
    }

    @Test(arguments: [["--help"], ["-h"], ["help"], ["help", "topics"], ["topics", "-h"], ["topics", "make", "-h"]])
    func `every node has a page and asking for it is no error`(_ arguments: [String]) async {
        #expect(await Program.tree.run(arguments, output: program.output, errors: program.errors) == .success)
        #expect(program.output.text.contains("Usage: prog"))
        #expect(program.errors.text == "")
    }

    @Test func `the version is printed`() async {
        #expect(await program.run("--version") == .success)
        #expect(program.output.text == "prog 1.2\n")
    }
}
