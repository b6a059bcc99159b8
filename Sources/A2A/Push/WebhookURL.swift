import Foundation

/// Where a webhook is, as far as its URL says.
struct WebhookURL {
    let url: URL
    let host: String
    /// Whether it is plain `http`.
    let isPlain: Bool

    init(_ text: String) throws(A2AFormatError) {
        guard text.utf8.count <= 2_048, let url = URL(string: text), let scheme = url.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = url.host?.lowercased(), !host.isEmpty, url.user == nil
        else {
            throw A2AFormatError("'url' of a push configuration must be http or https, with a host and without a user")
        }
        self.url = url
        self.host = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        isPlain = scheme == "http"
    }

    /// Whether the URL itself names this machine, a private network, or what only resolves inside of one.
    var isPrivateLiteral: Bool {
        let name = host.hasSuffix(".") ? String(host.dropLast()) : host
        if name == "localhost" || [".localhost", ".local", ".internal"].contains(where: name.hasSuffix) { return true }
        return Self.isPrivate(address: name) || Self.isOddNumber(name)
    }

    /// Whether the host is, or resolves to, an address that is not of the open internet; blocks for the resolution.
    var isPrivate: Bool {
        isPrivateLiteral || Host(name: host).addresses.contains { Self.isPrivate(address: $0) }
    }

    /// An address written as one number, in hexadecimal or in octal, which C libraries understand.
    private static func isOddNumber(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ part in !part.isEmpty && (part.hasPrefix("0x") || part.allSatisfy(\.isNumber)) })
        else {
            return false
        }
        return parts.count != 4 || parts.contains { $0.count > 1 && $0.hasPrefix("0") }
    }

    /// Whether an address is this machine's, a private network's, or of a range with a purpose of its own.
    static func isPrivate(address: String) -> Bool {
        if address.contains(":") {
            let text = address.split(separator: "%").first.map { $0.lowercased() } ?? ""
            // An IPv4 address in IPv6's clothes is judged as what it is.
            if text.contains("."), let inner = text.split(separator: ":").last {
                return isPrivate(address: String(inner))
            }
            return text == "::" || text == "::1"
                || ["fc", "fd", "fe8", "fe9", "fea", "feb", "ff", "::ffff:", "64:ff9b:"]
                    .contains { text.hasPrefix($0) }
        }
        let bytes = address.split(separator: ".").compactMap { UInt8($0) }
        guard bytes.count == 4 else { return false }
        switch (bytes[0], bytes[1]) {
        case (0, _), (10, _), (127, _), (169, 254), (192, 168), (224..., _): return true
        case (172, 16...31), (100, 64...127), (198, 18...19): return true
        default: return bytes[0] == 192 && bytes[1] == 0 && bytes[2] == 0
        }
    }
}
