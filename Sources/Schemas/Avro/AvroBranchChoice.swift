import StreamCore

/// Which branch of a union a value takes.
struct AvroBranchChoice {
    let types: AvroTypes

    private enum Fit: Int, Comparable {
        case none, kind, convertible, exact

        static func < (left: Fit, right: Fit) -> Bool { left.rawValue < right.rawValue }
    }

    /// The position of the branch that fits best, the first of several; nil when none does.
    func branch(of value: AvroValue, in branches: [Int]) -> Int? {
        if case .branch(let name, _) = value {
            return branches.firstIndex { types[$0].branchName == name }
        }
        var best: (fit: Fit, position: Int) = (.none, 0)
        for (position, branch) in branches.enumerated() {
            let fit = fit(value, types[branch])
            if fit > best.fit { best = (fit, position) }
            if fit == .exact { break }
        }
        return best.fit == .none ? nil : best.position
    }

    /// `.kind` is enough to be the only choice, so that the error names what is wrong inside.
    private func fit(_ value: AvroValue, _ node: AvroNode) -> Fit {
        switch (node, value) {
        case (.primitive(let kind), _): fit(value, kind)
        case (.array, .array), (.map, .map): .exact
        case (.enumeration(_, let symbols, _), .symbol(let symbol)): symbols.contains(symbol) ? .exact : .kind
        case (.enumeration(_, let symbols, _), .string(let symbol)): symbols.contains(symbol) ? .convertible : .none
        case (.fixed(_, let size), .fixed(let bytes)): bytes.count == size ? .exact : .kind
        case (.fixed(_, let size), .bytes(let bytes)): bytes.count == size ? .convertible : .none
        case (.record(_, let fields), .record(let values)): fit(values, fields)
        default: .none
        }
    }

    private func fit(_ values: [String: AvroValue], _ fields: [AvroField]) -> Fit {
        var used = 0
        for field in fields {
            if values[field.name] != nil {
                used += 1
            } else if field.defaultValue == nil {
                return .kind
            }
        }
        guard used == values.count else { return .kind }
        return used == fields.count ? .exact : .convertible
    }

    private func fit(_ value: AvroValue, _ kind: AvroSchema.Kind) -> Fit {
        switch (kind, value) {
        case (.null, .null), (.boolean, .boolean), (.int, .int), (.long, .long), (.float, .float), (.double, .double),
            (.bytes, .bytes), (.string, .string):
            .exact
        case (.int, .long(let number)): Int32(exactly: number) == nil ? .none : .convertible
        case (.long, .int), (.double, .int), (.double, .long), (.double, .float), (.float, .int), (.float, .long),
            (.float, .double), (.string, .symbol), (.bytes, .fixed):
            .convertible
        default: .none
        }
    }
}

extension AvroValue {
    /// What is there, for messages.
    var kindName: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .int(let number): "the int \(number)"
        case .long(let number): "the long \(number)"
        case .float: "a float"
        case .double: "a double"
        case .bytes(let bytes): "\(bytes.count) bytes"
        case .string: "text"
        case .fixed(let bytes): "a fixed of \(bytes.count) bytes"
        case .symbol(let symbol): "the symbol '\(symbol)'"
        case .array: "an array"
        case .map: "a map"
        case .record(let values): "a record of \(values.keys.sorted().prefix(10).joined(separator: ", "))"
        case .branch(let name, _): "branch '\(name)'"
        }
    }

    var integer: Int64? {
        switch self {
        case .int(let number): Int64(number)
        case .long(let number): number
        default: nil
        }
    }

    var number: Double? {
        switch self {
        case .int(let number): Double(number)
        case .long(let number): Double(number)
        case .float(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    var raw: Bytes? {
        switch self {
        case .bytes(let bytes), .fixed(let bytes): bytes
        default: nil
        }
    }

    var symbol: String? {
        switch self {
        case .symbol(let text), .string(let text): text
        default: nil
        }
    }

    /// The value without its branch when that is `name`.
    func unnamed(for name: AvroName) -> AvroValue {
        if case .branch(name.full, let value) = self { value } else { self }
    }
}
