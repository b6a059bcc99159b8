public import Console
public import EventLog
public import HTTPServer
public import Observability
import StreamCore
public import Topology

/// Something that lives beside a running application, in its process: a protocol's server, a registry, a gateway.
///
/// It is started before the first record and stopped after the last commit. What it serves over HTTP appears on the
/// application's monitor, behind one port.
///
/// ```swift
/// struct Greeter: ApplicationExtension {
///     func start(beside application: RunningApplication) throws -> ApplicationPart {
///         ApplicationPart(routes: [HTTPRoute(.exactly("/hello"), summary: "greets") { _ in .text("hello\n") }])
///     }
/// }
/// ```
public protocol ApplicationExtension: Sendable {
    /// What it adds to the options of `run`; ``RunningApplication/invocation`` has their values.
    var options: [any AnyParameter] { get }

    /// What it adds to the commands of the executable.
    var commands: [Command] { get }

    /// Begins; called on the thread that runs the application, before it joins its group.
    ///
    /// - Throws: what keeps the application from starting; a ``CommandError`` says so in its own words.
    func start(beside application: RunningApplication) throws -> ApplicationPart
}

extension ApplicationExtension {
    /// None.
    public var options: [any AnyParameter] { [] }

    /// None.
    public var commands: [Command] { [] }
}

/// What a started extension gives to its application.
public struct ApplicationPart: Sendable {
    /// What it serves on the monitor.
    public var routes: [HTTPRoute]
    /// Whether it has a use only with a monitor: without `--monitor` a warning says so.
    public var needsMonitor: Bool
    /// Ends it; called once, after the application's last commit, and may take a moment.
    public var stop: @Sendable () -> Void

    /// A part.
    public init(
        routes: [HTTPRoute] = [], needsMonitor: Bool = false, stop: @escaping @Sendable () -> Void = {}
    ) {
        self.routes = routes
        self.needsMonitor = needsMonitor
        self.stop = stop
    }
}

/// An application that runs, as its extensions and its monitor see it.
public struct RunningApplication: Sendable {
    /// What runs: its tasks, its counters, its end.
    public let runtime: StreamRuntime
    /// Where its records are.
    public let log: any EventLog
    /// Where it says what it does.
    public let journal: EventJournal
    /// The folder of the embedded log and of all state, as the command line names it.
    public let dataDirectory: String
    /// The command line that started it.
    public let invocation: Invocation

    /// What it runs.
    public var topology: StreamTopology { runtime.topology }
}
