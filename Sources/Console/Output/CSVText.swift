/// Rows as RFC 4180 has them.
enum CSVText {
    /// A line: null is empty, text is itself, what is no scalar is JSON.
    static func line(_ cells: [JSONValue]) -> String { cells.map(cell).joined(separator: ",") + "\r\n" }

    private static func cell(_ value: JSONValue) -> String {
        let text =
            switch value {
            case .null: ""
            case .string(let text): text
            default: value.text
            }
        guard text.utf8.contains(where: { [0x22, 0x2c, 0x0a, 0x0d].contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
