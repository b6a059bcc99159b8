public import Console
public import Topology

/// What is done about applications: from outside, by the manifest they left, or by their own executables.
public enum AppCommands {
    private static let name = Parameter.argument(
        "application", ValueFormat<String>.text, help: "the application's name")

    /// `app describe | reset | topics`, for applications that have run on the data folder.
    public static let command = Command(
        "app", aliases: ["apps"], summary: "applications: what they do, what they need, starting anew",
        details: "An application is known by the manifest in its data folder; its own executable needs none.",
        examples: [
            Command.Example("app describe sentiment --data-dir ./data", "instances, tasks, lag"),
            Command.Example("app reset sentiment --data-dir ./data", "what a reset would do"),
        ],
        options: LogOptions.all,
        commands: [
            describe("describe", arguments: [name], line: "app describe sentiment", options: []) { invocation in
                try KnownApplication.named(try invocation[name], invocation)
            },
            reset(arguments: [name], line: "app reset sentiment", options: []) { invocation in
                try KnownApplication.named(try invocation[name], invocation)
            },
            topics(arguments: [name], line: "app topics", name: " sentiment", options: []) { invocation in
                try KnownApplication.named(try invocation[name], invocation)
            },
        ])

    /// `status`, `reset` and `topics plan | apply`, for an application's own executable.
    ///
    /// - Parameter plan: what it computes, as it is configured in a run of a command.
    /// - Returns: the commands.
    public static func commands(of plan: @escaping @Sendable (Invocation) throws -> PlanDescription) -> [Command] {
        let own: @Sendable (Invocation) throws -> KnownApplication = { KnownApplication(try plan($0)) }
        return [
            describe("status", arguments: [], line: "status", options: LogOptions.all, own),
            reset(arguments: [], line: "reset", options: LogOptions.all, own),
            topics(arguments: [], line: "topics", name: "", options: LogOptions.all, own),
        ]
    }

    private typealias Finder = @Sendable (Invocation) throws -> KnownApplication

    private static func describe(
        _ verb: String, arguments: [any AnyParameter], line: String, options: [any AnyParameter],
        _ find: @escaping Finder
    ) -> Command {
        Command(
            verb, summary: "what it does now: instances, tasks, restore progress, lag",
            details: """
                Instances publish what they do every few seconds. Of one that died without a word the last report is shown \
                as 'gone', with its age.
                """,
            examples: [
                Command.Example("\(line) --data-dir ./data", "as tables"),
                Command.Example("\(line) -b localhost:9092 -o json", "as JSON, on Kafka"),
            ],
            arguments: arguments, options: options
        ) { invocation in try ApplicationDescription(try find(invocation), invocation).show() }
    }

    private static func reset(
        arguments: [any AnyParameter], line: String, options: [any AnyParameter], _ find: @escaping Finder
    ) -> Command {
        Command(
            "reset", summary: "forget positions, state and internal topics, to start anew",
            details: """
                A dry run unless --execute is given; refused while an instance lives. Inputs, outputs and dead letters stay as \
                they are.
                """,
            examples: [
                Command.Example("\(line) --data-dir ./data", "say what would be done"),
                Command.Example("\(line) --data-dir ./data --execute", "do it"),
                Command.Example("\(line) --data-dir ./data --to-latest --execute", "and start with what comes"),
            ],
            arguments: arguments, options: options + ResetOptions.all
        ) { invocation in
            try ApplicationReset(try find(invocation), invocation).perform(
                execute: try invocation[ResetOptions.execute])
        }
    }

    private static func topics(
        arguments: [any AnyParameter], line: String, name: String, options: [any AnyParameter],
        _ find: @escaping Finder
    ) -> Command {
        Command(
            "topics", summary: "the topics it needs beside its inputs",
            examples: [Command.Example("\(line) plan\(name) --data-dir ./data", "what is there and what is not")],
            options: options,
            commands: [
                Command(
                    "plan", summary: "the topics it needs: which are there, missing or wrong",
                    details: "Ends with 8 when a topic is wrong in a way that 'apply' cannot mend.",
                    examples: [Command.Example("\(line) plan\(name) -b localhost:9092", "on Kafka")],
                    arguments: arguments
                ) { invocation in try ApplicationTopics(try find(invocation), invocation).show() },
                Command(
                    "apply", summary: "make the topics that are missing",
                    details: """
                        For clusters where the application itself may not create topics. Nothing that exists is changed, but \
                        for a tasks topic that has become too small.
                        """,
                    examples: [Command.Example("\(line) apply\(name) -b localhost:9092", "on Kafka")],
                    arguments: arguments
                ) { invocation in try ApplicationTopics(try find(invocation), invocation).apply() },
            ])
    }
}
