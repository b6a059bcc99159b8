import Foundation
import Schemas

/// Addresses of registries.
enum RegistryAddress {
    /// The address without slash at its end and without credentials, and those.
    static func parse(
        _ text: String
    ) throws(SchemaRegistryError) -> (address: String, credentials: (user: String, password: String)?) {
        let trimmed = text.trimmingCharacters(in: .whitespaces)
        guard var parts = URLComponents(string: trimmed), ["http", "https"].contains(parts.scheme?.lowercased()),
            let host = parts.host, !host.isEmpty, parts.query == nil, parts.fragment == nil
        else {
            // Not the text: it may have a password in it.
            throw SchemaRegistryError(
                .notUnderstood, "the registry's address is none: http://HOST:PORT or https://HOST:PORT is wanted")
        }
        let credentials = parts.user.map { (user: $0, password: parts.password ?? "") }
        (parts.user, parts.password) = (nil, nil)
        while parts.path.hasSuffix("/") { parts.path.removeLast() }
        guard let address = parts.string else {
            throw SchemaRegistryError(.notUnderstood, "the registry's address cannot be used")
        }
        return (address, credentials)
    }

    /// `name` as one step of a path.
    static func step(_ name: String) -> String {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~")
        return name.addingPercentEncoding(withAllowedCharacters: allowed) ?? name
    }
}
