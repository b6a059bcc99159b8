import Console
import Foundation

/// A file of properties in Java's form: `name=value` lines, `#` and `!` comments, `\` at the end continues a line.
struct PropertiesFile {
    /// A property, and the line where it starts.
    struct Entry: Equatable {
        let name: String
        let value: String
        let line: Int
    }

    /// The properties, as they come.
    private(set) var entries: [Entry] = []

    /// Reads `text`; errors name `path` and a line, and never show what is on it, which may be a secret.
    ///
    /// - Throws: ``CommandError`` for a line that is no property.
    init(_ text: String, path: String) throws(CommandError) {
        var waiting = ""
        var start = 1
        // A carriage return and the line feed behind it are one character here.
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in lines.enumerated() {
            var line = line.drop { $0 == " " || $0 == "\t" }
            while let last = line.last, last == "\r" || last == " " || last == "\t" { line.removeLast() }
            if waiting.isEmpty {
                start = index + 1
                if line.isEmpty || line.first == "#" || line.first == "!" { continue }
            }
            let backslashes = line.reversed().prefix { $0 == "\\" }.count
            if backslashes % 2 == 1, index + 1 < lines.count {
                waiting += line.dropLast()
                continue
            }
            entries.append(try Self.entry(waiting + line, start, path))
            waiting = ""
        }
    }

    private static func entry(_ text: String, _ line: Int, _ path: String) throws(CommandError) -> Entry {
        var name = ""
        var rest = text[...]
        while let letter = rest.first, letter != "=", letter != ":", letter != " ", letter != "\t" {
            name.append(letter)
            rest = rest.dropFirst()
        }
        rest = rest.drop { $0 == " " || $0 == "\t" }
        guard !name.isEmpty, let separator = rest.first, separator == "=" || separator == ":" else {
            throw .usage(
                "\(path), line \(line): this is no property", hint: "write name=value, or # in front of a comment")
        }
        let value = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
        guard let plain = unescape(value) else {
            throw .usage(
                "\(path), line \(line): the value of '\(name)' has a backslash that means nothing",
                hint: "write a backslash as \\\\")
        }
        return Entry(name: name, value: plain, line: line)
    }

    /// `text` with its escapes resolved as Java does; nil when one is cut short.
    private static func unescape(_ text: Substring) -> String? {
        guard text.contains("\\") else { return String(text) }
        var plain = ""
        var rest = text
        while let letter = rest.popFirst() {
            guard letter == "\\" else {
                plain.append(letter)
                continue
            }
            guard let next = rest.popFirst() else { return nil }
            switch next {
            case "n": plain.append("\n")
            case "t": plain.append("\t")
            case "r": plain.append("\r")
            case "f": plain.append("\u{c}")
            case "u":
                let digits = rest.prefix(4)
                guard digits.count == 4, let code = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(code) else {
                    return nil
                }
                plain.unicodeScalars.append(scalar)
                rest = rest.dropFirst(4)
            default: plain.append(next)
            }
        }
        return plain
    }
}
