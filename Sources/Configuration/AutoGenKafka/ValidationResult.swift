/// What a validation found: all of it.
public struct ValidationResult: Sendable, Hashable {
    /// What must be corrected.
    public var errors: [String]
    /// What should be looked at.
    public var warnings: [String]

    /// A result.
    public init(errors: [String] = [], warnings: [String] = []) {
        self.errors = errors
        self.warnings = warnings
    }

    /// Whether there are no errors.
    public var isValid: Bool { errors.isEmpty }
}

/// A configuration that knows its rules.
///
/// Nothing is cached: what is wrong is wrong each time that it is asked, until it is corrected.
public protocol ValidatedConfiguration: Sendable {
    /// All that is wrong, and all that should be looked at.
    func validate() -> ValidationResult
}

extension ValidatedConfiguration {
    /// Refuses a configuration with errors, each time.
    ///
    /// - Returns: the warnings.
    /// - Throws: ``ConfigurationError`` with all errors: "Configuration validation failed: a; b".
    @discardableResult public func ensureValid() throws(ConfigurationError) -> [String] {
        let result = validate()
        guard result.isValid else {
            throw ConfigurationError(
                "Configuration validation failed: \(result.errors.joined(separator: "; "))")
        }
        return result.warnings
    }
}
