import JSON

/// Makes types of a schema's JSON.
struct AvroSchemaParser {
    /// libavro allocates a fixed with the record that holds it, present or not.
    private static let fixedLimit = 1 << 24

    var types = AvroTypes()
    private var named: [String: Int] = [:]

    mutating func parse(_ text: String) throws(AvroSchemaError) -> Int {
        let json: JSONValue
        do {
            json = try JSONValue(parsing: text)
        } catch {
            // A primitive's bare name is a schema too, for people and for some registries.
            guard let kind = AvroSchema.Kind(rawValue: text), AvroSchema.Kind.primitives.contains(kind) else {
                throw AvroSchemaError(path: "", message: "not JSON: \(error)")
            }
            return try add(.primitive(kind), at: "")
        }
        return try parse(json, namespace: "", at: "")
    }

    private func error(_ path: String, _ message: String) -> AvroSchemaError {
        AvroSchemaError(path: path, message: message)
    }

    private mutating func add(_ node: AvroNode, at path: String) throws(AvroSchemaError) -> Int {
        guard types.nodes.count < AvroTypes.limit else {
            throw error(path, "a schema of more than \(AvroTypes.limit) types")
        }
        types.nodes.append(node)
        return types.nodes.count - 1
    }

    private mutating func parse(_ json: JSONValue, namespace: String, at path: String) throws(AvroSchemaError) -> Int {
        switch json {
        case .string(let name): return try reference(name, namespace: namespace, at: path)
        case .array(let branches): return try union(branches, namespace: namespace, at: path)
        case .object: break
        default: throw error(path, "a schema is a name, an array (a union) or an object, not \(json.text.prefix(40))")
        }
        guard let type = json["type"] else { throw error(path, "the schema has no 'type'") }
        guard let name = type.stringValue else { return try parse(type, namespace: namespace, at: path) }
        switch name {
        case "record", "error": return try record(json, namespace: namespace, at: path)
        case "enum": return try enumeration(json, namespace: namespace, at: path)
        case "fixed": return try fixed(json, namespace: namespace, at: path)
        case "array":
            guard let items = json["items"] else { throw error(path, "an array needs 'items'") }
            let item = try parse(items, namespace: namespace, at: path + "[]")
            return try add(.array(item), at: path)
        case "map":
            guard let values = json["values"] else { throw error(path, "a map needs 'values'") }
            let value = try parse(values, namespace: namespace, at: path + "{}")
            return try add(.map(value), at: path)
        default: return try reference(name, namespace: namespace, at: path)
        }
    }

    private mutating func reference(
        _ name: String, namespace: String, at path: String
    ) throws(AvroSchemaError) -> Int {
        if let kind = AvroSchema.Kind(rawValue: name), AvroSchema.Kind.primitives.contains(kind) {
            return try add(.primitive(kind), at: path)
        }
        let full = name.contains(".") || namespace.isEmpty ? name : "\(namespace).\(name)"
        guard let index = named[full] ?? named[name] else {
            let known = named.keys.sorted().prefix(20).joined(separator: ", ")
            throw error(path, "no type is called '\(name)'; named so far: \(known.isEmpty ? "none" : known)")
        }
        return index
    }

    private mutating func union(
        _ branches: [JSONValue], namespace: String, at path: String
    ) throws(AvroSchemaError) -> Int {
        guard !branches.isEmpty else { throw error(path, "a union needs a branch") }
        var indexes: [Int] = []
        var seen: Set<String> = []
        for (position, branch) in branches.enumerated() {
            let index = try parse(branch, namespace: namespace, at: "\(path)|\(position)")
            guard types[index].kind != .union else { throw error(path, "a union directly in a union") }
            guard seen.insert(types[index].branchName).inserted else {
                throw error(path, "the union has '\(types[index].branchName)' twice")
            }
            indexes.append(index)
        }
        return try add(.union(indexes), at: path)
    }

    /// The full name of a definition, and its number, which is known before the body is read.
    private mutating func define(
        _ json: JSONValue, _ kind: String, namespace: String, at path: String
    ) throws(AvroSchemaError) -> (AvroName, Int) {
        guard let name = json["name"]?.stringValue else { throw error(path, "the \(kind) has no 'name'") }
        var space = namespace
        switch json["namespace"] {
        case nil, .null?: break
        case .string(let text)?: space = text
        default: throw error(path, "'namespace' must be text")
        }
        let full = name.contains(".") || space.isEmpty ? name : "\(space).\(name)"
        guard AvroName.isValidFull(full), AvroSchema.Kind(rawValue: full) == nil else {
            throw error(path, "'\(full)' cannot name a type: names are \(AvroName.pattern)")
        }
        var result = AvroName(full: full)
        for alias in try names(json["aliases"], "aliases", at: path) {
            let home = result.namespace
            result.aliases.append(alias.contains(".") || home.isEmpty ? alias : "\(home).\(alias)")
        }
        guard named[full] == nil else { throw error(path, "'\(full)' is defined twice") }
        let index = try add(.primitive(.null), at: path)
        named[full] = index
        return (result, index)
    }

    private func names(_ json: JSONValue?, _ what: String, at path: String) throws(AvroSchemaError) -> [String] {
        guard let json, json != .null else { return [] }
        guard let elements = json.elements else { throw error(path, "'\(what)' must be an array of names") }
        var names: [String] = []
        for element in elements {
            guard let name = element.stringValue, AvroName.isValidFull(name) else {
                throw error(path, "'\(what)' must be an array of names, which are \(AvroName.pattern)")
            }
            names.append(name)
        }
        return names
    }

    private mutating func record(
        _ json: JSONValue, namespace: String, at path: String
    ) throws(AvroSchemaError) -> Int {
        let (name, index) = try define(json, "record", namespace: namespace, at: path)
        guard let members = json["fields"]?.elements else { throw error(path, "record '\(name.full)' needs 'fields'") }
        var fields: [AvroField] = []
        var seen: Set<String> = []
        for member in members {
            guard let field = member["name"]?.stringValue, AvroName.isValid(field) else {
                throw error(path, "each field of '\(name.full)' needs a 'name' of letters, digits and _")
            }
            let place = path.isEmpty ? "\(name.full).\(field)" : "\(path).\(field)"
            guard seen.insert(field).inserted else { throw error(place, "the field is there twice") }
            guard let type = member["type"] else { throw error(place, "the field has no 'type'") }
            fields.append(
                AvroField(
                    name: field, type: try parse(type, namespace: name.namespace, at: place),
                    aliases: try names(member["aliases"], "aliases", at: place), defaultText: member["default"]))
        }
        types.nodes[index] = .record(name, fields)
        return index
    }

    private mutating func enumeration(
        _ json: JSONValue, namespace: String, at path: String
    ) throws(AvroSchemaError) -> Int {
        let (name, index) = try define(json, "enum", namespace: namespace, at: path)
        let symbols = try names(json["symbols"], "symbols", at: path)
        guard !symbols.isEmpty, Set(symbols).count == symbols.count, symbols.allSatisfy({ AvroName.isValid($0) }) else {
            throw error(path, "enum '\(name.full)' needs 'symbols', each once, of letters, digits and _")
        }
        var fallback: String?
        if let member = json["default"], member != .null {
            guard let symbol = member.stringValue, symbols.contains(symbol) else {
                throw error(path, "the default of enum '\(name.full)' must be one of its symbols")
            }
            fallback = symbol
        }
        types.nodes[index] = .enumeration(name, symbols: symbols, default: fallback)
        return index
    }

    private mutating func fixed(_ json: JSONValue, namespace: String, at path: String) throws(AvroSchemaError) -> Int {
        let (name, index) = try define(json, "fixed", namespace: namespace, at: path)
        guard let size = json["size"]?.integerValue, (0...Int64(Self.fixedLimit)).contains(size) else {
            throw error(path, "fixed '\(name.full)' needs a 'size' from 0 to \(Self.fixedLimit)")
        }
        types.nodes[index] = .fixed(name, size: Int(size))
        return index
    }

    /// What can be said only when all types are known.
    mutating func finish(root: Int) throws(AvroSchemaError) -> AvroTypes {
        try AvroExtent(types).check()
        for (index, node) in types.nodes.enumerated() {
            guard case .record(let name, var fields) = node else { continue }
            for position in fields.indices {
                guard let json = fields[position].defaultText else { continue }
                var reading = AvroDefault(types: types, path: "\(name.full).\(fields[position].name)")
                fields[position].defaultValue = try reading.value(of: json, fields[position].type)
            }
            types.nodes[index] = .record(name, fields)
        }
        return types
    }
}
