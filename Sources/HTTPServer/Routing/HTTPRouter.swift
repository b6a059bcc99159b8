/// Gives each request to the route that is meant; the longest path wins.
///
/// A path that nobody has is answered with 404 and the list of what there is, another method with 405 and `Allow`.
public struct HTTPRouter: Sendable {
    /// What there is.
    public let routes: [HTTPRoute]

    /// A router; of two routes with one path and method the first counts.
    public init(_ routes: [HTTPRoute]) { self.routes = routes }

    /// Answers `request`.
    public func answer(_ request: HTTPRequest) async -> HTTPResponse {
        let there = routes.filter { $0.path.matches(request.path) }
        guard let longest = there.map({ $0.path.text.utf8.count }).max() else {
            return .text("there is no '\(Self.printable(request.path))' here\n\n\(list)", status: 404)
        }
        let nearest = there.filter { $0.path.text.utf8.count == longest }
        if let route = nearest.first(where: { $0.takes(request.method) }) { return await route.handler(request) }
        var methods: [String] = []
        for method in nearest.flatMap(\.allowed) where !methods.contains(method) { methods.append(method) }
        var response = HTTPResponse.text(
            "'\(Self.printable(request.path))' takes \(methods.joined(separator: ", ")) only\n", status: 405)
        response.headers.append(HTTPField("Allow", methods.joined(separator: ", ")))
        return response
    }

    /// What there is, a line each.
    public var list: String {
        let shown = routes.filter { !$0.summary.isEmpty }
        let width = shown.map { $0.path.text.count }.max() ?? 0
        return shown.map { route in
            let path = route.path.text
            return path + String(repeating: " ", count: width - path.count + 2) + route.summary + "\n"
        }.joined()
    }

    /// A client's words, short and without what would change the look of an answer.
    private static func printable(_ text: String) -> String {
        String(text.prefix(200).map { $0.isASCII && ($0.isLetter || $0.isNumber || "/-._~%".contains($0)) ? $0 : "?" })
    }
}

extension HTTPRoute {
    var allowed: [String] { methods.contains("GET") ? methods + ["HEAD"] : methods }

    func takes(_ method: String) -> Bool { allowed.contains(method) }
}
