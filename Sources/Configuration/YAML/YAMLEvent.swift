import CYAML

/// What libyaml tells of a text, in Swift values; lines and columns count from 1.
struct YAMLEvent {
    enum Kind {
        case documentStart
        case documentEnd
        case alias(String)
        case scalar(text: String, isPlain: Bool)
        case sequenceStart
        case sequenceEnd
        case mappingStart
        case mappingEnd
        case streamEnd
        case other
    }

    let kind: Kind
    let line: Int
    let column: Int
    var anchor: String?
    var tag: String?
}

/// Why libyaml stopped.
struct YAMLFault: Error {
    let message: String
    let line: Int
    let column: Int
}

/// libyaml's event parser over text that stays in memory.
///
/// Only within ``YAMLEvents/reading(_:_:)``: the parser points into the text.
struct YAMLEvents: ~Copyable {
    // The parser is too large and too full of pointers to live on the stack of a recursion: one allocation, freed below.
    private let parser: UnsafeMutablePointer<yaml_parser_t>

    /// Runs `body` over the events of `bytes`, which are UTF-8.
    static func reading<Result>(
        _ bytes: [UInt8], _ body: (borrowing YAMLEvents) throws -> Result
    ) throws -> Result {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { parser.deallocate() }
        guard yaml_parser_initialize(parser) == 1 else {
            throw YAMLFault(message: "there is no memory for a parser", line: 1, column: 1)
        }
        defer { yaml_parser_delete(parser) }
        return try bytes.withUnsafeBufferPointer { buffer in
            yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
            yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
            return try body(YAMLEvents(parser: parser))
        }
    }

    /// The next event.
    borrowing func next() throws(YAMLFault) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw fault() }
        defer { yaml_event_delete(&event) }
        let line = Int(event.start_mark.line) + 1
        let column = Int(event.start_mark.column) + 1
        switch event.type {
        case YAML_DOCUMENT_START_EVENT: return YAMLEvent(kind: .documentStart, line: line, column: column)
        case YAML_DOCUMENT_END_EVENT: return YAMLEvent(kind: .documentEnd, line: line, column: column)
        case YAML_STREAM_END_EVENT: return YAMLEvent(kind: .streamEnd, line: line, column: column)
        case YAML_SEQUENCE_END_EVENT: return YAMLEvent(kind: .sequenceEnd, line: line, column: column)
        case YAML_MAPPING_END_EVENT: return YAMLEvent(kind: .mappingEnd, line: line, column: column)
        case YAML_ALIAS_EVENT:
            return YAMLEvent(kind: .alias(Self.text(event.data.alias.anchor) ?? ""), line: line, column: column)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return YAMLEvent(
                kind: .scalar(
                    text: String(decoding: bytes, as: UTF8.self), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE),
                line: line, column: column, anchor: Self.text(scalar.anchor), tag: Self.text(scalar.tag))
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return YAMLEvent(
                kind: .sequenceStart, line: line, column: column, anchor: Self.text(start.anchor),
                tag: Self.text(start.tag))
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return YAMLEvent(
                kind: .mappingStart, line: line, column: column, anchor: Self.text(start.anchor),
                tag: Self.text(start.tag))
        default: return YAMLEvent(kind: .other, line: line, column: column)
        }
    }

    private borrowing func fault() -> YAMLFault {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "this is no YAML"
        let context = parser.pointee.context.map { " \(String(cString: $0))" } ?? ""
        let mark = parser.pointee.problem_mark
        return YAMLFault(message: problem + context, line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    private static func text(_ bytes: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let bytes else { return nil }
        return String(decodingCString: UnsafePointer(bytes), as: UTF8.self)
    }
}
