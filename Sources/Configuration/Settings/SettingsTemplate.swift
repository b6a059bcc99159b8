import Console

/// A configuration with every setting in it, commented out, to begin with.
public struct SettingsTemplate: Sendable {
    private let schema: SettingsSchema

    /// The template of `schema`.
    public init(_ schema: SettingsSchema) { self.schema = schema }

    /// The text: YAML that says nothing until a `#` is taken away.
    public var text: String {
        var text = """
            # A configuration of Tributary: take the # away from what should hold.
            # ${NAME} is an environment variable, ${file:/run/secrets/name} the content of a file.
            # See what is in force, and where it was said, with 'config view --origin'.

            """
        var names: [String] = []
        var sections: [String: [(path: SettingPath, specification: ParameterSpecification)]] = [:]
        for specification in schema.settings {
            guard let path = specification.setting.map({ SettingPath($0) }), let name = path.names.first else {
                continue
            }
            if sections[name] == nil { names.append(name) }
            sections[name, default: []].append((path, specification))
        }
        for path in schema.open where sections[path.names[0]] == nil { names.append(path.names[0]) }
        for name in names {
            text += "\n#\(name):\n"
            var above: [String] = [name]
            for (path, specification) in sections[name] ?? [] {
                let parents = Array(path.names.dropLast())
                for depth in parents.indices where depth >= above.count || above[depth] != parents[depth] {
                    let shown = parents[depth] == "*" ? "NAME" : parents[depth]
                    text += "#\(String(repeating: "  ", count: depth))\(shown):\n"
                    above = Array(parents.prefix(depth + 1))
                }
                above = parents
                let indent = String(repeating: "  ", count: parents.count)
                let value = specification.isSecret ? "${file:/run/secrets/name}" : Self.value(specification)
                text += "#\(indent)# \(specification.help)\(Self.remark(specification))\n"
                text += "#\(indent)\(path.names.last ?? ""): \(value)\n"
            }
            if schema.isOpen(SettingPath([name])) { text += Self.note(name) }
        }
        return text + "\n#profiles:\n#  prod:\n#    # The same settings again; they win when --profile prod is said.\n"
    }

    private static func note(_ name: String) -> String {
        name == SettingPath.kafka
            ? "#  # any property of librdkafka, such as\n#  security.protocol: SASL_SSL\n"
            : "#  # settings of the application's own\n"
    }

    private static func value(_ specification: ParameterSpecification) -> String {
        if specification.isFlag { return "false" }
        return YAMLWriter.quoted(writableDefault(specification) ?? specification.placeholder)
    }

    /// The default, unless it is only described: what stands in the file must be a value that may stand there.
    private static func writableDefault(_ specification: ParameterSpecification) -> String? {
        guard let text = specification.defaultText, (try? specification.check([text])) != nil else { return nil }
        return text
    }

    /// What holds without a value, when that cannot stand in the file.
    private static func remark(_ specification: ParameterSpecification) -> String {
        guard !specification.isFlag, let text = specification.defaultText, writableDefault(specification) == nil
        else { return "" }
        return "; without, \(text)"
    }
}
