public import Console
public import JSON

/// The settings for people: secrets masked, each with where it was said.
public struct SettingsView: Sendable {
    /// A setting with its value for people.
    public struct Row: Sendable {
        /// Which setting.
        public let path: SettingPath
        /// Its value, masked when it is a secret.
        public let value: JSONValue
        /// Where it was said.
        public let origin: ConfigurationOrigin
    }

    /// The settings in the order of the files; then those of variables and flags, then defaults.
    public let rows: [Row]

    /// The view of `settings`.
    ///
    /// - Parameters:
    ///   - settings: the settings.
    ///   - includesDefaults: whether settings that nobody said are shown too.
    ///   - written: what was written on the command line for a parameter.
    public init(
        _ settings: Settings, includesDefaults: Bool, written: (ParameterSpecification) -> [String]? = { _ in nil }
    ) {
        var rows: [Row] = []
        var said: Set<String> = []
        let declared = settings.schema.settings.compactMap { each in each.setting.map { (SettingPath($0), each) } }
        for (path, specification) in declared where !path.names.contains("*") {
            let flags = written(specification)
            guard
                let (texts, origin) = flags.map({ ($0, .flag(specification.name)) })
                    ?? settings.value(of: specification)
            else { continue }
            guard said.insert(path.description).inserted else { continue }
            let values = texts.map { Self.shown($0, at: path, settings) }
            // What a file says keeps its type; what comes as text is text unless it is a switch.
            if let node = settings.node(at: path), node.origin == origin {
                rows.append(Row(path: path, value: Self.mask(node, at: path, settings), origin: origin))
            } else {
                let isList = specification.isRepeatable
                let plain = specification.isFlag ? JSONValue.bool(texts.last != "false") : values.last ?? .null
                rows.append(Row(path: path, value: isList ? .array(values) : plain, origin: origin))
            }
        }
        for entry in settings.entries where said.insert(entry.path.description).inserted {
            let value = Self.mask(entry.node, at: entry.path, settings)
            rows.append(Row(path: entry.path, value: value, origin: entry.node.origin))
        }
        for (name, text) in settings.environment.sorted(by: { $0.key < $1.key }) {
            guard let path = Self.property(name, settings), said.insert(path.description).inserted else { continue }
            rows.append(Row(path: path, value: Self.shown(text, at: path, settings), origin: .variable(name)))
        }
        if includesDefaults {
            for (path, specification) in declared
            where !path.names.contains("*") && said.insert(path.description).inserted {
                let value = specification.defaultText.map { CoreSchema.value(ofPlain: $0) }
                rows.append(
                    Row(
                        path: path, value: specification.isFlag ? .bool(false) : value ?? .null, origin: .standard))
            }
        }
        // Sections stay together, in the order in which they appear first.
        var order: [String: Int] = [:]
        for row in rows where order[row.path.names[0]] == nil { order[row.path.names[0]] = order.count }
        // An application's own come last.
        order["settings"] = .max
        self.rows = rows.enumerated().sorted {
            (order[$0.element.path.names[0]] ?? 0, $0.offset) < (order[$1.element.path.names[0]] ?? 0, $1.offset)
        }.map(\.element)
    }

    /// The property of Kafka that a variable sets; it wins over files, as the log is opened.
    private static func property(_ variable: String, _ settings: Settings) -> SettingPath? {
        let prefix = "TRIBUTARY_KAFKA_"
        guard variable.hasPrefix(prefix), variable != "TRIBUTARY_KAFKA_CONFIG",
            settings.schema.isOpen(SettingPath([SettingPath.kafka]))
        else { return nil }
        let name = variable.dropFirst(prefix.count).lowercased().map { $0 == "_" ? "." : $0 }
        return SettingPath([SettingPath.kafka, String(name)])
    }

    private static func shown(_ text: String, at path: SettingPath, _ settings: Settings) -> JSONValue {
        .string(settings.schema.isSecret(path) ? SecretNames.mask : SecretNames.maskAddresses(text))
    }

    /// `node` as JSON, every secret in it masked.
    private static func mask(_ node: ConfigurationNode, at path: SettingPath, _ settings: Settings) -> JSONValue {
        switch node.content {
        case .scalar(let scalar):
            if scalar.isSecret || settings.schema.isSecret(path) { return .string(SecretNames.mask) }
            guard case .string = scalar.json else { return scalar.json }
            return .string(SecretNames.maskAddresses(scalar.text))
        case .sequence(let nodes): return .array(nodes.map { mask($0, at: path, settings) })
        case .mapping(let entries):
            return .object(
                entries.map { JSONMember($0.name, mask($0.node, at: path.appending($0.name), settings)) })
        }
    }

    /// The tree as JSON; with `origins`, each setting is an object of `value` and `origin`.
    public func json(origins: Bool) -> JSONValue {
        var root = JSONValue.object([])
        for row in rows {
            let value: JSONValue =
                origins
                ? .object([JSONMember("value", row.value), JSONMember("origin", .string("\(row.origin)"))]) : row.value
            root.insert(value, at: row.path.names[...])
        }
        return root
    }

    /// The tree as YAML that can be read again; with `origins`, each setting has a comment that says where it is from.
    public func yaml(origins: Bool) -> String {
        guard !rows.isEmpty else { return "{}\n" }
        var comments: [SettingPath: String] = [:]
        if origins { for row in rows { comments[row.path] = "\(row.origin)" } }
        return YAMLWriter(comments: comments).text(json(origins: false))
    }
}

extension JSONValue {
    /// Puts `value` at `names` below this object, making objects as needed.
    mutating func insert(_ value: JSONValue, at names: ArraySlice<String>) {
        guard let name = names.first else {
            self = value
            return
        }
        var members = members ?? []
        let index = members.firstIndex { $0.name == name }
        var child = index.map { members[$0].value } ?? .object([])
        child.insert(value, at: names.dropFirst())
        if let index {
            members[index].value = child
        } else {
            members.append(JSONMember(name, child))
        }
        self = .object(members)
    }
}
