import StreamCore

/// Walks over bytes by a schema before libavro is given them.
///
/// libavro believes what bytes say of themselves: it allocates lengths of petabytes, makes 2^62 nulls of an array that says so, and
/// follows nesting until the stack ends. What has passed here is whole, bounded and of the schema's form.
struct AvroScan {
    /// How many parts a value may have: more are a mistake or an attack.
    private static let partLimit = 1 << 24

    private let types: AvroTypes
    private let extent: AvroExtent
    private var reader: ByteReader
    private var path = AvroPath()
    private var parts = 0

    /// Refuses `bytes` that are not one value of `root`, with nothing after it.
    static func check(_ bytes: Bytes, _ types: AvroTypes, _ extent: AvroExtent, root: Int) throws(AvroError) {
        var scan = AvroScan(types: types, extent: extent, reader: ByteReader(bytes))
        try scan.pass(root)
        guard scan.reader.remaining == 0 else {
            throw scan.path.error(
                .malformed, "\(scan.reader.remaining) bytes after the value: written with another schema?")
        }
    }

    private init(types: AvroTypes, extent: AvroExtent, reader: ByteReader) {
        (self.types, self.extent, self.reader) = (types, extent, reader)
    }

    private func error(_ message: String) -> AvroError {
        path.error(.malformed, "\(message) (at byte \(reader.position) of \(reader.bytes.count))")
    }

    private mutating func number(_ what: String) throws(AvroError) -> Int64 {
        guard let number = reader.zigzag() else { throw error("\(what) is cut off or longer than 64 bits") }
        return number
    }

    private mutating func run(_ count: Int64, _ what: String) throws(AvroError) {
        guard count >= 0, count <= Int64(reader.remaining), reader.run(Int(count)) != nil else {
            throw error("\(what) of \(count) bytes, \(reader.remaining) are left")
        }
    }

    private mutating func pass(_ index: Int) throws(AvroError) {
        parts += 1
        guard parts <= Self.partLimit else { throw error("a value of more than \(Self.partLimit) parts") }
        switch types[index] {
        case .primitive(let kind): try passPrimitive(kind)
        case .fixed(_, let size): try run(Int64(size), "a fixed")
        case .enumeration(let name, let symbols, _):
            let number = try number("the symbol of '\(name.full)'")
            guard symbols.indices.contains(Int(clamping: number)) else {
                throw error("symbol \(number) of '\(name.full)', which has \(symbols.count)")
            }
        case .array(let item): try passBlocks(item, isMap: false)
        case .map(let item): try passBlocks(item, isMap: true)
        case .union(let branches):
            let number = try number("a union's branch")
            guard branches.indices.contains(Int(clamping: number)) else {
                throw error("branch \(number) of a union that has \(branches.count)")
            }
            try passDeeper(branches[Int(number)], nil)
        case .record(_, let fields):
            for field in fields { try passDeeper(field.type, .field(field.name)) }
        }
    }

    private var depth = 0

    private mutating func passDeeper(_ index: Int, _ step: AvroPath.Step?) throws(AvroError) {
        guard depth < AvroPath.depthLimit else { throw error("nested deeper than \(AvroPath.depthLimit) levels") }
        depth += 1
        if let step { path.push(step) }
        try pass(index)
        if step != nil { path.pop() }
        depth -= 1
    }

    private mutating func passPrimitive(_ kind: AvroSchema.Kind) throws(AvroError) {
        switch kind {
        case .null: break
        case .boolean:
            guard let byte = reader.run(1)?[0], byte < 2 else { throw error("a boolean that is neither 0 nor 1") }
        case .int:
            let number = try number("an int")
            guard Int32(exactly: number) != nil else { throw error("\(number) is no int") }
        case .long: _ = try number("a long")
        case .float: try run(4, "a float")
        case .double: try run(8, "a double")
        default: try run(try number("a length"), kind == .bytes ? "bytes" : "text")
        }
    }

    private mutating func passBlocks(_ item: Int, isMap: Bool) throws(AvroError) {
        let least = extent.bytes[item] + (isMap ? 1 : 0)
        var index = 0
        while true {
            var count = try number("a block's count")
            if count == 0 { return }
            if count < 0 {
                guard count > -Int64(Int32.max) else { throw error("a block of \(count) elements") }
                count = -count
                let size = try number("a block's size")
                guard size >= 0, size <= Int64(reader.remaining) else {
                    throw error("a block of \(size) bytes, \(reader.remaining) are left")
                }
            }
            let room = least > 0 ? reader.remaining / least : Self.partLimit - parts
            guard count <= Int64(room) else { throw error("a block of \(count) elements, there is room for \(room)") }
            for _ in 0..<count {
                if isMap { try run(try number("a key's length"), "a key") }
                try passDeeper(item, .index(index))
                index += 1
            }
        }
    }
}
