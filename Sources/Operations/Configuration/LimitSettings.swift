public import Configuration
public import Console

/// Limits of calls in the configuration, below `limits` and a name of their own.
///
/// ```yaml
/// limits:
///   provider: {requestsPerMinute: 500, tokensPerMinute: 200000, maxConcurrent: 8, maxWaiting: 100}
/// ```
public struct LimitSettings: Decodable, Sendable {
    /// Requests in a minute; nil means any number.
    public var requestsPerMinute: Int?
    /// Tokens in a minute; nil means any number.
    public var tokensPerMinute: Int?
    /// How many calls run at once; nil means any number.
    public var maxConcurrent: Int?
    /// How many calls wait; nil means the usual.
    public var maxWaiting: Int?

    /// The settings, for the check of files; there are no options for them.
    public static let parameters: [any AnyParameter] = [
        count("requestsPerMinute", 1, "requests in a minute"), count("tokensPerMinute", 1, "tokens in a minute"),
        count("maxConcurrent", 1, "how many calls run at once"), count("maxWaiting", 0, "how many calls wait"),
    ]

    private static func count(_ name: String, _ least: Int, _ help: String) -> any AnyParameter {
        Parameter.option("limit-\(name)", ValueFormat<Int>.integer(least...Int.max), help: help)
            .setting("limits.*.\(name)")
    }
}

extension Settings {
    /// The limits `name` of the section `limits`.
    ///
    /// - Throws: ``ConfigurationError`` when there are none of that name, with the names that there are.
    public func limits(_ name: String) throws(ConfigurationError) -> LimitSettings {
        try decode(LimitSettings.self, at: try existing(name, in: "limits"))
    }

    /// The path of what is called `name` in `section`.
    func existing(_ name: String, in section: String) throws(ConfigurationError) -> SettingPath {
        let all = self.section(SettingPath(section))
        if all?[name] != nil { return SettingPath([section, name]) }
        let known = all?.entries?.map(\.name) ?? []
        throw ConfigurationError(
            "there is no '\(name)' below '\(section)' in the configuration",
            hint: Suggestions.hint(for: name, among: known)
                ?? (known.isEmpty ? "write it there" : "there are \(known.joined(separator: ", "))"))
    }
}
