import JSON
import StreamCore

/// Makes a tree of JSON text, positions kept; a name twice in an object is refused.
struct PositionedJSON {
    private let bytes: Bytes
    private let path: String
    private var position = 0
    private var line = 1
    private var column = 1
    private var count = 0

    private init(_ bytes: Bytes, path: String) {
        self.bytes = bytes
        self.path = path
    }

    /// The tree of `text`; nil for an empty text or `null`.
    ///
    /// - Throws: ``ConfigurationError`` with line and column.
    static func read(_ text: String, path: String) throws(ConfigurationError) -> ConfigurationNode? {
        guard text.contains(where: { !$0.isWhitespace }) else { return nil }
        let bytes = Bytes(text)
        var reader = PositionedJSON(bytes, path: path)
        do throws(JSONError) {
            // Checked as a whole first: below, every byte is where it should be.
            _ = try JSONText(validating: bytes)
        } catch {
            reader.walk(to: error.offset)
            throw ConfigurationError("this is no JSON: \(error.message)", at: reader.origin)
        }
        reader.skipSpaces()
        let node = try reader.node(depth: 0)
        return node.isNull ? nil : node
    }

    private var next: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private var origin: ConfigurationOrigin { .file(path, line: line, column: column) }

    private mutating func advance() {
        if next == UInt8(ascii: "\n") {
            line += 1
            column = 1
        } else if next & 0xc0 != 0x80 {
            // Columns count characters: the bytes that continue one are passed over.
            column += 1
        }
        position += 1
    }

    private mutating func walk(to offset: Int) {
        while position < min(offset, bytes.count) { advance() }
    }

    private mutating func skipSpaces() {
        while [0x20, 0x09, 0x0a, 0x0d].contains(next), position < bytes.count { advance() }
    }

    private mutating func node(depth: Int) throws(ConfigurationError) -> ConfigurationNode {
        let start = origin
        guard depth <= YAMLReader.depthLimit else {
            throw ConfigurationError("this is nested deeper than \(YAMLReader.depthLimit) levels", at: start)
        }
        count += 1
        guard count <= YAMLReader.nodeLimit else {
            throw ConfigurationError("there are more than \(YAMLReader.nodeLimit) values", at: start)
        }
        switch next {
        case UInt8(ascii: "{"):
            var entries: [ConfigurationEntry] = []
            var names: Set<String> = []
            while try another(closing: UInt8(ascii: "}")) {
                let place = origin
                let name = scalar().text
                guard names.insert(name).inserted else {
                    throw ConfigurationError("'\(name)' is here twice", at: place, hint: "keep one of them")
                }
                skipSpaces()
                advance()
                skipSpaces()
                entries.append(ConfigurationEntry(name, at: place, try node(depth: depth + 1)))
            }
            return ConfigurationNode(.mapping(entries), at: start)
        case UInt8(ascii: "["):
            var nodes: [ConfigurationNode] = []
            while try another(closing: UInt8(ascii: "]")) { nodes.append(try node(depth: depth + 1)) }
            return ConfigurationNode(.sequence(nodes), at: start)
        default: return ConfigurationNode(.scalar(scalar()), at: start)
        }
    }

    /// Passes over an opening bracket or a comma; false, and past the closing one, at the end.
    private mutating func another(closing: UInt8) throws(ConfigurationError) -> Bool {
        skipSpaces()
        if next == closing {
            advance()
            return false
        }
        advance()
        skipSpaces()
        guard next == closing else { return true }
        advance()
        return false
    }

    private mutating func scalar() -> ConfigurationScalar {
        let start = position
        if next == UInt8(ascii: "\"") {
            advance()
            while next != UInt8(ascii: "\""), position < bytes.count {
                if next == UInt8(ascii: "\\") { advance() }
                advance()
            }
            advance()
        } else {
            let ends: [UInt8] = [0x20, 0x09, 0x0a, 0x0d, UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]")]
            while position < bytes.count, !ends.contains(next) { advance() }
        }
        let raw = bytes[start..<position]
        let value = (try? JSONValue(parsing: raw)) ?? .null
        return ConfigurationScalar(value.stringValue ?? raw.utf8 ?? "", value)
    }
}
