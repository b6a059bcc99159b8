public import Configuration
import Operations

extension ModelRate {
    /// The rate of the limits `name` in the configuration's section `limits`.
    ///
    /// - Throws: ``ConfigurationError`` when there are none of that name.
    public convenience init(_ name: String, in settings: Configuration.Settings) throws(ConfigurationError) {
        let limits = try settings.limits(name)
        self.init(
            Settings(requestsPerMinute: limits.requestsPerMinute, tokensPerMinute: limits.tokensPerMinute))
    }
}

extension Bulkhead {
    /// The room of the limits `name` in the configuration's section `limits`.
    ///
    /// - Throws: ``ConfigurationError`` when there are none of that name, or they do not say how many calls run at once.
    public convenience init(_ name: String, in settings: Settings) throws(ConfigurationError) {
        let limits = try settings.limits(name)
        guard let most = limits.maxConcurrent else {
            throw ConfigurationError(
                "'limits.\(name).maxConcurrent' is required",
                at: settings.section(SettingPath(["limits", name]))?.origin)
        }
        self.init(maxConcurrent: most, maxWaiting: limits.maxWaiting ?? 1_000)
    }
}
