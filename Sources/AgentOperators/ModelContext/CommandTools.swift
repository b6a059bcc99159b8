import Console
import JSON
import ModelContextProtocol

/// Commands of a command line as tools for models: what an operator may do, a model may do, with the same words and errors.
///
/// A command's arguments and own options are the tool's parameters; the log that it works on is the server's, not the model's to choose.
struct CommandTools: Sendable {
    private let tree: CommandTree
    /// The options that say which log is meant, as on the command line.
    private let connection: [String]
    private let environment: [String: String]
    /// How many bytes of a result a model is told.
    private static let limit = 200_000

    init(_ tree: CommandTree, connection: [String], environment: [String: String]) {
        self.tree = tree
        self.connection = connection
        self.environment = environment
    }

    /// The command at `path` as a tool `noun_verb`; nil when there is no such command.
    ///
    /// - Parameters:
    ///   - path: its words, such as `agents` and `list`.
    ///   - isReadOnly: whether it changes nothing.
    ///   - fixed: options that are always given.
    ///   - hidden: its options that are not the model's.
    /// - Returns: the tool.
    func tool(
        _ path: [String], isReadOnly: Bool, fixed: [String] = [], hidden: Set<String> = []
    ) -> MCPTool? {
        guard let command = tree.command(at: path) else { return nil }
        let options = command.options.filter { !hidden.contains($0.name) }
        let arguments = command.arguments.filter { !hidden.contains($0.name) }
        let parameters = (arguments + options).map { Self.parameter($0) }
        let details = command.details.isEmpty ? "" : " \(command.details.replacing("\n", with: " "))"
        return MCPTool(
            path.joined(separator: "_"), "\(command.summary.capitalisedFirst).\(details)", parameters: parameters,
            isReadOnly: isReadOnly
        ) { call in
            // Before the values: after "--" every word is one.
            var words = path + connection + fixed + ["--output", "json"]
            for option in options { try words += Self.words(option, call[Self.name(option)]) }
            let values = try arguments.flatMap { try Self.texts($0, call[Self.name($0)]) }
            if !values.isEmpty { words += ["--"] + values }
            return await run(words)
        }
    }

    /// Runs a command line; what it says on standard error is the model's to read when it fails.
    private func run(_ words: [String]) async -> MCPToolResult {
        let (output, errors) = (TextSink.memory(), TextSink.memory())
        let code = await tree.run(
            words, environment: environment, output: output, errors: errors)
        // Partial results and findings are results: the exit code says what the message says.
        if !output.text.isEmpty { return Self.result(output.text, code == .success ? "" : errors.text) }
        // Some verbs have no data: what they say to people is what a model must know.
        if code == .success { return MCPToolResult(text: errors.text.isEmpty ? "done" : errors.text) }
        let message = (try? JSONValue(parsing: errors.text))?["error"]
        let words = [message?["message"]?.stringValue, message?["hint"]?.stringValue].compactMap { $0 }
        return MCPToolResult(
            text: words.isEmpty ? errors.text : words.joined(separator: "\nhint: "), isError: true)
    }

    private static func result(_ text: String, _ remark: String) -> MCPToolResult {
        guard text.utf8.count <= limit else {
            let start = String(decoding: text.utf8.prefix(limit), as: UTF8.self)
            return MCPToolResult(
                text: "\(start)\n… (\(text.utf8.count) bytes, cut here: ask for less, by a limit or a prefix)")
        }
        guard remark.isEmpty, let json = try? JSONValue(parsing: text) else {
            return MCPToolResult(text: remark.isEmpty ? text : "\(text)\n\(remark)")
        }
        return MCPToolResult(json.members == nil ? .object([JSONMember("items", json)]) : json)
    }

    private static func name(_ option: ParameterSpecification) -> String { option.name.replacing("-", with: "_") }

    private static func parameter(_ option: ParameterSpecification) -> MCPParameter {
        var help = option.help
        if !option.choices.isEmpty { help += "; one of \(option.choices.joined(separator: ", "))" }
        if let text = option.defaultText { help += "; \(text) when not given" }
        if option.isRepeatable { help += "; may be a list" }
        let kind: MCPParameter.Kind = option.role == .flag ? .boolean : option.isRepeatable ? .any : .string
        return MCPParameter(name(option), kind, help, isRequired: option.isRequired)
    }

    private static func words(_ option: ParameterSpecification, _ value: JSONValue?) throws -> [String] {
        guard option.role == .flag else { return try texts(option, value).map { "--\(option.name)=\($0)" } }
        return value == .bool(true) ? ["--\(option.name)"] : []
    }

    private static func texts(_ option: ParameterSpecification, _ value: JSONValue?) throws -> [String] {
        guard let value, value != .null else { return [] }
        if let text = value.stringValue { return [text] }
        if let elements = value.elements, option.isRepeatable { return try elements.flatMap { try texts(option, $0) } }
        guard let number = value.integerValue else { throw MCPToolProblem("'\(name(option))' must be text") }
        return ["\(number)"]
    }
}

extension String {
    fileprivate var capitalisedFirst: String { prefix(1).uppercased() + dropFirst() }
}
