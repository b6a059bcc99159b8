public import StreamCore

/// A name and a value: a header, or a parameter of a query.
public struct HTTPField: Sendable, Hashable {
    /// The name; headers' names mean the same in upper and lower case.
    public var name: String
    /// The value.
    public var value: String

    /// A field.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What a client asks of a server.
public struct HTTPRequest: Sendable, Hashable {
    /// For example `GET`.
    public var method: String
    /// The path without the query, percent-decoded, for example `/v1/embeddings`.
    public var path: String
    /// The parameters of the query, in order, percent-decoded.
    public var query: [HTTPField]
    /// The headers, in order.
    public var headers: [HTTPField]
    /// The body.
    public var body: Bytes

    /// A request.
    public init(
        method: String, path: String, query: [HTTPField] = [], headers: [HTTPField] = [], body: Bytes = .empty
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// The value of the first header called `name`, in whatever case; nil when there is none.
    public func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }

    /// The value of the first parameter called `name`; nil when there is none.
    public func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }
}
