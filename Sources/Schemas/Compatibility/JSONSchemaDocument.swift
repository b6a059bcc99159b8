import JSON

/// A JSON Schema as a registry keeps it: well formed, with keywords that this library may not know.
struct JSONSchemaDocument: Sendable {
    /// A part of the document or of one that it names.
    struct Node: Sendable {
        let json: JSONValue
        /// Which document it is in; empty for the schema itself.
        let document: String
        /// Its place, which tells it from all others.
        let place: String

        func child(_ json: JSONValue, _ step: String) -> Node {
            Node(json: json, document: document, place: "\(place)/\(step)")
        }

        /// The part that a keyword says; nil when it is not said.
        func child(_ keyword: String) -> Node? { json[keyword].map { child($0, keyword) } }

        /// The parts that a keyword lists.
        func list(_ keyword: String) -> [Node] {
            (json[keyword]?.elements ?? []).enumerated().map { child($1, "\(keyword)/\($0)") }
        }
    }

    private let documents: [String: JSONValue]

    init(_ text: String, references: [SchemaSource.Reference]) throws {
        var documents = [
            "": try Self.parse(text)
        ]
        for reference in references { documents[reference.name] = try Self.parse(reference.text) }
        self.documents = documents
    }

    private static func parse(_ text: String) throws -> JSONValue {
        let json = try JSONValue(parsing: text)
        try SchemaInspection(root: json, allowsUnknown: true).inspect(json, at: "")
        return json
    }

    var root: Node { Node(json: documents[""] ?? .null, document: "", place: "#") }

    /// The node itself, or what it refers to; nil when that leads nowhere.
    func resolved(_ node: Node) -> Node? {
        var node = node
        for _ in 0..<64 {
            guard let reference = node.json["$ref"]?.stringValue else { return node }
            let parts = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts.first.map(String.init) ?? ""
            let document = name.isEmpty ? node.document : name
            let pointer = "#" + (parts.count > 1 ? parts[1] : "")
            guard let root = documents[document], let json = SchemaPath.resolve(pointer, in: root) else { return nil }
            node = Node(json: json, document: document, place: document + pointer)
        }
        return nil
    }
}
