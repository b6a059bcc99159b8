import CAvro
import StreamCore

/// Fills libavro's form of a value.
struct AvroEncoding {
    let types: AvroTypes
    private var path = AvroPath()
    private var depth = 0

    init(types: AvroTypes) { self.types = types }

    private func check(_ code: Int32) throws(AvroError) {
        guard code == 0 else { throw path.error(.unencodable, AvroLibrary.problem("take the value")) }
    }

    private func unfit(_ value: AvroValue, _ node: AvroNode) -> AvroError {
        let expected = node.name.map { "\(node.kind.rawValue) '\($0.full)'" } ?? node.kind.rawValue
        return path.error(.unencodable, "expected \(expected), found \(value.kindName)")
    }

    private mutating func fillDeeper(
        _ target: avro_value_t, _ value: AvroValue, _ index: Int, _ step: AvroPath.Step?
    ) throws(AvroError) {
        guard depth < AvroPath.depthLimit else {
            throw path.error(.unencodable, "nested deeper than \(AvroPath.depthLimit) levels")
        }
        depth += 1
        if let step { path.push(step) }
        try fill(target, value, index)
        if step != nil { path.pop() }
        depth -= 1
    }

    mutating func fill(_ target: avro_value_t, _ value: AvroValue, _ index: Int) throws(AvroError) {
        let node = types[index]
        switch node {
        case .primitive(let kind): try fillPrimitive(target, value, kind, node)
        case .union(let branches): try fillUnion(target, value, branches)
        case .record(let name, let fields):
            guard case .record(let values) = value.unnamed(for: name) else { throw unfit(value, node) }
            try fillRecord(target, values, name, fields)
        case .enumeration(let name, let symbols, _):
            guard let symbol = value.unnamed(for: name).symbol else { throw unfit(value, node) }
            guard let number = symbols.firstIndex(of: symbol) else {
                let known = symbols.prefix(20).joined(separator: ", ")
                throw path.error(.unencodable, "'\(symbol)' is no symbol of '\(name.full)'; known are \(known)")
            }
            try check(avro_shim_set_int(target, Int32(number)))
        case .fixed(let name, let size):
            guard let bytes = value.unnamed(for: name).raw else { throw unfit(value, node) }
            guard bytes.count == size else {
                throw path.error(.unencodable, "'\(name.full)' has \(size) bytes, found \(bytes.count)")
            }
            let code = bytes.withUnsafeBytes { run in
                withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { none in
                    avro_shim_set_fixed(target, run.baseAddress ?? UnsafeRawPointer(none.baseAddress), size)
                }
            }
            try check(code)
        case .array(let item):
            guard case .array(let values) = value else { throw unfit(value, node) }
            for (position, element) in values.enumerated() {
                var child = avro_value_t()
                try check(avro_shim_append(target, &child))
                try fillDeeper(child, element, item, .index(position))
            }
        case .map(let item):
            guard case .map(let values) = value else { throw unfit(value, node) }
            for key in values.keys.sorted() {
                guard let element = values[key] else { continue }
                var (pair, child) = (avro_value_t(), avro_value_t())
                try check(avro_shim_append(target, &pair))
                try check(avro_shim_get_by_index(pair, 0, &child))
                try check(set(child, text: key))
                try check(avro_shim_get_by_index(pair, 1, &child))
                try fillDeeper(child, element, item, .key(key))
            }
        }
    }

    private mutating func fillRecord(
        _ target: avro_value_t, _ values: [String: AvroValue], _ name: AvroName, _ fields: [AvroField]
    ) throws(AvroError) {
        var used = 0
        for (position, field) in fields.enumerated() {
            var child = avro_value_t()
            try check(avro_shim_get_by_index(target, position, &child))
            if let value = values[field.name] {
                used += 1
                try fillDeeper(child, value, field.type, .field(field.name))
            } else if let value = field.defaultValue {
                try fillDeeper(child, value, field.type, .field(field.name))
            } else {
                path.push(.field(field.name))
                throw path.error(.unencodable, "the field of '\(name.full)' is missing and has no default")
            }
        }
        guard used < values.count else { return }
        let known = Set(fields.map(\.name))
        let unknown = values.keys.filter { !known.contains($0) }.sorted().prefix(10).joined(separator: ", ")
        throw path.error(
            .unencodable,
            "'\(name.full)' has no field \(unknown); known are \(fields.map(\.name).joined(separator: ", "))")
    }

    private mutating func fillUnion(_ target: avro_value_t, _ value: AvroValue, _ branches: [Int]) throws(AvroError) {
        let choice = AvroBranchChoice(types: types)
        guard let position = choice.branch(of: value, in: branches) else {
            let names = branches.map { types[$0].branchName }.joined(separator: ", ")
            throw path.error(.unencodable, "expected one of \(names), found \(value.kindName)")
        }
        var child = avro_value_t()
        try check(avro_shim_set_branch(target, Int32(position), &child))
        var inner = value
        if case .branch(_, let chosen) = value { inner = chosen }
        try fillDeeper(child, inner, branches[position], nil)
    }

    private func fillPrimitive(
        _ target: avro_value_t, _ value: AvroValue, _ kind: AvroSchema.Kind, _ node: AvroNode
    ) throws(AvroError) {
        switch kind {
        case .null:
            guard value == .null else { throw unfit(value, node) }
            try check(avro_shim_set_null(target))
        case .boolean:
            guard case .boolean(let flag) = value else { throw unfit(value, node) }
            try check(avro_shim_set_boolean(target, flag ? 1 : 0))
        case .int:
            guard let number = value.integer.flatMap(Int32.init(exactly:)) else { throw unfit(value, node) }
            try check(avro_shim_set_int(target, number))
        case .long:
            guard let number = value.integer else { throw unfit(value, node) }
            try check(avro_shim_set_long(target, number))
        case .float:
            guard let number = value.number else { throw unfit(value, node) }
            try check(avro_shim_set_float(target, Float(number)))
        case .double:
            guard let number = value.number else { throw unfit(value, node) }
            try check(avro_shim_set_double(target, number))
        case .bytes:
            guard let bytes = value.raw else { throw unfit(value, node) }
            try check(bytes.withUnsafeBytes { set(target, run: $0) })
        default:
            guard let text = value.symbol else { throw unfit(value, node) }
            try check(set(target, text: text))
        }
    }

    private func set(_ target: avro_value_t, text: String) -> Int32 {
        var text = text
        return text.withUTF8 { set(target, run: UnsafeRawBufferPointer($0)) }
    }

    private func set(_ target: avro_value_t, run: UnsafeRawBufferPointer) -> Int32 {
        // libavro copies from the address even when nothing is to be copied.
        withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { none in
            avro_shim_set_bytes(target, run.baseAddress ?? UnsafeRawPointer(none.baseAddress), run.count)
        }
    }
}
