import Foundation

/// A file of configuration: YAML, or JSON.
public enum ConfigurationFile {
    /// The largest file that is read, in bytes.
    public static let sizeLimit = 4 << 20

    /// The tree in the file at `path`; an empty file is an empty section.
    ///
    /// `.json` is JSON, `.yml` and `.yaml` are YAML, of others the text decides.
    ///
    /// - Throws: ``ConfigurationError``: not there, not readable, too large, no text, or wrong at a line and column.
    public static func read(_ path: String) throws(ConfigurationError) -> ConfigurationNode {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ConfigurationError(.missing, "there is no configuration file '\(path)'")
        }
        guard !isFolder.boolValue else {
            throw ConfigurationError("'\(path)' is a folder, not a configuration file")
        }
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw ConfigurationError(.denied, "the configuration file '\(path)' may not be read by this user")
        }
        defer { try? handle.close() }
        // One byte more than allowed tells a large file, also one without a size, such as a device, from one that fits.
        let data: Data
        do {
            // At the end of a file, and so in an empty one, there is nothing rather than no bytes.
            data = try handle.read(upToCount: sizeLimit + 1) ?? Data()
        } catch {
            throw ConfigurationError(.denied, "the configuration file '\(path)' cannot be read")
        }
        guard data.count <= sizeLimit else {
            throw ConfigurationError(
                "'\(path)' is larger than \(sizeLimit >> 20) MiB", hint: "is it really a configuration file?")
        }
        return try parse(Array(data), path: path)
    }

    /// The tree in `bytes`, as if they were in a file at `path`.
    ///
    /// - Throws: ``ConfigurationError`` with line and column.
    public static func parse(_ bytes: [UInt8], path: String) throws(ConfigurationError) -> ConfigurationNode {
        let text = try text(bytes, path: path)
        let empty = ConfigurationNode(.mapping([]), at: .file(path, line: 1, column: 1))
        let root = try tree(text, path: path) ?? empty
        guard root.entries != nil else {
            throw ConfigurationError(
                "a configuration is named values, not \(root.shape)", at: root.origin, hint: "write NAME: VALUE")
        }
        return root
    }

    private static func tree(_ text: String, path: String) throws(ConfigurationError) -> ConfigurationNode? {
        switch path.split(separator: ".").last?.lowercased() {
        case "json": return try PositionedJSON.read(text, path: path)
        case "yml", "yaml": return try YAMLReader.read(text, path: path)
        default:
            let first = text.first { !$0.isWhitespace }
            guard first == "{" || first == "[" else { return try YAMLReader.read(text, path: path) }
            if let node = try? PositionedJSON.read(text, path: path) { return node }
            return try YAMLReader.read(text, path: path)
        }
    }

    private static func text(_ bytes: [UInt8], path: String) throws(ConfigurationError) -> String {
        if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
            throw ConfigurationError(
                "'\(path)' is in UTF-16", at: .file(path, line: 1, column: 1), hint: "save it as UTF-8")
        }
        let plain = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes.dropFirst(3) : bytes[...]
        var line = 1
        var start = plain.startIndex
        for (index, byte) in zip(plain.indices, plain) {
            if byte == 0 {
                throw ConfigurationError(
                    "'\(path)' is no text: there is a zero byte",
                    at: .file(path, line: line, column: index - start + 1))
            }
            if byte == UInt8(ascii: "\n") {
                line += 1
                start = index + 1
            }
        }
        guard let text = String(bytes: plain, encoding: .utf8) else {
            throw ConfigurationError("'\(path)' is no UTF-8 text")
        }
        return text
    }
}
