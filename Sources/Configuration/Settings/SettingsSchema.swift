public import Console

/// Which settings there are: each is a parameter of some command, declared once for flag, variable and file.
public struct SettingsSchema: Sendable {
    /// The settings, each with a path; `*` in a path stands for any name.
    public let settings: [ParameterSpecification]
    /// Sections whose names are free, such as the properties of Kafka.
    public let open: [SettingPath]
    /// Other names of settings.
    let aliases: [String: String]
    private let byPath: [SettingPath: ParameterSpecification]
    private let patterns: [(path: SettingPath, specification: ParameterSpecification)]

    /// A schema.
    ///
    /// - Parameters:
    ///   - settings: the parameters that have a setting; others are left out.
    ///   - open: sections whose names are free.
    ///   - aliases: other names of settings, by path.
    public init(
        _ settings: [ParameterSpecification], open: [SettingPath] = [], aliases: [String: String] = [:]
    ) {
        self.settings = settings.filter { $0.setting != nil }
        self.open = open
        self.aliases = aliases
        let pairs = settings.compactMap { setting in setting.setting.map { (SettingPath($0), setting) } }
        byPath = Dictionary(pairs) { first, _ in first }
        patterns = pairs.filter { $0.0.names.contains("*") }
    }

    /// What is declared at `path`; nil for nothing.
    func specification(of path: SettingPath) -> ParameterSpecification? {
        byPath[path] ?? patterns.first { path.matches($0.path) }?.specification
    }

    /// Whether `path` lies in a section whose names are free.
    func isOpen(_ path: SettingPath) -> Bool { open.contains { path == $0 || path.isBelow($0) } }

    /// Whether settings lie below `path`.
    func isSection(_ path: SettingPath) -> Bool {
        isOpen(path) || settings.contains { $0.setting.map { SettingPath($0).isBelow(path) } ?? false }
            || patterns.contains { $0.path.names.count > path.names.count && path.matches($0.path.prefix(path)) }
    }

    /// Whether the value at `path` must never be shown.
    public func isSecret(_ path: SettingPath) -> Bool {
        specification(of: path)?.isSecret == true || SecretNames.isSecret(path)
    }

    /// The problem that nothing is declared at `path`.
    func unknown(_ path: SettingPath, at origin: ConfigurationOrigin) -> ConfigurationProblem {
        let paths = settings.compactMap { $0.setting.map { SettingPath($0) } }
        if let value = paths.first(where: { path.isBelow($0) }) {
            return ConfigurationProblem(
                "'\(value)' is one value, not a section", at: origin,
                hint: specification(of: value).map { "write \(value.names.last ?? ""): \($0.placeholder)" })
        }
        if paths.contains(where: { $0.isBelow(path) }) {
            return ConfigurationProblem(
                "'\(path)' is a section, not one value", at: origin, hint: "write its settings below it")
        }
        return ConfigurationProblem(
            "there is no setting '\(path)'", at: origin, hint: suggestion(for: path, among: paths))
    }

    /// `did you mean 'app.threads'?`: the name where the path leaves what is known, else the same name elsewhere.
    private func suggestion(for path: SettingPath, among paths: [SettingPath]) -> String {
        let everything = paths + open
        for depth in path.names.indices {
            let above = SettingPath(Array(path.names.prefix(depth)))
            let names = everything.filter { $0.names.count > depth && above.matches($0.prefix(above)) }
                .map { $0.names[depth] }
            if names.contains(path.names[depth]) || names.contains("*") { continue }
            let siblings = Set(names)
            if siblings.isEmpty { break }
            if let same = siblings.first(where: { SettingPath.shout($0) == SettingPath.shout(path.names[depth]) }) {
                return "did you mean '\(above.appending(same))'?"
            }
            let shown = siblings.sorted().map { depth == 0 ? $0 : above.appending($0).description }
            let own = depth == 0 ? path.names[0] : above.appending(path.names[depth]).description
            let short = siblings.sorted()
            if let hint = Suggestions.hint(for: path.names[depth], among: short) {
                let name = zip(short, shown).first { hint.contains("'\($0.0)'") }?.1 ?? own
                return "did you mean '\(name)'?"
            }
            if let elsewhere = paths.first(where: { $0.names.last == path.names.last }) {
                return "did you mean '\(elsewhere)'?"
            }
            let list = depth == 0 ? "sections are" : "'\(above)' has"
            return "\(list) \(short.joined(separator: ", "))"
        }
        return "see 'config view --all'"
    }

    /// What is wrong with `node` as the value of `specification`; the message shows no secret.
    func problem(
        with node: ConfigurationNode, at path: SettingPath, as specification: ParameterSpecification
    ) -> ConfigurationProblem? {
        guard let texts = node.texts else {
            return ConfigurationProblem("'\(path)' is one value, not \(node.shape)", at: node.origin)
        }
        if node.elements != nil, !specification.isRepeatable, specification.setting != nil, !specification.takesList {
            return ConfigurationProblem("'\(path)' is one value, not a list", at: node.origin)
        }
        return Self.problem(
            with: texts, at: path, as: specification,
            isShown: !isSecret(path) && node.scalar?.isSubstituted != true, origin: node.origin)
    }

    static func problem(
        with texts: [String], at path: SettingPath, as specification: ParameterSpecification, isShown: Bool,
        origin: ConfigurationOrigin
    ) -> ConfigurationProblem? {
        if specification.isFlag, let text = texts.last, text != "true", text != "false" {
            let shown = isShown ? ", not '\(text)'" : ""
            return ConfigurationProblem("'\(path)' must be true or false\(shown)", at: origin)
        }
        do throws(ValueProblem) {
            try specification.check(texts)
            return nil
        } catch {
            let reason = isShown ? error.message : "has a value that is not accepted (it is not shown)"
            return ConfigurationProblem("'\(path)' \(reason)", at: origin, hint: isShown ? error.hint : nil)
        }
    }
}

extension ParameterSpecification {
    /// Whether a list of values is one text with commas: names of servers.
    var takesList: Bool { setting == "kafka.bootstrap.servers" }
}

extension ConfigurationNode {
    /// The value as a property of Kafka, a list with commas; nil for what is none.
    public var propertyText: String? {
        guard let texts, !texts.isEmpty else { return nil }
        return texts.joined(separator: ",")
    }

    /// The values as texts: one of a scalar, none of null, one each of a list; nil for what holds sections.
    var texts: [String]? {
        switch content {
        case .scalar(let scalar): return scalar.isNull ? [] : [scalar.settingText]
        case .mapping: return nil
        case .sequence(let nodes):
            var texts: [String] = []
            for node in nodes {
                guard let scalar = node.scalar else { return nil }
                texts.append(scalar.settingText)
            }
            return texts
        }
    }
}

extension ConfigurationScalar {
    /// The text as settings take it: as written, whole numbers of other bases in decimal, truth in one spelling.
    var settingText: String {
        switch json {
        case .bool where ["True", "TRUE", "False", "FALSE"].contains(text): text.lowercased()
        case .integer(let number) where text.hasPrefix("0x") || text.hasPrefix("0o"): "\(number)"
        default: text
        }
    }
}
