package import Console
import StreamCore

/// How bytes of a key or a value are shown, and made from what is written: by a serde's description, or by looking.
package indirect enum RecordFormat: Sendable, Hashable {
    /// Text or JSON where the bytes are that, else base64.
    case auto
    case string
    case int16
    case int32
    case int64
    case float
    case double
    case bool
    case uuid
    case json
    case hex
    case base64
    /// Null is allowed, as it is everywhere in a log.
    case optional(RecordFormat)
    /// A key in a window, with the window's length in ms when that is known.
    case windowed(RecordFormat, size: Int64?)
    /// A key in a window as a changelog has it: with a sequence number after the start.
    case storedWindow(RecordFormat, size: Int64)

    /// The format of a serde that describes itself as `description`; nil when this tool does not know it.
    package init?(_ description: String) {
        let (name, arguments) = Self.split(description)
        switch (name, arguments.count) {
        case ("auto", 0), ("bytes", 0): self = .auto
        case ("string", 0): self = .string
        case ("int16", 0): self = .int16
        case ("int32", 0): self = .int32
        case ("int64", 0), ("int", 0): self = .int64
        case ("float", 0): self = .float
        case ("double", 0): self = .double
        case ("bool", 0): self = .bool
        case ("uuid", 0): self = .uuid
        case ("json", 0): self = .json
        case ("hex", 0): self = .hex
        case ("base64", 0): self = .base64
        case ("optional", 1):
            guard let inner = RecordFormat(arguments[0]) else { return nil }
            self = .optional(inner)
        case ("windowed", 1), ("windowed", 2):
            let size = arguments.count == 2 ? Int64(arguments[1]) : nil
            guard let inner = RecordFormat(arguments[0]), arguments.count == 1 || (size ?? 0) > 0 else { return nil }
            self = .windowed(inner, size: size)
        default: return nil
        }
    }

    /// The format of `description`; what is not known is looked at.
    package static func known(_ description: String?) -> RecordFormat {
        description.flatMap(RecordFormat.init) ?? .auto
    }

    /// `windowed(optional(string),60000)` as `windowed` with `optional(string)` and `60000`.
    private static func split(_ text: String) -> (name: String, arguments: [String]) {
        guard text.hasSuffix(")"), let open = text.firstIndex(of: "(") else { return (text, []) }
        var arguments = [""]
        var depth = 0
        for character in text[text.index(after: open)...].dropLast() {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                arguments.append("")
            } else {
                arguments[arguments.count - 1].append(character)
            }
        }
        return (String(text[..<open]), arguments)
    }
}

extension ValueFormat where Value == RecordFormat {
    /// A format's name.
    package static var recordFormat: ValueFormat {
        ValueFormat("FORMAT") { text throws(ValueProblem) in
            guard let format = RecordFormat(text) else {
                throw ValueProblem(
                    "must be a format, not '\(text)'",
                    hint:
                        "auto, string, int16, int32, int64, float, double, bool, uuid, json, hex, base64, or such as windowed(string,60000)"
                )
            }
            return format
        }
    }
}
