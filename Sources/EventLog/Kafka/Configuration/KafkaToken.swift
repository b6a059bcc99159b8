public import StreamCore

/// A bearer token for SASL OAUTHBEARER, as an identity provider gave it.
public struct KafkaToken: Sendable {
    /// The token itself: a secret.
    public var value: String
    /// Whom it stands for; brokers mostly read that from the token itself.
    public var principal: String
    /// Until when it is valid; a new one is asked for when four fifths of the time are over.
    public var expires: Timestamp
    /// What is sent along with it, by name (KIP-342), such as `logicalCluster`.
    public var extensions: [String: String]

    /// A token.
    public init(_ value: String, principal: String = "", expires: Timestamp, extensions: [String: String] = [:]) {
        self.value = value
        self.principal = principal
        self.expires = expires
        self.extensions = extensions
    }
}

extension KafkaToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Everything but the token itself.
    public var description: String { "KafkaToken(***, principal \(principal), until \(expires))" }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// What `dump` shows: no secrets.
    public var customMirror: Mirror { Mirror(self, children: ["principal": principal, "expires": expires]) }
}
