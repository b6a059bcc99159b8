import Console
import EventLog
import Foundation
import Observability
import Operations
import StreamCore
import Topology

/// The commands that every application executable has.
struct ApplicationCommands {
    private let application: any StreamApplication

    init(_ application: any StreamApplication) { self.application = application }

    var all: [Command] {
        [run, describe, graph]
            + AppCommands.commands { [application] in try application.configured($0).topology.plan }
            + StoreCommands.commands + [ConfigCommands.command(showing: Self.configurable)]
    }

    private static let untilIdle = Parameter.flag(
        "until-idle", help: "end when all input is consumed, nothing is in flight and everything is committed")
    private static let workers = Parameter.option(
        "workers", ValueFormat<Int>.integer(1...1_024), default: max(1, ProcessInfo.processInfo.activeProcessorCount),
        shown: "one for each core", help: "how many threads run tasks"
    ).setting("app.threads")
    private static let commitInterval = Parameter.option(
        "commit-interval", .duration, default: .milliseconds(100), shown: "100ms", help: "how often tasks commit"
    ).setting("app.commitInterval")
    private static let memory = Parameter.option(
        "state-memory", .size, default: ByteCount(256 << 20), shown: "256MiB",
        help: "memory for all state stores together"
    ).setting("app.stateMemory")
    private static let guarantee = Parameter.option(
        "guarantee", ValueFormat.choice(ProcessingGuarantee.self), default: .exactlyOnce, shown: "exactly-once",
        help: "what a commit promises on Kafka"
    ).setting("app.processingGuarantee")
    private static let staticMember = Parameter.option(
        "static-member", ValueFormat<String>.text.named("NAME"),
        help: "keep the tasks over a short restart under this name (group.instance.id)"
    ).setting("app.staticMember")
    private static let sessionTimeout = Parameter.option(
        "session-timeout", .duration, default: .seconds(45), shown: "45s",
        help: "after how long without a sign of life others get the tasks on Kafka"
    ).setting("app.sessionTimeout")
    private static let transactionTimeout = Parameter.option(
        "transaction-timeout", .duration, default: .seconds(10), shown: "10s",
        help: "after how long the transaction of a dead process is aborted on Kafka"
    ).setting("app.transactionTimeout")
    private static let standbys = Parameter.option(
        "standby-replicas", ValueFormat<Int>.integer(0...16), default: 0, shown: "0",
        help: "how many other instances keep a copy of each task's state"
    ).setting("app.standbyReplicas")
    static let monitor = Parameter.option(
        "monitor", ValueFormat<MonitorAddress>.monitorAddress,
        help: "serve health, status, metrics and the topology over HTTP here; on 127.0.0.1 when only a port is given"
    ).environment("TRIBUTARY_MONITOR").setting("monitor.address")
    static let logFormat = Parameter.option(
        "log-format", ValueFormat.choice(JournalFormat.self), default: .text, shown: "text",
        help: "how the lines on standard error look"
    ).environment("TRIBUTARY_LOG_FORMAT")
    private static let acceptLostState = Parameter.flag(
        "accept-lost-state", help: "start although a change of the topology abandons stored state")
    private static let graphFormat = Parameter.option(
        "format", ValueFormat.choice(PlanDescription.GraphFormat.self), default: .mermaid, shown: "mermaid",
        help: "the drawing tool's language")

    /// The options of `run` that are settings too: tools that know no application check and show them by this list.
    static var configurable: [any AnyParameter] {
        LogOptions.all + [
            workers, commitInterval, memory, guarantee, staticMember, sessionTimeout, transactionTimeout, standbys,
            monitor,
        ]
    }

    private var run: Command {
        Command(
            "run", summary: "run the topology",
            details: """
                Runs as one instance; start more on the same log to share the work. Ends on SIGINT or SIGTERM: what is \
                processed is committed, calls under way are taken up at the next start.
                """,
            examples: [
                Command.Example("run --data-dir ./data", "run until interrupted"),
                Command.Example("run --data-dir ./data --until-idle", "work off what is there, then stop"),
                Command.Example("run --data-dir ./data --monitor 8080", "with /health, /metrics and /topology"),
            ],
            options: LogOptions.all
                + [
                    Self.untilIdle, Self.workers, Self.commitInterval, Self.memory, Self.guarantee, Self.staticMember,
                    Self.sessionTimeout, Self.transactionTimeout, Self.standbys, Self.acceptLostState, Self.monitor,
                    Self.logFormat,
                ] + application.extensions.flatMap(\.options)
        ) { [application] invocation in
            let run = try ApplicationRun(application.configured(invocation), invocation) { options in
                options.untilIdle = try invocation[Self.untilIdle]
                options.workers = try invocation[Self.workers]
                options.commitInterval = try invocation[Self.commitInterval]
                options.stateMemory = try Int(invocation[Self.memory].bytes)
                options.guarantee = try invocation[Self.guarantee]
                options.staticMember = try invocation[Self.staticMember]
                options.sessionTimeout = try invocation[Self.sessionTimeout]
                options.transactionTimeout = try invocation[Self.transactionTimeout]
                options.standbyReplicas = try invocation[Self.standbys]
                // As Kafka Streams does: without transactions a commit is an expense and hides nothing.
                if try options.guarantee == .atLeastOnce && !invocation.isSaid(Self.commitInterval) {
                    options.commitInterval = .seconds(30)
                }
                options.acceptLostState = try invocation[Self.acceptLostState]
            }
            try await OwnThread.run(named: "\(invocation.command)") { try run.run() }
        }
    }

    private var describe: Command {
        Command(
            "describe", summary: "print the topology, in Kafka Streams' text format",
            examples: [Command.Example("describe", "print it")]
        ) { [application] invocation in
            try TopologyCommands.describe(try application.configured(invocation).topology.plan, invocation)
        }
    }

    private var graph: Command {
        Command(
            "graph", summary: "print the topology for a drawing tool",
            examples: [
                Command.Example("graph --format mermaid", "for Markdown"),
                Command.Example("graph --format dot | dot -Tsvg > topology.svg", "for Graphviz"),
            ],
            options: [Self.graphFormat]
        ) { [application] invocation in
            try invocation.output.write(
                application.configured(invocation).topology.plan.graph(try invocation[Self.graphFormat]))
        }
    }
}
