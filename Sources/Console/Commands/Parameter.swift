/// A value on the command line, typed: an option, a flag or a positional argument.
///
/// Declare it once, list it in a ``Command``, and read it from the ``Invocation``:
/// ```swift
/// let partitions = Parameter.option("partitions", .integer(1...1000), default: 4, help: "how many partitions")
/// let count = try invocation[partitions]
/// ```
public struct Parameter<Value: Sendable>: Sendable {
    /// What the parser and the help need to know.
    let specification: ParameterSpecification
    /// Makes the value of what was written; empty when nothing was.
    let resolve: @Sendable ([String]) throws(ValueProblem) -> Value

    init(
        _ specification: ParameterSpecification,
        resolve: @escaping @Sendable ([String]) throws(ValueProblem) -> Value
    ) {
        var checked = specification
        checked.check = { texts throws(ValueProblem) in _ = try resolve(texts) }
        self.specification = checked
        self.resolve = resolve
    }

    /// The same parameter, also read from the environment variables `names`, the first that is set and not empty.
    ///
    /// The command line wins.
    public func environment(_ names: String...) -> Parameter {
        var copy = specification
        copy.environment = names
        return Parameter(copy, resolve: resolve)
    }

    /// The same parameter, also read from the configuration, where it is the setting `path`, such as `app.threads`.
    ///
    /// The command line and the environment win.
    ///
    /// - Parameters:
    ///   - path: the names of its sections and its own, with dots between them.
    ///   - isSecret: whether its value must never be shown.
    /// - Returns: the parameter.
    public func setting(_ path: String, isSecret: Bool = false) -> Parameter {
        var copy = specification
        copy.setting = path
        copy.isSecret = isSecret
        return Parameter(copy, resolve: resolve)
    }
}

/// A parameter without its type.
public protocol AnyParameter: Sendable {
    /// What the parser and the help need to know.
    var anySpecification: ParameterSpecification { get }
}

extension Parameter: AnyParameter {
    /// What the parser and the help need to know.
    public var anySpecification: ParameterSpecification { specification }
}

/// What the parser and the help need to know about a parameter.
public struct ParameterSpecification: Sendable {
    /// How it appears on the command line.
    enum Role: Sendable, Hashable {
        /// `--name`, without a value.
        case flag
        /// `--name value`.
        case option
        /// A word in its place.
        case argument
    }

    var role: Role
    /// Its long name, without dashes.
    public internal(set) var name: String
    var letter: Character?
    var aliases: [String]
    /// What the help calls its value; empty for a flag.
    public internal(set) var placeholder: String
    /// All words its value may be, when there are few.
    public internal(set) var choices: [String]
    /// What it does, half a line.
    public internal(set) var help: String
    var isRequired = false
    /// Whether it may have several values.
    public internal(set) var isRepeatable = false
    /// How the help writes its default; nil when there is none.
    public internal(set) var defaultText: String?
    /// The environment variables that it is read from.
    public internal(set) var environment: [String] = []
    /// The configuration's setting that it is read from; nil when it is on the command line only.
    public internal(set) var setting: String?
    /// Whether its value must never be shown.
    public internal(set) var isSecret = false
    /// Whether it is a switch.
    public var isFlag: Bool { role == .flag }
    /// Throws when the texts that were written make no value.
    public internal(set) var check: @Sendable ([String]) throws(ValueProblem) -> Void = { _ in }

    init(
        _ role: Role, name: String, letter: Character? = nil, aliases: [String] = [], placeholder: String = "",
        choices: [String] = [], help: String
    ) {
        self.role = role
        self.name = name
        self.letter = letter
        self.aliases = aliases
        self.placeholder = placeholder
        self.choices = choices
        self.help = help
    }

    /// How messages call it: `--partitions`, or the placeholder of an argument.
    var shown: String { role == .argument ? placeholder : "--\(name)" }

    /// Its names with dashes, short one first.
    var spellings: [String] { (letter.map { ["-\($0)"] } ?? []) + ["--\(name)"] + aliases.map { "--\($0)" } }
}
