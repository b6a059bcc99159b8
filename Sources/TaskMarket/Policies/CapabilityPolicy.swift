/// What a provider can do: a value that says of a request whether it is one for it.
public struct CapabilityPolicy: Sendable {
    private let matches: @Sendable (TaskRequest) -> Bool

    /// Whatever `matches` says.
    public init(_ matches: @escaping @Sendable (TaskRequest) -> Bool) { self.matches = matches }

    /// Everything.
    public static let anything = CapabilityPolicy { _ in true }

    /// Requests whose description has all words of one of `skills`, as words and in any order; case does not count, and
    /// neither does whether words are joined by `_`, `-` or space.
    public static func words(_ skills: String...) -> CapabilityPolicy {
        let wanted = skills.map { Set(words(of: $0)) }.filter { !$0.isEmpty }
        return CapabilityPolicy { request in
            let found = Set(words(of: request.description))
            return wanted.contains { $0.isSubset(of: found) }
        }
    }

    /// Requests whose description contains one of `skills`, `_` read as space and case ignored: what the original does, so
    /// that `reporting` matches "unreporting" too.
    public static func substring(_ skills: String...) -> CapabilityPolicy {
        let wanted = skills.map { String($0.lowercased().map { $0 == "_" ? " " : $0 }) }.filter { !$0.isEmpty }
        return CapabilityPolicy { request in
            let description = request.description.lowercased()
            return wanted.contains { description.contains($0) }
        }
    }

    /// Whether `request` is for the provider.
    public func covers(_ request: TaskRequest) -> Bool { matches(request) }

    private static func words(of text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map { String($0) }
    }
}
