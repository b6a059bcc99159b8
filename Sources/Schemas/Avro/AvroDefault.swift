import JSON
import StreamCore

/// Reads the JSON of a field's default.
struct AvroDefault {
    let types: AvroTypes
    let path: String
    private var depth = 0

    init(types: AvroTypes, path: String) {
        self.types = types
        self.path = path
    }

    private func error(_ json: JSONValue, _ expected: String) -> AvroSchemaError {
        AvroSchemaError(path: path, message: "the default must be \(expected), not \(json.text.prefix(60))")
    }

    mutating func value(of json: JSONValue, _ index: Int) throws(AvroSchemaError) -> AvroValue {
        depth += 1
        defer { depth -= 1 }
        guard depth < AvroPath.depthLimit else { throw error(json, "less deep") }
        switch types[index] {
        case .primitive(let kind): return try primitive(json, kind)
        case .record(let name, let fields): return try record(json, name, fields)
        case .enumeration(let name, let symbols, _):
            guard let symbol = json.stringValue, symbols.contains(symbol) else {
                throw error(json, "a symbol of '\(name.full)'")
            }
            return .symbol(symbol)
        case .fixed(let name, let size):
            guard let bytes = Self.bytes(json), bytes.count == size else {
                throw error(json, "text of \(size) characters up to ÿ, for '\(name.full)'")
            }
            return .fixed(bytes)
        case .array(let item):
            guard let elements = json.elements else { throw error(json, "an array") }
            var values: [AvroValue] = []
            for element in elements { values.append(try value(of: element, item)) }
            return .array(values)
        case .map(let item):
            guard let members = json.members else { throw error(json, "an object") }
            var values: [String: AvroValue] = [:]
            for member in members { values[member.name] = try value(of: member.value, item) }
            return .map(values)
        case .union(let branches):
            // By the specification the first branch; other libraries write defaults of the others too.
            for branch in branches {
                if let value = try? value(of: json, branch) { return value }
            }
            throw error(json, "a value of one of the union's branches")
        }
    }

    private mutating func record(
        _ json: JSONValue, _ name: AvroName, _ fields: [AvroField]
    ) throws(AvroSchemaError) -> AvroValue {
        guard json.members != nil else { throw error(json, "an object of the fields of '\(name.full)'") }
        var values: [String: AvroValue] = [:]
        for field in fields {
            guard let member = json[field.name] ?? field.defaultText else {
                throw error(json, "an object with field '\(field.name)' of '\(name.full)'")
            }
            values[field.name] = try value(of: member, field.type)
        }
        return .record(values)
    }

    private func primitive(_ json: JSONValue, _ kind: AvroSchema.Kind) throws(AvroSchemaError) -> AvroValue {
        switch kind {
        case .null: if json == .null { return .null }
        case .boolean: if case .bool(let value) = json { return .boolean(value) }
        case .int: if let value = json.integerValue.flatMap(Int32.init(exactly:)) { return .int(value) }
        case .long: if let value = json.integerValue { return .long(value) }
        case .float: if let value = number(json) { return .float(Float(value)) }
        case .double: if let value = number(json) { return .double(value) }
        case .bytes: if let value = Self.bytes(json) { return .bytes(value) }
        default: if let value = json.stringValue { return .string(value) }
        }
        throw error(json, "a value of type \(kind.rawValue)")
    }

    private func number(_ json: JSONValue) -> Double? {
        switch json {
        case .integer(let number): Double(number)
        case .unsigned(let number): Double(number)
        case .double(let number): number
        case .string("NaN"): .nan
        case .string("Infinity"): .infinity
        case .string("-Infinity"): -.infinity
        default: nil
        }
    }

    /// Bytes are written as text whose characters are the bytes.
    static func bytes(_ json: JSONValue) -> Bytes? {
        guard let text = json.stringValue else { return nil }
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            guard let byte = UInt8(exactly: scalar.value) else { return nil }
            bytes.append(byte)
        }
        return Bytes(bytes)
    }
}
