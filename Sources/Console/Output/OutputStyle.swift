/// What form a command's data is written in.
public enum OutputStyle: String, Sendable, Hashable, CaseIterable {
    /// Columns for people.
    case table
    /// Columns for people, those for which a table has no room too.
    case wide
    /// One JSON document.
    case json
    /// A JSON object a line, each as soon as it is known.
    case jsonl
    /// One YAML document.
    case yaml
    /// The columns as RFC 4180 has them, under a line of their names.
    case csv
    /// The first column only, a line each: for scripts.
    case name

    /// Whether people read it in columns.
    public var isTable: Bool { self == .table || self == .wide }

    /// Whether a row is a line of columns; otherwise it is an object with all its members.
    public var hasColumns: Bool { isTable || self == .csv || self == .name }

    /// Whether programs read it as objects; errors are objects then, too.
    public var isStructured: Bool { self == .json || self == .jsonl || self == .yaml }
}

/// When text for people is coloured.
public enum ColourChoice: String, Sendable, Hashable, CaseIterable {
    /// On a terminal, unless the environment speaks against it.
    case auto
    /// Always.
    case always
    /// Never.
    case never

    /// Whether to colour, by `NO_COLOR` (no-color.org), `CLICOLOR_FORCE` and `TERM`.
    func allows(environment: [String: String], isTerminal: Bool) -> Bool {
        switch self {
        case .always: return true
        case .never: return false
        case .auto:
            if let value = environment["NO_COLOR"], !value.isEmpty { return false }
            if let value = environment["CLICOLOR_FORCE"], !value.isEmpty, value != "0" { return true }
            return isTerminal && environment["TERM"] != "dumb"
        }
    }
}

/// The colours of messages.
enum Colour: String {
    case red = "31"
    case yellow = "33"
    case cyan = "36"
    case bold = "1"

    func paint(_ text: String, when isOn: Bool) -> String { isOn ? "\u{1b}[\(rawValue)m\(text)\u{1b}[0m" : text }
}
