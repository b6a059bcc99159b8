import Console

extension Settings {
    /// The section at `path` as a value of `type`: the application's own part of a configuration.
    ///
    /// Texts stay texts; durations are written `250ms`, `5s`; a ``SecretText`` is never shown. A dictionary takes any
    /// names, a structure only its own.
    ///
    /// - Parameters:
    ///   - type: what to make.
    ///   - path: the section, such as `settings`.
    /// - Returns: the value; of an empty section when nothing is said, so that optional members are nil.
    /// - Throws: ``ConfigurationError``: a key that is unknown, missing or malformed, with its place.
    public func decode<Value: Decodable>(_ type: Value.Type, at path: SettingPath) throws(ConfigurationError) -> Value {
        let empty = ConfigurationNode(.mapping([]), at: .standard)
        let record = KeyRecord()
        let decoder = SettingsDecoder(
            node: withVariables(section(path) ?? empty, below: path), path: path, record: record,
            isSecret: schema.isSecret(path))
        let result: Result<Value, ConfigurationError>
        do {
            result = .success(try Value(settings: decoder))
        } catch let error as ConfigurationError {
            result = .failure(error)
        } catch let error as DecodingError {
            // What a type says itself of a value may quote it.
            result = .failure(
                ConfigurationError("'\(error.path ?? path.description)' is not accepted", at: decoder.node.origin))
        } catch {
            result = .failure(ConfigurationError("'\(path)': \(error)", at: decoder.node.origin))
        }
        // What a type had not asked for when it failed may be right.
        if case .success = result, !record.problems.isEmpty { throw ConfigurationError(.invalid, record.problems) }
        return try result.get()
    }

    /// `section` with the values that variables give to what it says already, by name: variables win.
    private func withVariables(_ section: ConfigurationNode, below path: SettingPath) -> ConfigurationNode {
        guard let entries = section.entries else {
            guard section.elements == nil, let text = environment[path.variable], !text.isEmpty else { return section }
            return ConfigurationNode(.scalar(ConfigurationScalar(text)), at: .variable(path.variable))
        }
        var copy = section
        copy.content = .mapping(
            entries.map { entry in
                ConfigurationEntry(
                    entry.name, at: entry.origin, withVariables(entry.node, below: path.appending(entry.name)))
            })
        return copy
    }
}

extension Decodable {
    /// The value that `decoder` stands at; types that settings write in a form of their own are read in it.
    init(settings decoder: SettingsDecoder) throws {
        if Self.self == Duration.self {
            let text = try decoder.text()
            guard let value = Duration(written: text) as? Self else {
                throw decoder.problem("'\(decoder.path)' must be a duration such as 250ms, 5s, 2m, 3h or 7d")
            }
            self = value
        } else {
            try self.init(from: decoder)
        }
    }
}

extension SecretText: Decodable {
    /// A secret is read like any text.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }
}

extension SettingsSchema {
    /// What was meant by `name`, or what there is.
    static func hint(for name: String, among known: [String], in path: SettingPath) -> String {
        Suggestions.hint(for: name, among: known)
            ?? (known.isEmpty ? "'\(path)' has no settings" : "'\(path)' has \(known.joined(separator: ", "))")
    }
}

extension DecodingError {
    /// Where the value is that a type refused.
    fileprivate var path: String? {
        let context: Context
        switch self {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .keyNotFound(_, let found),
            .dataCorrupted(let found):
            context = found
        @unknown default: return nil
        }
        return context.codingPath.isEmpty ? nil : context.codingPath.map(\.stringValue).joined(separator: ".")
    }
}
