import Foundation

/// The headers that say again what a request's body says, and how their values are written.
enum MCPHeader {
    static let version = "MCP-Protocol-Version"
    static let method = "Mcp-Method"
    static let name = "Mcp-Name"
    private static let opening = "=?base64?"
    private static let closing = "?="

    /// `text` as it is where it is plain ASCII, else in Base64 between marks.
    static func encode(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { (0x20...0x7e).contains($0) || $0 == 0x09 }
        let hasEdges = text.first == " " || text.last == " " || text.first == "\t" || text.last == "\t"
        let isMarked = text.hasPrefix(opening) && text.hasSuffix(closing)
        guard !isPlain || hasEdges || isMarked else { return text }
        return opening + Data(text.utf8).base64EncodedString() + closing
    }

    /// What `value` says; nil when it is marked and not Base64 of UTF-8.
    static func decode(_ value: String) -> String? {
        guard value.hasPrefix(opening), value.hasSuffix(closing), value.count >= opening.count + closing.count else {
            return value
        }
        let content = value.dropFirst(opening.count).dropLast(closing.count)
        return Data(base64Encoded: String(content)).flatMap { String(data: $0, encoding: .utf8) }
    }
}
