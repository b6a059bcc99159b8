/// One thing that a server has to offer: a path, the methods that it takes, and who answers.
public struct HTTPRoute: Sendable {
    /// Which paths are meant.
    public enum Path: Sendable, Hashable {
        /// This one alone.
        case exactly(String)
        /// This one and all below it: `/subjects` and `/subjects/a/versions`, not `/subjectsx`.
        case below(String)
    }

    /// The methods that it takes; `HEAD` is taken where `GET` is.
    public var methods: [String]
    /// Which paths are meant.
    public var path: Path
    /// What is there, half a line for the page that lists all; empty when it is not to be listed.
    public var summary: String
    /// Answers.
    public var handler: HTTPServer.Handler

    /// A route.
    ///
    /// - Parameters:
    ///   - path: which paths are meant.
    ///   - methods: those that it takes.
    ///   - summary: what is there, half a line.
    ///   - handler: answers; several at once.
    public init(
        _ path: Path, methods: [String] = ["GET"], summary: String = "", handler: @escaping HTTPServer.Handler
    ) {
        self.methods = methods
        self.path = path
        self.summary = summary
        self.handler = handler
    }
}

extension HTTPRoute.Path {
    /// The path without its last slash.
    var text: String {
        switch self {
        case .exactly(let text), .below(let text):
            text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text
        }
    }

    func matches(_ path: String) -> Bool {
        let own = text
        switch self {
        case .exactly: return path == own || path == own + "/"
        case .below: return path == own || path.hasPrefix(own == "/" ? "/" : own + "/")
        }
    }
}
