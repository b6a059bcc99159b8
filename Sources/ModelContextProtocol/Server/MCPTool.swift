public import JSON

/// Something that a client's model may want done.
public struct MCPTool: Sendable {
    /// Its name: letters, digits, `_`, `-` and `.`.
    public let name: String
    /// What it does and when to use it, for the model.
    public let description: String
    /// What it takes.
    public let parameters: [MCPParameter]
    /// Whether it changes nothing.
    public let isReadOnly: Bool
    let call: @Sendable (MCPArguments) async throws -> MCPToolResult

    /// A tool.
    ///
    /// - Parameters:
    ///   - name: its name.
    ///   - description: what it does, for the model.
    ///   - parameters: what it takes; anything else is refused before `call`.
    ///   - isReadOnly: whether it changes nothing.
    ///   - call: does it; what it throws is told to the model. Cancelled when nobody waits any more.
    public init(
        _ name: String, _ description: String, parameters: [MCPParameter] = [], isReadOnly: Bool = true,
        call: @escaping @Sendable (MCPArguments) async throws -> MCPToolResult
    ) {
        self.name = name
        self.description = description
        self.parameters = parameters
        self.isReadOnly = isReadOnly
        self.call = call
    }

    /// The tool as clients see it.
    var declaration: JSONValue {
        let properties = parameters.map { JSONMember($0.name, $0.schema) }
        var schema = [JSONMember("type", "object"), JSONMember("properties", .object(properties))]
        let required = parameters.filter(\.isRequired).map { JSONValue.string($0.name) }
        if !required.isEmpty { schema.append(JSONMember("required", .array(required))) }
        schema.append(JSONMember("additionalProperties", false))
        return .object([
            JSONMember("name", .string(name)), JSONMember("description", .string(description)),
            JSONMember("inputSchema", .object(schema)),
            JSONMember(
                "annotations",
                .object([
                    JSONMember("readOnlyHint", .bool(isReadOnly)), JSONMember("openWorldHint", false),
                ])),
        ])
    }
}

/// What a tool takes under a name.
public struct MCPParameter: Sendable, Hashable {
    /// What a value is.
    public enum Kind: String, Sendable, Hashable {
        /// Text.
        case string
        /// A whole number.
        case integer
        /// True or false.
        case boolean
        /// Any JSON.
        case any
    }

    /// Its name.
    public let name: String
    /// What its value is.
    public let kind: Kind
    /// What it means, for the model.
    public let description: String
    /// Whether a call must have it.
    public let isRequired: Bool

    /// A parameter.
    public init(_ name: String, _ kind: Kind = .string, _ description: String, isRequired: Bool = false) {
        self.name = name
        self.kind = kind
        self.description = description
        self.isRequired = isRequired
    }

    var schema: JSONValue {
        let description = JSONMember("description", .string(description))
        return .object(kind == .any ? [description] : [JSONMember("type", .string(kind.rawValue)), description])
    }

    /// What is wrong with `value`; nil when nothing is.
    func problem(with value: JSONValue) -> String? {
        let isRight =
            switch kind {
            case .string: value.stringValue != nil
            case .integer: value.integerValue != nil
            case .boolean: if case .bool = value { true } else { false }
            case .any: true
            }
        return isRight ? nil : "'\(name)' must be \(kind == .integer ? "an" : "a") \(kind.rawValue)"
    }
}

/// What a call gives to a tool; every member is one that the tool takes.
public struct MCPArguments: Sendable {
    private let json: JSONValue

    /// Checks `json` against what `tool` takes.
    ///
    /// - Throws: ``MCPToolProblem`` that names what is missing, unknown or of another kind.
    init(_ json: JSONValue, of tool: MCPTool) throws(MCPToolProblem) {
        guard let members = json.members else { throw MCPToolProblem("arguments must be an object") }
        for member in members {
            guard let parameter = tool.parameters.first(where: { $0.name == member.name }) else {
                let known = tool.parameters.map(\.name).joined(separator: ", ")
                throw MCPToolProblem(
                    "'\(tool.name)' takes no '\(member.name)'; it takes \(known.isEmpty ? "nothing" : known)")
            }
            if let problem = parameter.problem(with: member.value) { throw MCPToolProblem(problem) }
        }
        for parameter in tool.parameters where parameter.isRequired && json[parameter.name] == nil {
            throw MCPToolProblem("'\(tool.name)' needs '\(parameter.name)': \(parameter.description)")
        }
        self.json = json
    }

    /// The text called `name`; nil when the call does not have it.
    public func string(_ name: String) -> String? { json[name]?.stringValue }
    /// The whole number called `name`; nil when the call does not have it.
    public func integer(_ name: String) -> Int64? { json[name]?.integerValue }
    /// Whether `name` is true.
    public func isTrue(_ name: String) -> Bool { json[name] == .bool(true) }
    /// The JSON called `name`; nil when the call does not have it.
    public subscript(name: String) -> JSONValue? { json[name] }
}

/// Why a tool did not do what it was asked, in words for the model.
public struct MCPToolProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The words.
    public let description: String

    /// A problem.
    public init(_ description: String) { self.description = description }
}

/// What a tool gives back.
public struct MCPToolResult: Sendable, Hashable {
    /// What the model reads.
    public let text: String
    /// The same as JSON, where it is JSON.
    public let structured: JSONValue?
    /// Whether the tool failed.
    public let isError: Bool

    /// A result in text.
    public init(text: String, isError: Bool = false) {
        self.text = text
        structured = nil
        self.isError = isError
    }

    /// A result in JSON: an object, which clients get as text too.
    public init(_ json: JSONValue) {
        text = json.text
        structured = json.members == nil ? nil : json
        isError = false
    }

    var members: [JSONMember] {
        let content = JSONValue.object([JSONMember("type", "text"), JSONMember("text", .string(text))])
        var members = [JSONMember("content", .array([content]))]
        if let structured { members.append(JSONMember("structuredContent", structured)) }
        members.append(JSONMember("isError", .bool(isError)))
        return members
    }
}
