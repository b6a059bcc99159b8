public import JSON

/// A tool as its server declares it.
public struct MCPToolDeclaration: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// What it does, as the server says.
    public let description: String
    /// What it takes: a JSON Schema.
    public let inputSchema: JSONValue
    /// Whether the server says that it changes nothing; only a trusted server's word counts.
    public let isReadOnly: Bool
    /// Whether the server says that doing it twice is doing it once; only a trusted server's word counts.
    public let isIdempotent: Bool
    /// The headers that repeat arguments, with the way to each argument; nil when the annotations are wrong.
    let headers: [String: [String]]?

    init?(_ json: JSONValue) {
        guard let name = json["name"]?.stringValue else { return nil }
        self.name = name
        description = json["description"]?.stringValue ?? ""
        inputSchema = json["inputSchema"] ?? .object([JSONMember("type", "object")])
        isReadOnly = json["annotations"]?["readOnlyHint"] == .bool(true)
        isIdempotent = json["annotations"]?["idempotentHint"] == .bool(true)
        var found: [String: [String]] = [:]
        let isSound = Self.collect(inputSchema, [], &found)
        headers = isSound && Self.count(inputSchema) == found.count ? found : nil
    }

    /// The headers that a call with `arguments` must carry.
    func headerValues(of arguments: JSONValue) -> [String: String] {
        var values: [String: String] = [:]
        for (name, path) in headers ?? [:] {
            let value = path.reduce(JSONValue?.some(arguments)) { $0?[$1] }
            switch value {
            case .some(.bool(let isTrue)): values["Mcp-Param-\(name)"] = isTrue ? "true" : "false"
            case .some(let value):
                if let number = value.integerValue {
                    values["Mcp-Param-\(name)"] = String(number)
                } else if let text = value.stringValue {
                    values["Mcp-Param-\(name)"] = MCPHeader.encode(text)
                }
            case nil: break
            }
        }
        return values
    }

    /// Adds the annotations below `properties`; returns false when one is wrong.
    private static func collect(_ schema: JSONValue, _ path: [String], _ found: inout [String: [String]]) -> Bool {
        for property in schema["properties"]?.members ?? [] {
            let here = path + [property.name]
            if let annotation = property.value["x-mcp-header"] {
                let kind = property.value["type"]?.stringValue ?? ""
                guard let name = annotation.stringValue, isToken(name),
                    ["string", "integer", "boolean"].contains(kind),
                    !found.keys.contains(where: { $0.lowercased() == name.lowercased() })
                else { return false }
                found[name] = here
            }
            guard here.count < 32, collect(property.value, here, &found) else { return false }
        }
        return true
    }

    /// How many annotations there are anywhere: those that cannot be reached by properties alone are wrong.
    private static func count(_ schema: JSONValue, depth: Int = 0) -> Int {
        guard depth < 64 else { return 0 }
        if let members = schema.members {
            return members.reduce(0) { total, member in
                let isAnnotation = member.name == "x-mcp-header" && member.value.members == nil
                return total + (isAnnotation ? 1 : count(member.value, depth: depth + 1))
            }
        }
        return (schema.elements ?? []).reduce(0) { $0 + count($1, depth: depth + 1) }
    }

    private static func isToken(_ text: String) -> Bool {
        let others = Set("!#$%&'*+-.^_`|~".utf8)
        return !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || others.contains(byte)
            }
    }
}
