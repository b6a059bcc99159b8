import CAvro
import StreamCore

/// Makes values of libavro's, as the reader's schema wants them.
struct AvroDecoding {
    let writer: AvroTypes
    let reader: AvroTypes
    /// Nil when both are the same.
    let plan: AvroResolution?
    private var path = AvroPath()

    init(writer: AvroTypes, reader: AvroTypes, plan: AvroResolution?) {
        (self.writer, self.reader, self.plan) = (writer, reader, plan)
    }

    private func check(_ code: Int32) throws(AvroError) {
        guard code == 0 else { throw path.error(.malformed, AvroLibrary.problem("give the value")) }
    }

    private func unresolvable(_ written: AvroNode, _ wanted: AvroNode) -> AvroError {
        func text(_ node: AvroNode) -> String {
            switch node {
            case .fixed(let name, let size): "fixed '\(name.full)' of \(size) bytes"
            case .union(let branches): "a union of \(branches.count) types"
            default: node.name.map { "\(node.kind.rawValue) '\($0.full)'" } ?? node.kind.rawValue
            }
        }
        return path.error(.unresolvable, "written as \(text(written)), which \(text(wanted)) does not read")
    }

    mutating func value(of source: avro_value_t, _ from: Int, _ to: Int) throws(AvroError) -> AvroValue {
        let (written, wanted) = (writer[from], reader[to])
        if case .union(let branches) = written {
            var position: Int32 = 0
            var child = avro_value_t()
            try check(avro_shim_get_discriminant(source, &position))
            try check(avro_shim_get_current_branch(source, &child))
            let branch = branches[Int(position)]
            guard plan == nil else { return try value(of: child, branch, to) }
            return named(try value(of: child, branch, branch), branch, among: branches)
        }
        if case .union(let branches) = wanted {
            guard let branch = plan?.branch(for: from, among: branches) else { throw unresolvable(written, wanted) }
            return named(try value(of: source, from, branch), branch, among: branches)
        }
        switch (written, wanted) {
        case (.record(_, let fields), .record(_, let wantedFields)):
            return try record(source, (from, fields), (to, wantedFields))
        case (.enumeration(_, let symbols, _), .enumeration(_, let wantedSymbols, let fallback)):
            if let plan, plan.branch(for: from, among: [to]) == nil { throw unresolvable(written, wanted) }
            var number: Int32 = 0
            try check(avro_shim_get_int(source, &number))
            let symbol = symbols[Int(number)]
            if plan == nil || wantedSymbols.contains(symbol) { return .symbol(symbol) }
            guard let fallback else {
                throw path.error(
                    .unresolvable,
                    "symbol '\(symbol)' was written; the reader knows \(wantedSymbols.joined(separator: ", "))")
            }
            return .symbol(fallback)
        case (.fixed, .fixed):
            if let plan, plan.branch(for: from, among: [to]) == nil { throw unresolvable(written, wanted) }
            return .fixed(try bytes(avro_shim_get_fixed, source))
        case (.array(let item), .array(let wantedItem)): return .array(try array(source, item, wantedItem))
        case (.map(let item), .map(let wantedItem)): return .map(try map(source, item, wantedItem))
        case (.primitive(let kind), .primitive(let wantedKind)):
            guard kind == wantedKind || AvroResolution.promotes(kind, wantedKind) else {
                throw unresolvable(written, wanted)
            }
            return try promoted(try primitive(source, kind), kind, wantedKind)
        default: throw unresolvable(written, wanted)
        }
    }

    /// `value` with its branch when the union has another branch of its kind.
    private func named(_ value: AvroValue, _ branch: Int, among branches: [Int]) -> AvroValue {
        guard let name = reader[branch].name else { return value }
        let kind = reader[branch].kind
        return branches.contains { $0 != branch && reader[$0].kind == kind } ? .branch(name.full, value) : value
    }

    private mutating func record(
        _ source: avro_value_t, _ from: (index: Int, fields: [AvroField]), _ to: (index: Int, fields: [AvroField])
    ) throws(AvroError) -> AvroValue {
        var values: [String: AvroValue] = [:]
        values.reserveCapacity(to.fields.count)
        var matching: (places: [Int?], missing: [Int])?
        if let plan {
            matching = plan.record(from.index, to.index)
            if matching == nil { throw unresolvable(writer[from.index], reader[to.index]) }
        }
        for (position, field) in from.fields.enumerated() {
            guard let place = matching.map({ $0.places[position] }) ?? position else { continue }
            var child = avro_value_t()
            try check(avro_shim_get_by_index(source, position, &child))
            let wanted = to.fields[place]
            path.push(.field(wanted.name))
            values[wanted.name] = try value(of: child, field.type, wanted.type)
            path.pop()
        }
        for position in matching?.missing ?? [] {
            let field = to.fields[position]
            guard let value = field.defaultValue else {
                path.push(.field(field.name))
                throw path.error(.unresolvable, "the field was not written and has no default")
            }
            values[field.name] = value
        }
        return .record(values)
    }

    private mutating func array(_ source: avro_value_t, _ item: Int, _ wanted: Int) throws(AvroError) -> [AvroValue] {
        var count = 0
        try check(avro_shim_get_size(source, &count))
        var values: [AvroValue] = []
        values.reserveCapacity(count)
        for position in 0..<count {
            var child = avro_value_t()
            try check(avro_shim_get_by_index(source, position, &child))
            path.push(.index(position))
            values.append(try value(of: child, item, wanted))
            path.pop()
        }
        return values
    }

    private mutating func map(
        _ source: avro_value_t, _ item: Int, _ wanted: Int
    ) throws(AvroError) -> [String: AvroValue] {
        var count = 0
        try check(avro_shim_get_size(source, &count))
        var values: [String: AvroValue] = [:]
        for position in 0..<count {
            var (pair, child) = (avro_value_t(), avro_value_t())
            try check(avro_shim_get_by_index(source, position, &pair))
            try check(avro_shim_get_by_index(pair, 0, &child))
            let key = try text(try bytes(avro_shim_get_bytes, child))
            path.push(.key(key))
            try check(avro_shim_get_by_index(pair, 1, &child))
            values[key] = try value(of: child, item, wanted)
            path.pop()
        }
        return values
    }

    private func bytes(
        _ get: (avro_value_t, UnsafeMutablePointer<UnsafeRawPointer?>, UnsafeMutablePointer<Int>) -> Int32,
        _ source: avro_value_t
    ) throws(AvroError) -> Bytes {
        var start: UnsafeRawPointer?
        var count = 0
        try check(get(source, &start, &count))
        return Bytes(Array(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)))
    }

    private func text(_ bytes: Bytes) throws(AvroError) -> String {
        guard let text = bytes.utf8 else { throw path.error(.malformed, "the text is not UTF-8") }
        return text
    }

    private func primitive(_ source: avro_value_t, _ kind: AvroSchema.Kind) throws(AvroError) -> AvroValue {
        switch kind {
        case .null: return .null
        case .boolean:
            var flag: Int32 = 0
            try check(avro_shim_get_boolean(source, &flag))
            return .boolean(flag != 0)
        case .int:
            var number: Int32 = 0
            try check(avro_shim_get_int(source, &number))
            return .int(number)
        case .long:
            var number: Int64 = 0
            try check(avro_shim_get_long(source, &number))
            return .long(number)
        case .float:
            var number: Float = 0
            try check(avro_shim_get_float(source, &number))
            return .float(number)
        case .double:
            var number = 0.0
            try check(avro_shim_get_double(source, &number))
            return .double(number)
        case .bytes: return .bytes(try bytes(avro_shim_get_bytes, source))
        default: return .string(try text(try bytes(avro_shim_get_bytes, source)))
        }
    }

    private func promoted(
        _ value: AvroValue, _ kind: AvroSchema.Kind, _ wanted: AvroSchema.Kind
    ) throws(AvroError) -> AvroValue {
        guard kind != wanted else { return value }
        switch (wanted, value) {
        case (.long, _): return value.integer.map { .long($0) } ?? value
        case (.float, _): return value.number.map { .float(Float($0)) } ?? value
        case (.double, _): return value.number.map { .double($0) } ?? value
        case (.bytes, .string(let text)): return .bytes(Bytes(text))
        case (.string, .bytes(let bytes)): return .string(try text(bytes))
        default: return value
        }
    }
}
