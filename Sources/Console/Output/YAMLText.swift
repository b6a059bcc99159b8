/// Values as YAML, in blocks; text that could be read as something else is in double quotes, as JSON has it.
enum YAMLText {
    /// `value` as a document.
    static func document(_ value: JSONValue) -> String { block(value, indent: 0, isInline: false) }

    /// `value` as an element of a list that is the document.
    static func item(_ value: JSONValue) -> String { "- " + block(value, indent: 1, isInline: true) }

    /// `value` from the present line on; where `isInline` says so, that line has begun.
    private static func block(_ value: JSONValue, indent: Int, isInline: Bool) -> String {
        let margin = String(repeating: "  ", count: indent)
        switch value {
        case .verbatim(let text) where text.isContainer: return block(text.value, indent: indent, isInline: isInline)
        case .object(let members) where !members.isEmpty:
            var lines = ""
            for (index, member) in members.enumerated() {
                lines += (index == 0 && isInline ? "" : margin) + scalar(.string(member.name)) + ":"
                lines += follow(member.value, indent: indent)
            }
            return lines
        case .array(let values) where !values.isEmpty:
            var lines = ""
            for (index, value) in values.enumerated() {
                lines += (index == 0 && isInline ? "" : margin) + "- "
                lines += block(value, indent: indent + 1, isInline: true)
            }
            return lines
        default: return scalar(value) + "\n"
        }
    }

    /// What stands after a name and its colon.
    private static func follow(_ value: JSONValue, indent: Int) -> String {
        var value = value
        if case .verbatim(let text) = value, text.isContainer { value = text.value }
        switch value {
        case .object(let members) where !members.isEmpty:
            return "\n" + block(value, indent: indent + 1, isInline: false)
        case .array(let values) where !values.isEmpty:
            return "\n" + block(value, indent: indent + 1, isInline: false)
        default: return " " + scalar(value) + "\n"
        }
    }

    private static func scalar(_ value: JSONValue) -> String {
        guard case .string(let text) = value, isPlain(text) else { return value.text }
        return text
    }

    /// Whether `text` means itself without quotes.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLetter(first), text.utf8.last != UInt8(ascii: " ") else { return false }
        let others = "0123456789 _-./@".utf8
        return text.utf8.allSatisfy { isLetter($0) || others.contains($0) }
            && !reserved.contains(text.lowercased())
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && byte >= 0x41
    }

    private static let reserved: Set<String> = [
        "true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf",
    ]
}
