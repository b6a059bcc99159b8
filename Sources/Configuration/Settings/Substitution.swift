import Foundation
import JSON

/// Replaces `${NAME}`, `${NAME:-otherwise}`, `${env:NAME}` and `${file:/path}` in values; `$${` is a plain `${`.
struct Substitution {
    /// The largest file of one value, in bytes.
    static let fileLimit = 1 << 20

    let environment: [String: String]
    private(set) var problems: [ConfigurationProblem] = []
    private(set) var warnings: [ConfigurationProblem] = []

    init(_ environment: [String: String]) { self.environment = environment }

    /// `node` with all references resolved; what cannot be resolved stays and becomes a problem.
    mutating func resolve(_ node: ConfigurationNode) -> ConfigurationNode {
        var copy = node
        switch node.content {
        case .scalar(let scalar): copy.content = .scalar(resolve(scalar, at: node.origin))
        case .sequence(let nodes):
            var resolved: [ConfigurationNode] = []
            for node in nodes { resolved.append(resolve(node)) }
            copy.content = .sequence(resolved)
        case .mapping(let entries):
            var resolved: [ConfigurationEntry] = []
            for entry in entries {
                resolved.append(ConfigurationEntry(entry.name, at: entry.origin, resolve(entry.node)))
            }
            copy.content = .mapping(resolved)
        }
        return copy
    }

    private mutating func resolve(
        _ scalar: ConfigurationScalar, at origin: ConfigurationOrigin
    ) -> ConfigurationScalar {
        guard case .string = scalar.json, scalar.text.contains("${") else { return scalar }
        var text = ""
        var found = scalar
        var rest = scalar.text[...]
        while let start = rest.firstRange(of: "${") {
            let before = rest[..<start.lowerBound]
            if before.last == "$" {
                text += before.dropLast() + "${"
                rest = rest[start.upperBound...]
                continue
            }
            text += before
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                problems.append(
                    ConfigurationProblem("'${' has no '}'", at: origin, hint: "$${ is a plain ${"))
                return scalar
            }
            let reference = String(rest[start.upperBound..<end])
            guard let value = value(of: reference, at: origin) else { return scalar }
            text += value
            found.isSubstituted = true
            if reference.hasPrefix("file:") { found.isSecret = true }
            rest = rest[rest.index(after: end)...]
        }
        found.text = text + rest
        found.json = .string(found.text)
        return found
    }

    private mutating func value(of reference: String, at origin: ConfigurationOrigin) -> String? {
        if reference.hasPrefix("file:") { return content(of: String(reference.dropFirst(5)), at: origin) }
        let plain = reference.hasPrefix("env:") ? reference.dropFirst(4) : reference[...]
        let fallback = plain.firstRange(of: ":-")
        let name = String(fallback.map { plain[..<$0.lowerBound] } ?? plain)
        guard !name.isEmpty,
            name.utf8.allSatisfy({
                $0 == 0x5f || Character(Unicode.Scalar($0)).isLetter || Character(Unicode.Scalar($0)).isNumber
            })
        else {
            problems.append(
                ConfigurationProblem(
                    "this is no reference", at: origin,
                    hint: "write ${NAME}, ${NAME:-otherwise} or ${file:/path}; $${ is a plain ${"))
            return nil
        }
        let value = environment[name]
        if let fallback { return value.flatMap { $0.isEmpty ? nil : $0 } ?? String(plain[fallback.upperBound...]) }
        if value == nil {
            problems.append(
                ConfigurationProblem(
                    "the environment variable '\(name)' is not set", at: origin,
                    hint: "set it, or say what holds otherwise: ${\(name):-otherwise}"))
        }
        return value
    }

    private mutating func content(of path: String, at origin: ConfigurationOrigin) -> String? {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
            problems.append(ConfigurationProblem("there is no file '\(path)'", at: origin))
            return nil
        }
        guard let handle = FileHandle(forReadingAtPath: path) else {
            problems.append(ConfigurationProblem("the file '\(path)' may not be read by this user", at: origin))
            return nil
        }
        defer { try? handle.close() }
        let data: Data
        do {
            data = try handle.read(upToCount: Self.fileLimit + 1) ?? Data()
        } catch {
            problems.append(ConfigurationProblem("the file '\(path)' cannot be read", at: origin))
            return nil
        }
        guard data.count <= Self.fileLimit, var text = String(data: data, encoding: .utf8) else {
            problems.append(ConfigurationProblem("the file '\(path)' is no short UTF-8 text", at: origin))
            return nil
        }
        if SecretFileMode.isReadByAll(path) {
            warnings.append(
                ConfigurationProblem(
                    "'\(path)' holds a secret and can be read by every user", at: origin, hint: "chmod 600 \(path)"))
        }
        while let last = text.last, last.isNewline { text.removeLast() }
        return text
    }
}

/// Who may read a file that holds a secret.
enum SecretFileMode {
    /// Whether users other than owner and group may.
    static func isReadByAll(_ path: String) -> Bool {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue ?? 0
        return mode & 0o004 != 0
    }
}
