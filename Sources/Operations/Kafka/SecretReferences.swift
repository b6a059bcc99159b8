import Console
import Foundation

/// Values that are kept elsewhere: `${env:NAME}` and `${file:/path}` inside of a property's value; `$${` is `${`.
struct SecretReferences {
    let environment: [String: String]
    /// What to say to people; never a value.
    private(set) var warnings: [String] = []

    init(_ environment: [String: String]) { self.environment = environment }

    /// `text` with its references resolved; `place` says where it was written, for errors.
    ///
    /// - Throws: ``CommandError`` for a variable that is not set or a file that cannot be read.
    mutating func resolve(_ text: String, of property: String, at place: String) throws(CommandError) -> String {
        var resolved = ""
        var rest = text[...]
        while let found = rest.firstRange(of: "${") {
            let before = rest[..<found.lowerBound]
            if before.last == "$" {
                resolved += before.dropLast() + "${"
                rest = rest[found.upperBound...]
                continue
            }
            resolved += before
            guard let end = rest[found.upperBound...].firstIndex(of: "}") else {
                throw .usage(
                    "the Kafka property '\(property)' (\(place)) has '${' without '}'",
                    hint: "write ${env:NAME} or ${file:/path}; $${ is a plain ${")
            }
            resolved += try value(of: rest[found.upperBound..<end], property, place)
            rest = rest[rest.index(after: end)...]
        }
        return resolved + rest
    }

    private mutating func value(
        of reference: Substring, _ property: String, _ place: String
    ) throws(CommandError) -> String {
        let parts = reference.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[0] == "env" || parts[0] == "file" else {
            throw .usage(
                "the Kafka property '\(property)' (\(place)) has a reference that is none",
                hint: "write ${env:NAME} or ${file:/path}; $${ is a plain ${")
        }
        if parts[0] == "file" {
            return try SecretFile.read(parts[1], for: "the Kafka property '\(property)' (\(place))", &warnings)
        }
        guard let value = environment[parts[1]] else {
            throw .usage(
                "the Kafka property '\(property)' (\(place)) refers to the environment variable '\(parts[1])', which is not set",
                hint: "set it, or keep the value in a file: ${file:/path}")
        }
        return value
    }
}

/// A file with one secret.
enum SecretFile {
    /// The content of the file at `path` without the line break at its end.
    ///
    /// - Throws: ``CommandError`` when it cannot be read.
    static func read(
        _ path: String, for purpose: String, _ warnings: inout [String]
    ) throws(CommandError) -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
            throw CommandError(.notFound, "\(purpose) refers to the file '\(path)', which is not there")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandError(.denied, "\(purpose) refers to the file '\(path)', which this user may not read")
        }
        guard var text = String(data: data, encoding: .utf8) else {
            throw CommandError(.failure, "\(purpose) refers to the file '\(path)', which is no UTF-8 text")
        }
        if isReadByAll(path) {
            warnings.append("'\(path)' holds a secret and can be read by every user: chmod 600 \(path)")
        }
        while let last = text.last, last.isNewline { text.removeLast() }
        return text
    }

    /// Whether users other than owner and group may read the file.
    static func isReadByAll(_ path: String) -> Bool {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue ?? 0
        return mode & 0o004 != 0
    }
}
