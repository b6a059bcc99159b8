/// Bytes that are not what a serde expects, or a value that it cannot write.
public struct SerdeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public enum Code: String, Sendable, Hashable {
        /// A null where a value is required.
        case null
        /// Bytes that do not have the format.
        case malformed
        /// A value that the format cannot express.
        case unencodable
    }

    /// What is wrong.
    public let code: Code
    /// The serde, as ``Serde/description``.
    public let serde: String
    /// What is wrong, in words, with the place in the bytes where it is known.
    public let reason: String

    /// An error of the serde `serde`.
    public init(_ code: Code, serde: String, reason: String) {
        self.code = code
        self.serde = serde
        self.reason = reason
    }

    /// For example `not a valid int64: 3 bytes instead of 8`.
    public var description: String {
        switch code {
        case .null: "null where a value of type \(serde) is required"
        case .malformed: "not a valid \(serde): \(reason)"
        case .unencodable: "cannot be written as \(serde): \(reason)"
        }
    }
}
