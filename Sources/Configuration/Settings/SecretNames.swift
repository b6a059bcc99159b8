import Console

/// Which values must never be shown: those declared secret, and those whose names say it.
enum SecretNames {
    private static let words = [
        "password", "passwd", "passphrase", "secret", "token", "apikey", "accesskey", "privatekey", "credential",
        "jaas", "pem", "basicauth", "authorization", "headers",
        "oauthbearerconfig",
    ]
    /// Names with such a word in them that hold no secret: where one is, or how long it lasts.
    private static let harmless = [
        "tokenfile", "tokenendpoint", "tokenendpointurl", "location", "tokens", "maxtokens", "keytab", "tokenlimit",
        "tokensperminute",
    ]

    /// Whether the value at `path` is a secret by its name.
    static func isSecret(_ path: SettingPath) -> Bool {
        guard let name = path.names.last else { return false }
        let plain = name.lowercased().filter { $0.isLetter || $0.isNumber }
        // A section of headers holds a value under each header's name.
        let parent = path.names.dropLast().last?.lowercased() == "headers"
        return parent || (words.contains { plain.contains($0) } && !harmless.contains { plain.hasSuffix($0) })
    }

    /// What stands in the place of a secret.
    static let mask = "***"

    /// `text` with the password of each address in it masked: `http://user:***@host`.
    static func maskAddresses(_ text: String) -> String {
        var shown = ""
        var rest = text[...]
        while let scheme = rest.firstRange(of: "://") {
            shown += rest[..<scheme.upperBound]
            rest = rest[scheme.upperBound...]
            let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" && !$0.isWhitespace }
            guard let at = authority.lastIndex(of: "@") else { continue }
            let user = rest[..<at].prefix { $0 != ":" }
            shown += user.endIndex == at ? mask : user + ":" + mask
            rest = rest[at...]
        }
        return shown + rest
    }
}
