/// The settings of one file, or of one profile in it, as a flat list.
struct SettingsLayer {
    /// A value and its path.
    struct Entry: Sendable {
        let path: SettingPath
        /// Where the name was written.
        let origin: ConfigurationOrigin
        var node: ConfigurationNode
    }

    /// The values in the order they were written, each path once.
    private(set) var entries: [Entry] = []
    private(set) var problems: [ConfigurationProblem] = []
    private var places: [String: Int] = [:]

    /// The layer of `root`, without its profiles.
    init(_ root: ConfigurationNode, aliases: [String: String]) {
        for entry in root.entries ?? [] where entry.name != Self.profiles {
            add(entry, below: SettingPath([String]()), aliases)
        }
        if let profiles = root[Self.profiles], profiles.entries == nil, !profiles.isNull {
            problems.append(
                ConfigurationProblem("'\(Self.profiles)' is a section, not \(profiles.shape)", at: profiles.origin))
        }
    }

    /// The section of profiles.
    static let profiles = "profiles"

    private mutating func add(_ entry: ConfigurationEntry, below above: SettingPath, _ aliases: [String: String]) {
        // Properties of Kafka have dots in their names, and may be written as sections too; app.threads may be one name.
        let written = above.appending(entry.name)
        let name = aliases[written.description] ?? written.description
        let isSplit = written.names.count == 1 || written.names.first == SettingPath.kafka
        let path = name != written.description || isSplit ? SettingPath(name) : written
        // A section without anything in it stays, for whoever decodes it.
        if let entries = entry.node.entries, !entries.isEmpty {
            for entry in entries { add(entry, below: path, aliases) }
            return
        }
        if let other = places[path.description] {
            problems.append(
                ConfigurationProblem(
                    "'\(path)' is said twice: at \(entries[other].origin) too", at: entry.origin,
                    hint: "keep one of them"))
            return
        }
        places[path.description] = entries.count
        entries.append(Entry(path: path, origin: entry.origin, node: entry.node))
    }
}
