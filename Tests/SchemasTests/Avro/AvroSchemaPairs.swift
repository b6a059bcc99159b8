import JSON
import Schemas
import StreamCore

/// Pairs of a writer's and a reader's schema, with a value of the writer's: all by chance, from a seed.
struct AvroSchemaPairs {
    private var state: UInt64
    private var names = 0

    init(seed: UInt64) { state = seed }

    private mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }

    private static let primitives = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]

    /// A writer's schema, a reader's that came of it by a few changes, and a value.
    mutating func pair() -> (writer: JSONValue, reader: JSONValue, value: AvroValue) {
        names = 0
        let writer = record(depth: 0)
        return (writer, changed(writer), value(of: writer))
    }

    private mutating func record(depth: Int) -> JSONValue {
        names += 1
        let name = "R\(names)"
        let fields = (0..<(1 + next(4))).map { index -> JSONValue in
            ["name": .string("f\(index)"), "type": type(depth: depth + 1)]
        }
        return ["type": "record", "name": .string(name), "fields": .array(fields)]
    }

    private mutating func type(depth: Int, isInUnion: Bool = false) -> JSONValue {
        switch next(depth > 2 ? 8 : 14) {
        case let kind where kind < 8: return .string(Self.primitives[kind])
        case 8: return ["type": "array", "items": type(depth: depth + 1)]
        case 9: return ["type": "map", "values": type(depth: depth + 1)]
        case 10:
            names += 1
            return ["type": "enum", "name": .string("E\(names)"), "symbols": ["A", "B", "C"]]
        case 11:
            names += 1
            return ["type": "fixed", "name": .string("X\(names)"), "size": .integer(Int64(1 + next(3)))]
        case 12 where !isInUnion:
            let first = Self.primitives[1 + next(7)]
            return next(2) == 0 ? ["null", .string(first)] : [.string(first), ["type": "array", "items": "int"]]
        default: return record(depth: depth + 1)
        }
    }

    private mutating func changed(_ schema: JSONValue) -> JSONValue {
        switch schema {
        case .string(let name):
            guard next(5) == 0 else { return schema }
            if next(2) == 0 { return name == "null" ? ["null", "int"] : ["null", schema] }
            return .string(Self.primitives[next(8)])
        case .array(let branches):
            if next(6) == 0, let last = branches.last { return last }
            return schema
        default: break
        }
        switch schema["type"]?.stringValue {
        case "array": return ["type": "array", "items": changed(schema["items"] ?? "null")]
        case "map": return ["type": "map", "values": changed(schema["values"] ?? "null")]
        case "enum":
            guard next(3) == 0 else { return schema }
            var members = schema.members?.filter { $0.name != "symbols" } ?? []
            members.append(JSONMember("symbols", ["B", "C", "D"]))
            if next(2) == 0 { members.append(JSONMember("default", "D")) }
            return .object(members)
        case "record": return changedRecord(schema)
        default: return schema
        }
    }

    private mutating func changedRecord(_ schema: JSONValue) -> JSONValue {
        var fields: [JSONValue] = []
        for field in schema["fields"]?.elements ?? [] where next(6) > 0 {
            let name = field["name"]?.stringValue ?? ""
            let type = changed(field["type"] ?? "null")
            if next(6) == 0 {
                fields.append(["name": .string("was_\(name)"), "type": type, "aliases": [.string(name)]])
            } else {
                fields.append(["name": .string(name), "type": type])
            }
        }
        if next(3) == 0 { fields.append(["name": "added", "type": "int", "default": 7]) }
        if next(10) == 0 { fields.append(["name": "needed", "type": "int"]) }
        if next(3) == 0 { fields.reverse() }
        return ["type": "record", "name": schema["name"] ?? "R", "fields": .array(fields)]
    }

    private mutating func value(of schema: JSONValue) -> AvroValue {
        switch schema {
        case .string(let name): return primitive(name)
        case .array(let branches): return value(of: branches[next(branches.count)])
        default: break
        }
        switch schema["type"]?.stringValue {
        case "array": return .array((0..<next(3)).map { _ in value(of: schema["items"] ?? "null") })
        case "map":
            let keys = (0..<next(3)).map { "k\($0)" }
            var values: [String: AvroValue] = [:]
            for key in keys { values[key] = value(of: schema["values"] ?? "null") }
            return .map(values)
        case "enum": return .symbol(["A", "B", "C"][next(3)])
        case "fixed":
            let size = Int(schema["size"]?.integerValue ?? 0)
            return .fixed(Bytes((0..<size).map { _ in UInt8(next(256)) }))
        default:
            var values: [String: AvroValue] = [:]
            for field in schema["fields"]?.elements ?? [] {
                values[field["name"]?.stringValue ?? ""] = value(of: field["type"] ?? "null")
            }
            return .record(values)
        }
    }

    private mutating func primitive(_ name: String) -> AvroValue {
        switch name {
        case "boolean": .boolean(next(2) == 0)
        case "int": .int(Int32(next(1_000)) - 500)
        case "long": .long(Int64(next(1 << 30)) << 10)
        case "float": .float(Float(next(1_000)) / 8)
        case "double": .double(Double(next(1_000)) / 8)
        case "bytes": .bytes(Bytes("b\(next(9))"))
        case "string": .string("s\(next(9))")
        default: .null
        }
    }
}
