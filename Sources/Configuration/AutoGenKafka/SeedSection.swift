import Console
import JSON

/// Reads a section of AutoGen-Kafka's files key by key, and tells the keys that nobody asked for.
struct SeedSection {
    let name: String
    private let node: ConfigurationNode?
    private var asked: [String] = []
    private(set) var problems: [ConfigurationProblem] = []

    /// The section `node`, called `name` in messages.
    init(_ name: String, _ node: ConfigurationNode?) {
        self.name = name
        self.node = node
        if let node, node.entries == nil, !node.isNull {
            problems.append(ConfigurationProblem("'\(name)' is a section, not \(node.shape)", at: node.origin))
        }
    }

    /// The first of `keys` that is there; that two of them are is a problem.
    private mutating func find(_ keys: [String]) -> ConfigurationEntry? {
        asked += keys
        let found = (node?.entries ?? []).filter { keys.contains($0.name) && !$0.node.isNull }
        if found.count > 1 {
            problems.append(
                ConfigurationProblem(
                    "'\(name).\(found[0].name)' and '\(name).\(found[1].name)' say the same", at: found[1].origin,
                    hint: "keep one of them"))
        }
        return found.first
    }

    mutating func text(_ keys: String...) -> String? {
        guard let entry = find(keys) else { return nil }
        guard let scalar = entry.node.scalar else {
            problems.append(
                ConfigurationProblem(
                    "'\(name).\(entry.name)' is one value, not \(entry.node.shape)", at: entry.node.origin))
            return nil
        }
        return scalar.text
    }

    /// Text that must be there.
    mutating func required(_ keys: String...) -> String {
        guard let entry = find(keys) else {
            problems.append(
                ConfigurationProblem("'\(name).\(keys[0])' is required", at: node?.origin, hint: nil))
            return ""
        }
        guard let scalar = entry.node.scalar else {
            problems.append(
                ConfigurationProblem(
                    "'\(name).\(entry.name)' is one value, not \(entry.node.shape)", at: entry.node.origin))
            return ""
        }
        return scalar.text
    }

    mutating func integer(_ key: String) -> Int? {
        guard let entry = find([key]) else { return nil }
        // A number may come as text, from a variable: the setting says that it is one.
        if let scalar = entry.node.scalar {
            if case .integer(let number) = CoreSchema.integer(scalar.text) { return Int(number) }
        }
        problems.append(ConfigurationProblem("'\(name).\(key)' must be a whole number", at: entry.node.origin))
        return nil
    }

    mutating func truth(_ key: String) -> Bool? {
        guard let entry = find([key]) else { return nil }
        switch entry.node.scalar?.text.lowercased() {
        case "true": return true
        case "false": return false
        default:
            problems.append(ConfigurationProblem("'\(name).\(key)' must be true or false", at: entry.node.origin))
            return nil
        }
    }

    /// A list, or one text with commas; nil when there is none.
    mutating func list(_ key: String) -> [String]? {
        guard let entry = find([key]) else { return nil }
        guard let texts = entry.node.texts else {
            problems.append(ConfigurationProblem("'\(name).\(key)' must be a list", at: entry.node.origin))
            return nil
        }
        return texts.flatMap { $0.split(separator: ",") }.map { text in
            String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }.filter { !$0.isEmpty }
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ type: Choice.Type, _ keys: String...
    ) -> Choice? where Choice.RawValue == String {
        guard let entry = find(keys) else { return nil }
        let text = entry.node.scalar?.text ?? ""
        if let choice = Choice(rawValue: text) ?? Choice(rawValue: text.uppercased()) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        problems.append(
            ConfigurationProblem(
                "'\(name).\(entry.name)' must be one of \(names.joined(separator: ", "))", at: entry.node.origin,
                hint: Suggestions.hint(for: text, among: names)))
        return nil
    }

    mutating func section(_ key: String) -> ConfigurationNode? { find([key])?.node }

    /// Adds a problem for each key that nobody asked for.
    mutating func finish() {
        for entry in node?.entries ?? [] where !asked.contains(entry.name) {
            problems.append(
                ConfigurationProblem(
                    "there is no setting '\(name).\(entry.name)'", at: entry.origin,
                    hint: Suggestions.hint(for: entry.name, among: asked)
                        ?? "'\(name)' has \(asked.sorted().joined(separator: ", "))"))
        }
    }
}
