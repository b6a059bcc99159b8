import JSON
public import StreamCore

/// What a memory holds: bytes with a MIME type, given back exactly as they came.
public struct MemoryContent: Sendable, Hashable {
    /// What the MIME type says the bytes are.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Plain text: `text/plain` and every other `text/…`.
        case text
        /// Markdown: `text/markdown`.
        case markdown
        /// JSON: `application/json` and `…+json`.
        case json
        /// A picture: `image/…`.
        case image
        /// Anything else.
        case binary
    }

    /// The MIME type as it was given, parameters included.
    public let mime: String
    /// The content.
    public let bytes: Bytes

    /// Content of any MIME type.
    ///
    /// - Throws: ``MemoryError`` with code `invalidContent` when text is not UTF-8, JSON is not JSON, or the type is empty.
    public init(_ bytes: Bytes, mime: String) throws(MemoryError) {
        let kind = Self.kind(of: mime)
        guard !mime.isEmpty, mime.utf8.count <= 255 else {
            throw MemoryError(.invalidContent, "a MIME type has 1 to 255 characters, this one has \(mime.utf8.count)")
        }
        switch kind {
        case .text, .markdown:
            guard bytes.utf8 != nil else { throw MemoryError(.invalidContent, "content of type \(mime) is not UTF-8") }
        case .json:
            do { _ = try JSONText(validating: bytes) } catch {
                throw MemoryError(.invalidContent, "content of type \(mime) is not JSON: \(error)")
            }
        case .image, .binary: break
        }
        self.init(trusted: bytes, mime: mime)
    }

    init(trusted bytes: Bytes, mime: String) {
        self.bytes = bytes
        self.mime = mime
    }

    /// Plain text.
    public static func text(_ text: String) -> MemoryContent { MemoryContent(trusted: Bytes(text), mime: "text/plain") }

    /// Markdown.
    public static func markdown(_ text: String) -> MemoryContent {
        MemoryContent(trusted: Bytes(text), mime: "text/markdown")
    }

    /// JSON, kept as it is written.
    ///
    /// - Throws: ``MemoryError`` with code `invalidContent` when it is not JSON.
    public static func json(_ text: String) throws(MemoryError) -> MemoryContent {
        try MemoryContent(Bytes(text), mime: "application/json")
    }

    /// A picture in the format that `mime` names.
    public static func image(_ bytes: Bytes, mime: String = "image/png") -> MemoryContent {
        MemoryContent(trusted: bytes, mime: kind(of: mime) == .image ? mime : "image/*")
    }

    /// Bytes that nobody looks into.
    public static func binary(_ bytes: Bytes) -> MemoryContent {
        MemoryContent(trusted: bytes, mime: "application/octet-stream")
    }

    /// What the MIME type says the bytes are.
    public var kind: Kind { Self.kind(of: mime) }

    /// The bytes as text; nil for images and binaries.
    public var text: String? {
        switch kind {
        case .text, .markdown, .json: bytes.utf8
        case .image, .binary: nil
        }
    }

    /// The text, or what stands for content that has none: `[image/png, 123 bytes]`.
    public var summary: String { text ?? "[\(mime), \(bytes.count) bytes]" }

    static func kind(of mime: String) -> Kind {
        let essence = mime.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        if essence == "text/markdown" { return .markdown }
        if essence.hasPrefix("text/") { return .text }
        if essence == "application/json" || essence.hasSuffix("+json") { return .json }
        return essence.hasPrefix("image/") ? .image : .binary
    }
}
