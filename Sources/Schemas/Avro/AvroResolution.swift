/// How the types of a writer are read as those of a reader: Avro's schema resolution.
///
/// Done here and not by libavro, which knows neither defaults nor aliases and reads no enum's default.
struct AvroResolution: Sendable {
    private struct Pair: Hashable {
        let writer: Int
        let reader: Int
    }

    private let writer: AvroTypes
    private let reader: AvroTypes
    /// For records that match: the place of each writer's field among the reader's, and the reader's fields that nobody wrote.
    private var records: [Pair: (places: [Int?], missing: [Int])] = [:]

    init(writer: AvroTypes, reader: AvroTypes) {
        self.writer = writer
        self.reader = reader
        for (readerIndex, readerNode) in reader.nodes.enumerated() {
            guard case .record(let readerName, let readerFields) = readerNode else { continue }
            for (writerIndex, writerNode) in writer.nodes.enumerated() {
                guard case .record(let writerName, let writerFields) = writerNode, readerName.reads(writerName) else {
                    continue
                }
                records[Pair(writer: writerIndex, reader: readerIndex)] = Self.match(writerFields, readerFields)
            }
        }
    }

    /// Each reader's field takes the writer's field of its name, else of its first alias that the writer has.
    static func match(_ writer: [AvroField], _ reader: [AvroField]) -> (places: [Int?], missing: [Int]) {
        let byName = Dictionary(writer.enumerated().map { ($1.name, $0) }) { first, _ in first }
        var places: [Int?] = Array(repeating: nil, count: writer.count)
        var missing: [Int] = []
        for (position, field) in reader.enumerated() {
            let source = ([field.name] + field.aliases).lazy.compactMap { byName[$0] }.first { places[$0] == nil }
            if let source { places[source] = position } else { missing.append(position) }
        }
        return (places, missing)
    }

    func record(_ writer: Int, _ reader: Int) -> (places: [Int?], missing: [Int])? {
        records[Pair(writer: writer, reader: reader)]
    }

    /// The branch of a reader's union that takes what the writer's type wrote: one of the same type and full name, else one of the same
    /// type, else the first that it can be promoted to; nil when none.
    func branch(for index: Int, among branches: [Int]) -> Int? {
        let node = writer[index]
        let same = branches.filter { reader[$0].kind == node.kind && isSame(node, reader[$0]) }
        return same.first { reader[$0].name?.full == node.name?.full } ?? same.first
            ?? branches.first { Self.promotes(node.kind, reader[$0].kind) }
    }

    /// Whether both, which are of one kind, may be read as each other as far as their names say.
    private func isSame(_ writerNode: AvroNode, _ readerNode: AvroNode) -> Bool {
        switch (writerNode, readerNode) {
        case (.fixed(let written, let size), .fixed(let read, let readSize)): size == readSize && read.reads(written)
        default:
            if let written = writerNode.name, let read = readerNode.name { read.reads(written) } else { true }
        }
    }

    /// Whether a value of one primitive type is read as another.
    static func promotes(_ writer: AvroSchema.Kind, _ reader: AvroSchema.Kind) -> Bool {
        switch (writer, reader) {
        case (.int, .long), (.int, .float), (.int, .double), (.long, .float), (.long, .double), (.float, .double),
            (.string, .bytes), (.bytes, .string):
            true
        default: false
        }
    }
}
