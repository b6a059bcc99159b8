/// The schema that libavro is given: what a value looks like on the wire, without names and meanings.
///
/// libavro cuts text at a zero byte, keeps one value of a map's keys that differ behind one, and reads namespaces in its own way. On the
/// wire an enum is an int, text is bytes and a map is an array of pairs, so these are what it is asked for; the rest is done here.
struct AvroShape {
    private let types: AvroTypes
    private var written: Set<Int> = []
    private var extra = 0

    private init(_ types: AvroTypes) { self.types = types }

    static func text(of schema: AvroSchema) -> String {
        var shape = AvroShape(schema.types)
        return shape.text(schema.root)
    }

    private mutating func text(_ index: Int) -> String {
        switch types[index] {
        case .primitive(.string): return "\"bytes\""
        case .primitive(let kind): return "\"\(kind.rawValue)\""
        case .enumeration: return "\"int\""
        case .fixed(_, let size):
            extra += 1
            return "{\"type\":\"fixed\",\"name\":\"x\(extra)\",\"size\":\(size)}"
        case .array(let item): return "{\"type\":\"array\",\"items\":\(text(item))}"
        case .map(let item):
            extra += 1
            let pair = "x\(extra)"
            let value = text(item)
            return "{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"\(pair)\",\"fields\":["
                + "{\"name\":\"k\",\"type\":\"bytes\"},{\"name\":\"v\",\"type\":\(value)}]}}"
        case .union(let branches):
            return "[\(branches.map { text($0) }.joined(separator: ","))]"
        case .record(_, let fields):
            guard written.insert(index).inserted else { return "\"n\(index)\"" }
            let list = fields.enumerated().map { position, field in
                "{\"name\":\"f\(position)\",\"type\":\(text(field.type))}"
            }
            return "{\"type\":\"record\",\"name\":\"n\(index)\",\"fields\":[\(list.joined(separator: ","))]}"
        }
    }
}
