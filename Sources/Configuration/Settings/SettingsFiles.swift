import Console
import Foundation

/// Finds the files of a configuration and makes settings of them.
///
/// The strongest first: the profile's own file, the profile's section of the file and of the user's file, the file, the
/// user's file. Flags and variables are stronger than all of them, defaults weaker.
public struct SettingsFiles: Sendable {
    /// The file that was named; nil looks for `tributary.yaml` in `directory`, and for the user's own file.
    public var file: String?
    /// The profile that was named.
    public var profile: String?
    /// Where `tributary.yaml` is looked for.
    public var directory: String
    /// The environment variables.
    public var environment: [String: String]

    /// Files.
    public init(file: String? = nil, profile: String? = nil, directory: String = ".", environment: [String: String]) {
        self.file = file
        self.profile = profile
        self.directory = directory
        self.environment = environment
    }

    /// The names of the file in a folder.
    public static let names = ["tributary.yaml", "tributary.yml", "tributary.json"]

    /// The file of the user: `$XDG_CONFIG_HOME/tributary/config.yaml`, else `~/.config/tributary/config.yaml`.
    public var userFile: String? {
        if let folder = environment["XDG_CONFIG_HOME"], folder.hasPrefix("/") {
            return "\(folder)/tributary/config.yaml"
        }
        guard let home = environment["HOME"], !home.isEmpty else { return nil }
        return "\(home)/.config/tributary/config.yaml"
    }

    /// The file that counts, which need not exist when it was named; nil when there is none.
    ///
    /// - Throws: ``ConfigurationError`` when a folder has several.
    private func mainFile() throws(ConfigurationError) -> String? {
        if let file { return file }
        let found = Self.names.filter { FileManager.default.fileExists(atPath: path($0)) }
        guard found.count < 2 else {
            throw ConfigurationError(
                "there are \(found.joined(separator: " and ")) in \(directory == "." ? "this folder" : directory)",
                hint: "keep one of them, or name one with --config")
        }
        return found.first.map(path)
    }

    private func path(_ name: String) -> String { directory == "." ? name : "\(directory)/\(name)" }

    /// The profiles that the files have, sorted, each with where it is.
    ///
    /// - Throws: ``ConfigurationError`` when a file cannot be read.
    public func profiles() throws(ConfigurationError) -> [(name: String, origin: ConfigurationOrigin)] {
        let main = try mainFile()
        var found: [String: ConfigurationOrigin] = [:]
        for root in try roots(main) {
            for entry in root[SettingsLayer.profiles]?.entries ?? [] where found[entry.name] == nil {
                found[entry.name] = entry.origin
            }
        }
        let folder = main.map(Self.folder) ?? directory
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            guard let profile = Self.profile(of: name), found[profile] == nil else { continue }
            found[profile] = .file(folder == "." ? name : "\(folder)/\(name)", line: 1, column: 1)
        }
        return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// `prod` of `tributary.prod.yaml`.
    private static func profile(of name: String) -> String? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "tributary", !parts[1].isEmpty, Self.endings.contains(String(parts[2]))
        else { return nil }
        return String(parts[1])
    }

    private static let endings = ["yaml", "yml", "json"]

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The roots of the files that are there, the weakest first.
    private func roots(_ main: String?) throws(ConfigurationError) -> [ConfigurationNode] {
        var roots: [ConfigurationNode] = []
        // A file that was named is the whole configuration: what a user keeps at home must not leak into a service.
        if file == nil, let userFile, FileManager.default.fileExists(atPath: userFile) {
            roots.append(try ConfigurationFile.read(userFile))
        }
        if let main { roots.append(try ConfigurationFile.read(main)) }
        return roots
    }

    /// The settings of all files.
    ///
    /// - Throws: ``ConfigurationError`` with all problems.
    public func load(_ schema: SettingsSchema) throws(ConfigurationError) -> Settings {
        let main = try mainFile()
        let roots = try roots(main)
        var layers = roots.map { SettingsLayer($0, aliases: schema.aliases) }
        var files = roots.compactMap(\.origin.path)
        if let profile, !profile.isEmpty {
            var isKnown = false
            for root in roots {
                guard let node = root[SettingsLayer.profiles]?[profile] else { continue }
                isKnown = true
                guard node.entries != nil || node.isNull else {
                    throw ConfigurationError("the profile '\(profile)' is no section", at: node.origin)
                }
                layers.append(SettingsLayer(node, aliases: schema.aliases))
            }
            if let own = ownFile(of: profile, beside: main) {
                isKnown = true
                layers.append(SettingsLayer(try ConfigurationFile.read(own), aliases: schema.aliases))
                files.append(own)
            }
            guard isKnown else { throw unknown(profile, try profiles().map(\.name)) }
        }
        return try Settings(
            layers, schema, environment: environment, files: files.reversed(), profile: profile)
    }

    private func ownFile(of profile: String, beside main: String?) -> String? {
        // A name that leaves the folder names no file in it.
        guard profile.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }) else { return nil }
        let folder = main.map(Self.folder) ?? directory
        return Self.endings.map {
            folder == "." ? "tributary.\(profile).\($0)" : "\(folder)/tributary.\(profile).\($0)"
        }
        .first { FileManager.default.fileExists(atPath: $0) }
    }

    private func unknown(_ profile: String, _ known: [String]) -> ConfigurationError {
        let hint =
            Suggestions.hint(for: profile, among: known)
            ?? (known.isEmpty ? "there are no profiles" : "profiles are \(known.joined(separator: ", "))")
        return ConfigurationError("there is no profile '\(profile)'", hint: hint)
    }
}

extension ConfigurationOrigin {
    /// The file of a place in a file.
    var path: String? {
        guard case .file(let path, _, _) = self else { return nil }
        return path
    }
}
