import JSON

/// Writes JSON values as block YAML; whatever could be read as something else is quoted.
struct YAMLWriter {
    /// What stands behind the values, by path.
    let comments: [SettingPath: String]

    /// The text of an object, with a line break at its end.
    func text(_ value: JSONValue) -> String {
        guard let members = value.members, !members.isEmpty else { return inline(value) + "\n" }
        var text = ""
        write(members, at: SettingPath([String]()), depth: 0, to: &text)
        return text
    }

    private func write(_ members: [JSONMember], at path: SettingPath, depth: Int, to text: inout String) {
        let indent = String(repeating: "  ", count: depth)
        for member in members {
            let path = path.appending(member.name)
            let comment = comments[path].map { "  # \($0)" } ?? ""
            text += indent + Self.quoted(member.name) + ":"
            if let below = member.value.members, !below.isEmpty {
                text += comment + "\n"
                write(below, at: path, depth: depth + 1, to: &text)
            } else {
                text += " " + inline(member.value) + comment + "\n"
            }
        }
    }

    private func inline(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): Self.quoted(text)
        case .double(let number) where number.isNaN: ".nan"
        case .double(let number) where number.isInfinite: number < 0 ? "-.inf" : ".inf"
        case .array(let values): "[" + values.map(inline).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { "\(Self.quoted($0.name)): \(inline($0.value))" }.joined(separator: ", ") + "}"
        default: value.text
        }
    }

    /// `text` as it is where that is safe, else in quotes.
    static func quoted(_ text: String) -> String {
        let isSafe = text.utf8.allSatisfy { byte in
            Character(Unicode.Scalar(byte)).isLetter && byte < 0x80 || (0x30...0x39).contains(byte)
                || [0x2e, 0x2d, 0x5f, 0x2f].contains(byte)
        }
        if isSafe, let first = text.utf8.first, first != UInt8(ascii: "-"),
            case .string = CoreSchema.value(ofPlain: text)
        {
            return text
        }
        return JSONValue.string(text).text
    }
}
