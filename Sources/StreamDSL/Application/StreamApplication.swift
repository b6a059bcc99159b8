public import Console
import Foundation
import Operations
public import Topology

/// An executable that runs a topology: supplies `main` with everything an operator needs.
///
/// ```swift
/// @main struct WordCount: StreamApplication {
///     var topology: StreamTopology { get throws { try StreamTopology("word-count") { … } } }
/// }
/// ```
///
/// `WordCount run | describe | graph | status | reset | topics … | stores …` then work without another line.
public protocol StreamApplication: Sendable {
    /// An application.
    init()

    /// What it runs.
    var topology: StreamTopology { get throws }

    /// One sentence for the help.
    var summary: String { get }

    /// Commands of its own, beside the usual ones.
    var commands: [Command] { get }

    /// Settings of its own: options of every command that are read from the configuration too, below `settings`.
    ///
    /// ```swift
    /// static let currency = Parameter.option("currency", ValueFormat<String>.text, default: "EUR", help: "…")
    ///     .setting("settings.currency")
    /// ```
    var settings: [any AnyParameter] { get }

    /// Takes up its configuration, before its topology is made: ``Invocation`` has the values of its settings, and
    /// its `configuration` decodes sections.
    ///
    /// - Throws: what is wrong with it.
    mutating func configure(_ invocation: Invocation) throws

    /// What lives beside it while it runs: servers of other protocols, registries.
    var extensions: [any ApplicationExtension] { get }
}

extension StreamApplication {
    /// Says what it is by its name.
    public var summary: String { "a Tributary application" }

    /// None.
    public var commands: [Command] { [] }

    /// None.
    public var settings: [any AnyParameter] { [] }

    /// Takes up nothing.
    public mutating func configure(_ invocation: Invocation) throws {}

    /// The application as `invocation` configures it.
    func configured(_ invocation: Invocation) throws -> Self {
        var application = self
        try application.configure(invocation)
        return application
    }

    /// None.
    public var extensions: [any ApplicationExtension] { [] }

    /// Parses the command line, does what it says, and ends the process.
    public static func main() async { await commandTree.main() }

    /// What its command line understands.
    static var commandTree: CommandTree {
        let application = Self()
        return CommandTree(
            name: String(describing: Self.self), summary: application.summary,
            examples: [
                Command.Example("run --data-dir ./data", "run on the embedded log in ./data"),
                Command.Example("run --data-dir ./data --until-idle", "work off what is there, then stop"),
                Command.Example("describe", "print the topology"),
            ],
            options: ConfigurationOptions.all + application.settings,
            commands: ApplicationCommands(application).all + application.commands
                + application.extensions.flatMap(\.commands),
            settings: ConfigurationOptions.source, translate: ErrorTranslation.translate)
    }
}
