public import StreamCore

/// Why a registry did not do what it was asked.
public struct SchemaRegistryError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is; the raw value is the registry's own code.
    public enum Code: Int, Sendable, Hashable, CaseIterable {
        /// No such subject.
        case subjectNotFound = 40401
        /// No such version.
        case versionNotFound = 40402
        /// No such schema.
        case schemaNotFound = 40403
        /// The subject was deleted softly before.
        case subjectSoftDeleted = 40404
        /// The subject must be deleted softly first.
        case subjectNotSoftDeleted = 40405
        /// The version was deleted softly before.
        case versionSoftDeleted = 40406
        /// The version must be deleted softly first.
        case versionNotSoftDeleted = 40407
        /// The subject has no compatibility level of its own.
        case levelNotConfigured = 40408
        /// The subject has no mode of its own.
        case modeNotConfigured = 40409
        /// The schema is not well formed.
        case invalidSchema = 42201
        /// The version is neither a number nor `latest`.
        case invalidVersion = 42202
        /// The compatibility level is none.
        case invalidLevel = 42203
        /// The mode is none.
        case invalidMode = 42204
        /// The mode of the subject forbids it.
        case notPermitted = 42205
        /// Other schemas name it.
        case referenced = 42206
        /// The schema breaks the subject's compatibility rule.
        case incompatible = 409
        /// Not allowed to.
        case denied = 401
        /// Something that is no registry answered, or one that does not know what was asked.
        case notUnderstood = 404
        /// The registry cannot be reached or failed; trying again may help.
        case unavailable = 50001
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, to which subject, and what to do.
    public let description: String
    /// For ``Code/incompatible``: each way in which the schemas do not go together, where the registry says so.
    public let reasons: [SchemaIncompatibility]

    /// An error.
    public init(_ code: Code, _ description: String, reasons: [SchemaIncompatibility] = []) {
        self.code = code
        self.description = description
        self.reasons = reasons
    }
}

extension SchemaRegistryError: AskRetryable {
    /// Only a registry that is not there may be there later.
    public var isRetryable: Bool { code == .unavailable }
}
