import JSON

/// Something that a client may read.
public struct MCPResource: Sendable {
    /// Its address, for example `agent://status`.
    public let uri: String
    /// Its name.
    public let name: String
    /// What it is, for people and models.
    public let description: String
    /// What its text is, for example `application/json`.
    public let mimeType: String
    let read: @Sendable () async throws -> String

    /// A resource.
    ///
    /// - Parameters:
    ///   - uri: its address.
    ///   - name: its name.
    ///   - description: what it is.
    ///   - mimeType: what its text is.
    ///   - read: makes the text of the moment; what it throws is told to the client.
    public init(
        _ uri: String, name: String, _ description: String, mimeType: String = "application/json",
        read: @escaping @Sendable () async throws -> String
    ) {
        self.uri = uri
        self.name = name
        self.description = description
        self.mimeType = mimeType
        self.read = read
    }

    /// The resource as clients see it.
    var declaration: JSONValue {
        .object([
            JSONMember("uri", .string(uri)), JSONMember("name", .string(name)),
            JSONMember("description", .string(description)), JSONMember("mimeType", .string(mimeType)),
        ])
    }
}
