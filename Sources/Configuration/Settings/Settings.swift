public import Console
import StreamCore

/// The settings in force: files and profiles merged, references resolved, everything checked.
public struct Settings: Sendable {
    /// What may be set.
    public let schema: SettingsSchema
    /// The environment variables.
    public let environment: [String: String]
    /// The files that were read, the strongest first.
    public let files: [String]
    /// The profile in force.
    public let profile: String?
    /// What is no error but should be looked at.
    public let warnings: [ConfigurationProblem]
    let entries: [SettingsLayer.Entry]
    private let places: [String: Int]

    /// How many problems are told at once.
    private static let problemLimit = 100

    /// No settings at all: of a program without a configuration.
    public init() {
        schema = SettingsSchema([])
        environment = [:]
        files = []
        profile = nil
        warnings = []
        entries = []
        places = [:]
    }

    /// Merges `layers`, the weakest first, resolves references and checks everything.
    ///
    /// - Throws: ``ConfigurationError`` with all problems.
    init(
        _ layers: [SettingsLayer], _ schema: SettingsSchema, environment: [String: String], files: [String],
        profile: String?
    ) throws(ConfigurationError) {
        self.schema = schema
        self.environment = environment
        self.files = files
        self.profile = profile
        var problems = layers.flatMap(\.problems)
        var substitution = Substitution(environment)
        let merged = Self.merge(layers).map { entry in
            var entry = entry
            entry.node = substitution.resolve(entry.node)
            return entry
        }
        entries = merged
        places = Dictionary(merged.enumerated().map { ($0.element.path.description, $0.offset) }) { first, _ in first }
        problems += substitution.problems
        for entry in merged {
            if problems.count >= Self.problemLimit {
                problems.append(ConfigurationProblem("there is more: this is where the list ends", at: entry.origin))
                break
            }
            if entry.node.entries != nil, schema.isSection(entry.path) { continue }
            if let specification = schema.specification(of: entry.path) {
                if let problem = schema.problem(with: entry.node, at: entry.path, as: specification) {
                    problems.append(problem)
                }
            } else if !schema.isOpen(entry.path) {
                problems.append(schema.unknown(entry.path, at: entry.origin))
            }
        }
        problems += Self.variables(schema, environment)
        guard problems.isEmpty else { throw ConfigurationError(.invalid, problems) }
        warnings = substitution.warnings + Self.exposed(layers, schema)
    }

    /// The strongest value of each path; what is null in a layer takes away what lies below it in weaker ones.
    private static func merge(_ layers: [SettingsLayer]) -> [SettingsLayer.Entry] {
        var merged: [SettingsLayer.Entry?] = []
        var places: [String: Int] = [:]
        for layer in layers {
            for entry in layer.entries {
                if entry.node.isNull {
                    for (path, index) in places
                    where path == entry.path.description || path.hasPrefix("\(entry.path).") {
                        merged[index] = nil
                        places[path] = nil
                    }
                    continue
                }
                if let index = places[entry.path.description] {
                    merged[index] = entry
                } else {
                    places[entry.path.description] = merged.count
                    merged.append(entry)
                }
            }
        }
        let found = merged.compactMap { $0 }
        let sections = Set(found.map(\.path.parent))
        // An empty section says nothing where another layer says something in it.
        return found.filter { entry in
            entry.node.entries == nil || !sections.contains { $0 == entry.path || $0.isBelow(entry.path) }
        }
    }

    /// Warnings of files with a secret in them that every user may read.
    private static func exposed(_ layers: [SettingsLayer], _ schema: SettingsSchema) -> [ConfigurationProblem] {
        var told: Set<String> = []
        return layers.flatMap(\.entries).compactMap { entry in
            guard let scalar = entry.node.scalar, !scalar.isNull, !scalar.text.contains("${"),
                schema.isSecret(entry.path), let path = entry.node.origin.path, SecretFileMode.isReadByAll(path),
                told.insert(path).inserted
            else { return nil }
            return ConfigurationProblem(
                "'\(path)' holds a secret and can be read by every user", at: entry.node.origin,
                hint: "chmod 600 \(path)")
        }
    }

    /// Problems of variables that set something; variables that set nothing are not ours to judge.
    private static func variables(
        _ schema: SettingsSchema, _ environment: [String: String]
    ) -> [ConfigurationProblem] {
        schema.settings.compactMap { specification in
            guard let path = specification.setting.map({ SettingPath($0) }),
                let text = environment[path.variable], !text.isEmpty
            else { return nil }
            return SettingsSchema.problem(
                with: [text], at: path, as: specification, isShown: !schema.isSecret(path),
                origin: .variable(path.variable))
        }
    }

    /// The value at `path` in files and profiles; nil when nothing is said.
    public func node(at path: SettingPath) -> ConfigurationNode? {
        places[path.description].map { entries[$0].node }
    }

    /// The value in force for `specification`, without command line and defaults, and where it was said.
    public func value(of specification: ParameterSpecification) -> (texts: [String], origin: ConfigurationOrigin)? {
        guard let path = specification.setting.map({ SettingPath($0) }) else { return nil }
        for name in specification.environment + [path.variable] {
            if let text = environment[name], !text.isEmpty { return ([text], .variable(name)) }
        }
        guard let node = node(at: path), let texts = node.texts, !texts.isEmpty else { return nil }
        return (specification.takesList ? [texts.joined(separator: ",")] : texts, node.origin)
    }

    /// Everything below `path` in files and profiles as one tree; nil when nothing is said.
    public func section(_ path: SettingPath) -> ConfigurationNode? {
        let below = entries.filter { $0.path == path || $0.path.isBelow(path) }
        guard let first = below.first else { return nil }
        if first.path == path { return first.node }
        var root = ConfigurationNode(.mapping([]), at: first.origin)
        for entry in below {
            root.insert(entry.node, at: entry.path.names.dropFirst(path.names.count), origin: entry.origin)
        }
        return root
    }
}

extension ConfigurationNode {
    /// Puts `node` at `names` below this mapping, making sections as needed.
    mutating func insert(_ node: ConfigurationNode, at names: ArraySlice<String>, origin: ConfigurationOrigin) {
        guard let name = names.first else {
            self = node
            return
        }
        var entries = entries ?? []
        let index = entries.firstIndex { $0.name == name }
        var child = index.map { entries[$0].node } ?? ConfigurationNode(.mapping([]), at: origin)
        child.insert(node, at: names.dropFirst(), origin: origin)
        if let index {
            entries[index].node = child
        } else {
            entries.append(ConfigurationEntry(name, at: origin, child))
        }
        content = .mapping(entries)
    }
}
