/// Where a value was written.
public enum ConfigurationOrigin: Sendable, Hashable, CustomStringConvertible {
    /// A file, with line and column counted from 1.
    case file(String, line: Int, column: Int)
    /// An environment variable.
    case variable(String)
    /// The command line.
    case flag(String)
    /// A dictionary in the program.
    case program
    /// Nowhere: it is what holds when nothing is said.
    case standard

    /// For example `tributary.yaml:3:5`, `$TRIBUTARY_APP_THREADS`, `--workers` or `default`.
    public var description: String {
        switch self {
        case .file(let path, let line, let column): "\(path):\(line):\(column)"
        case .variable(let name): "$\(name)"
        case .flag(let name): "--\(name)"
        case .program: "program"
        case .standard: "default"
        }
    }
}
