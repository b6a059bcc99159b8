public import Schemas

/// How a registry is reached; what it prints never has a secret in it.
public struct RegistryConnection: Sendable, CustomStringConvertible {
    /// Who asks.
    public enum Credentials: Sendable, CustomStringConvertible {
        /// Nobody in particular.
        case none
        /// A name and a password.
        case basic(user: String, password: String)
        /// A token.
        case bearer(String)

        /// The kind, without the secret.
        public var description: String {
            switch self {
            case .none: "no credentials"
            case .basic(let user, _): "user '\(user)'"
            case .bearer: "a bearer token"
            }
        }
    }

    /// The addresses, `http://…` or `https://…`, tried in order from the one that answered last.
    public let addresses: [String]
    /// Who asks.
    public var credentials: Credentials
    /// How long one request may take.
    public var timeout: Duration
    /// How often all addresses are tried before the registry counts as away.
    public var attempts: Int
    /// How long an id that the registry does not know is not asked for again.
    public var unknownFor: Duration

    /// A connection.
    ///
    /// Certificates are checked against the system's authorities; the environment's `URLSessionCertificateAuthorityInfoFile` names a file
    /// of others. Certificates of clients are not supported.
    ///
    /// - Parameters:
    ///   - addresses: one or several separated by commas, as `schema.registry.url` has them. A name and a password in the first are taken
    ///     as credentials.
    ///   - credentials: who asks.
    ///   - timeout: how long one request may take.
    ///   - attempts: how often all addresses are tried.
    ///   - unknownFor: how long an unknown id is not asked for again.
    /// - Throws: ``SchemaRegistryError``, `.notUnderstood`, when there is no address or one is malformed.
    public init(
        _ addresses: String, credentials: Credentials = .none, timeout: Duration = .seconds(10), attempts: Int = 3,
        unknownFor: Duration = .seconds(30)
    ) throws(SchemaRegistryError) {
        var found: [String] = []
        var credentials = credentials
        for part in addresses.split(separator: ",") {
            let (address, own) = try RegistryAddress.parse(String(part))
            found.append(address)
            if let own, case .none = credentials { credentials = .basic(user: own.user, password: own.password) }
        }
        guard !found.isEmpty else {
            throw SchemaRegistryError(.notUnderstood, "a registry needs an address, such as http://localhost:8081")
        }
        self.addresses = found
        self.credentials = credentials
        self.timeout = timeout
        self.attempts = max(1, attempts)
        self.unknownFor = unknownFor
    }

    /// The addresses and who asks.
    public var description: String { "\(addresses.joined(separator: ", ")) (\(credentials))" }
}
