public import AgentOperators
import JSON
import StreamCore

extension MemoryEvent {
    /// The name under which an item's own MIME type travels in metadata, where Python knows it by a wider one only.
    static let mimeMember = "tributary_mime"

    /// What Python is to know of an item.
    ///
    /// Python knows five MIME types and stops reading for good at any other, or at a picture that is none: what it does not know
    /// travels as the nearest that it does, with the item's own type in metadata.
    ///
    /// - Parameters:
    ///   - item: the item.
    ///   - sender: who writes it.
    public init(_ item: MemoryItem, sender: String) {
        let content = item.content
        let mime: String
        switch content.kind {
        case .text: mime = "text/plain"
        case .markdown: mime = "text/markdown"
        case .json: mime = Self.isObject(content.bytes) ? "application/json" : "text/plain"
        case .image: mime = Self.isPicture(content.bytes) ? "image/*" : "application/octet-stream"
        case .binary: mime = "application/octet-stream"
        }
        var metadata = item.metadata.sorted { $0.key < $1.key }.map { JSONMember($0.key, $0.value) }
        if content.mime != mime { metadata.append(JSONMember(Self.mimeMember, .string(content.mime))) }
        self.init(
            sender: sender, mimeType: mime, content: content.text ?? Base64.encode(content.bytes),
            metadata: JSONValue.object(metadata).pythonText)
    }

    /// Whether it is JSON that Python's memory holds: an object, and nothing else but text.
    private static func isObject(_ bytes: Bytes) -> Bool { (try? JSONValue(parsing: bytes))?.members != nil }

    /// Whether Python's imaging library recognises `bytes`: PNG, JPEG, GIF, WebP, BMP.
    private static func isPicture(_ bytes: Bytes) -> Bool {
        let start = bytes[0..<min(bytes.count, 12)].array
        let marks: [[UInt8]] = [
            [0x89, 0x50, 0x4e, 0x47], [0xff, 0xd8, 0xff], Array("GIF8".utf8), Array("RIFF".utf8), Array("BM".utf8),
        ]
        return marks.contains { start.starts(with: $0) }
    }

    /// The item that the event brings, under the identifier `id`.
    ///
    /// - Throws: ``MessageFormatError`` when content or metadata is not what it says it is; ``MemoryError``.
    public func draft(id: String) throws -> MemoryDraft {
        var metadata: [String: JSONValue] = [:]
        if let text = self.metadata, !text.isEmpty {
            guard let value = try? JSONValue(parsing: text), value == .null || value.members != nil else {
                throw MessageFormatError("MemoryEvent: member 'metadata' is no JSON object")
            }
            for member in value.members ?? [] { metadata[member.name] = member.value }
        }
        let mime = metadata.removeValue(forKey: Self.mimeMember)?.stringValue ?? mimeType
        // What it is by the name that it travels under decides how it is written.
        if let plain = try? MemoryContent("", mime: mimeType), plain.kind == .text || plain.kind == .markdown {
            return MemoryDraft(id: id, try MemoryContent(Bytes(content), mime: mime), metadata: metadata)
        }
        if mimeType == "application/json" {
            return MemoryDraft(id: id, try MemoryContent(Bytes(content), mime: mime), metadata: metadata)
        }
        guard let bytes = Base64.decode(content) else {
            throw MessageFormatError("MemoryEvent: content of type \(mimeType) is no base64")
        }
        return MemoryDraft(id: id, try MemoryContent(bytes, mime: mime), metadata: metadata)
    }
}
