/// A node of a command tree: a noun with verbs, or a verb that does something.
public struct Command: Sendable {
    /// A line to copy, and what it does.
    public struct Example: Sendable, Hashable {
        /// What follows the program's name.
        public let line: String
        /// What it does, half a line.
        public let purpose: String

        /// An example.
        public init(_ line: String, _ purpose: String) {
            self.line = line
            self.purpose = purpose
        }
    }

    enum Content: Sendable {
        case group([Command])
        case action(arguments: [ParameterSpecification], run: @Sendable (Invocation) async throws -> Void)
    }

    /// Its word on the command line.
    public let name: String
    let aliases: [String]
    package let summary: String
    package let details: String
    let examples: [Example]
    package let options: [ParameterSpecification]
    let content: Content

    /// A noun: a group of commands.
    ///
    /// - Parameters:
    ///   - name: its word on the command line.
    ///   - aliases: other words for it.
    ///   - summary: what it is about, half a line.
    ///   - details: more for its help page.
    ///   - examples: two or three lines to copy.
    ///   - options: options that all its commands take.
    ///   - commands: its commands.
    public init(
        _ name: String, aliases: [String] = [], summary: String, details: String = "", examples: [Example] = [],
        options: [any AnyParameter] = [], commands: [Command]
    ) {
        self.name = name
        self.aliases = aliases
        self.summary = summary
        self.details = details
        self.examples = examples
        self.options = options.map(\.anySpecification)
        content = .group(commands)
    }

    /// A verb: does something.
    ///
    /// - Parameters:
    ///   - name: its word on the command line.
    ///   - aliases: other words for it.
    ///   - summary: what it does, half a line.
    ///   - details: more for its help page.
    ///   - examples: two or three lines to copy.
    ///   - arguments: the words that follow it, in order.
    ///   - options: its options.
    ///   - run: does it; throws ``CommandError``, or anything that the tree's translation knows.
    public init(
        _ name: String, aliases: [String] = [], summary: String, details: String = "", examples: [Example] = [],
        arguments: [any AnyParameter] = [], options: [any AnyParameter] = [],
        run: @escaping @Sendable (Invocation) async throws -> Void
    ) {
        self.name = name
        self.aliases = aliases
        self.summary = summary
        self.details = details
        self.examples = examples
        self.options = options.map(\.anySpecification)
        content = .action(arguments: arguments.map(\.anySpecification), run: run)
    }

    /// The commands of a noun; none of a verb.
    package var subcommands: [Command] {
        switch content {
        case .group(let commands): commands
        case .action: []
        }
    }

    /// The words that follow a verb, in order; none of a noun.
    package var arguments: [ParameterSpecification] {
        switch content {
        case .group: []
        case .action(let arguments, _): arguments
        }
    }
}
