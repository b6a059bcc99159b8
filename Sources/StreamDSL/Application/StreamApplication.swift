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

    /// What lives beside it while it runs: servers of other protocols, registries.
    var extensions: [any ApplicationExtension] { get }
}

extension StreamApplication {
    /// Says what it is by its name.
    public var summary: String { "a Tributary application" }

    /// None.
    public var commands: [Command] { [] }

    /// None.
    public var extensions: [any ApplicationExtension] { [] }

    /// Parses the command line, does what it says, and ends the process.
    public static func main() async {
        let application = Self()
        let tree = CommandTree(
            name: String(describing: Self.self), summary: application.summary,
            examples: [
                Command.Example("run --data-dir ./data", "run on the embedded log in ./data"),
                Command.Example("run --data-dir ./data --until-idle", "work off what is there, then stop"),
                Command.Example("describe", "print the topology"),
            ],
            commands: ApplicationCommands(application).all + application.commands
                + application.extensions.flatMap(\.commands),
            translate: ErrorTranslation.translate)
        await tree.main()
    }
}
