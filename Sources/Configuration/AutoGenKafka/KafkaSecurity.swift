/// How clients talk to brokers.
public enum SecurityProtocol: String, Sendable, Hashable, CaseIterable {
    /// Unencrypted, anybody.
    case plaintext = "PLAINTEXT"
    /// Encrypted; certificates say who.
    case ssl = "SSL"
    /// Unencrypted, with SASL.
    case saslPlaintext = "SASL_PLAINTEXT"
    /// Encrypted, with SASL.
    case saslSSL = "SASL_SSL"

    /// Whether SASL says who the client is.
    public var usesSASL: Bool { self == .saslPlaintext || self == .saslSSL }
}

/// How a client says who it is.
public enum SASLMechanism: String, Sendable, Hashable, CaseIterable {
    /// User and password.
    case plain = "PLAIN"
    /// Kerberos.
    case gssapi = "GSSAPI"
    /// User and password, which is not sent.
    case scramSHA256 = "SCRAM-SHA-256"
    /// User and password, which is not sent.
    case scramSHA512 = "SCRAM-SHA-512"
    /// A token of an identity provider.
    case oauthBearer = "OAUTHBEARER"

    /// Whether it needs a user and a password.
    public var needsPassword: Bool {
        switch self {
        case .plain, .scramSHA256, .scramSHA512: true
        case .gssapi, .oauthBearer: false
        }
    }
}

/// Who the client is to brokers, and how the way to them is protected.
public struct KafkaSecurity: Sendable, Hashable {
    /// How to talk to them; nil leaves it to librdkafka, which means PLAINTEXT.
    public var securityProtocol: SecurityProtocol?
    /// How to say who one is.
    public var mechanism: SASLMechanism?
    /// The user of PLAIN and SCRAM.
    public var username: String?
    /// Its password.
    public var password: SecretText?
    /// The file with the certificates of authorities to trust; it needs no certificate of the client.
    public var caLocation: String?
    /// The file with the client's certificate.
    public var certificateLocation: String?
    /// The file with its key.
    public var keyLocation: String?
    /// The password of that key.
    public var keyPassword: SecretText?
    /// Kerberos' name of the brokers' service.
    public var kerberosService: String?
    /// The file of Kerberos keys.
    public var kerberosKeytab: String?
    /// The client's name at Kerberos.
    public var kerberosPrincipal: String?

    /// No security.
    public init() {}

    func check(_ result: inout ValidationResult) {
        let speaksSASL = securityProtocol.map(\.usesSASL) ?? false
        if let mechanism, mechanism.needsPassword, securityProtocol.map({ $0 != .plaintext }) ?? false,
            username?.isEmpty ?? true || password?.isEmpty ?? true
        {
            let name = mechanism == .plain ? "PLAIN" : mechanism.rawValue
            result.errors.append("SASL \(name) authentication requires both username and password")
        }
        if mechanism != nil, !speaksSASL {
            result.warnings.append(
                "security_mechanism is set but security_protocol uses no SASL, so it has no effect")
        }
        if speaksSASL, mechanism == nil { result.errors.append("SASL requires security_mechanism") }
        if (certificateLocation == nil) != (keyLocation == nil) {
            result.errors.append("SSL client certificate and key locations must be given together")
        }
    }

    /// librdkafka's properties.
    public var properties: [String: String] {
        var properties: [String: String] = [:]
        properties["security.protocol"] = securityProtocol?.rawValue
        properties["sasl.mechanism"] = mechanism?.rawValue
        properties["sasl.username"] = username
        properties["sasl.password"] = password?.reveal()
        properties["ssl.ca.location"] = caLocation
        properties["ssl.certificate.location"] = certificateLocation
        properties["ssl.key.location"] = keyLocation
        properties["ssl.key.password"] = keyPassword?.reveal()
        properties["sasl.kerberos.service.name"] = kerberosService
        properties["sasl.kerberos.keytab"] = kerberosKeytab
        properties["sasl.kerberos.principal"] = kerberosPrincipal
        return properties
    }
}
