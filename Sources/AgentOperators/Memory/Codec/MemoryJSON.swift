import JSON
import StreamCore

/// What the JSON forms of commands and changes have in common.
enum MemoryJSON {
    /// Metadata as a JSON object with sorted names.
    static func object(_ metadata: [String: JSONValue]) -> JSONValue {
        .object(metadata.sorted { $0.key < $1.key }.map { JSONMember($0.key, $0.value) })
    }

    static func text(of metadata: [String: JSONValue]) -> String { object(metadata).text }

    /// The metadata that `text` holds; nil when it is no JSON object.
    static func metadata(in text: String) -> [String: JSONValue]? {
        guard let value = try? JSONValue(parsing: text) else { return nil }
        return metadata(value)
    }

    /// The members of an object, none of null; nil for everything else.
    static func metadata(_ value: JSONValue?) -> [String: JSONValue]? {
        guard let value, value != .null else { return [:] }
        guard let members = value.members else { return nil }
        return Dictionary(members.map { ($0.name, $0.value) }) { $1 }
    }

    /// The members that say what content is: its MIME type with its text, or with its bytes in base64.
    static func members(of content: MemoryContent) -> [JSONMember] {
        var members = [JSONMember("mime", .string(content.mime))]
        if let text = content.text {
            members.append(JSONMember("text", .string(text)))
        } else {
            members.append(JSONMember("data", .string(Base64.encode(content.bytes))))
        }
        return members
    }

    /// The content that an object says: `text`, `data` in base64, or `content`, which is any JSON for a JSON type.
    static func content(of object: JSONValue) throws -> MemoryContent {
        let mime = object["mime"]?.stringValue ?? (object["data"] == nil ? "text/plain" : "application/octet-stream")
        if let text = object["text"]?.stringValue { return try MemoryContent(Bytes(text), mime: mime) }
        if let data = object["data"]?.stringValue { return try MemoryContent(decoded(data), mime: mime) }
        guard let value = object["content"] else {
            throw MemoryError(.invalidContent, "none of 'text', 'data' and 'content' says what the item holds")
        }
        switch (MemoryContent.kind(of: mime), value) {
        case (.json, _): return try MemoryContent(Bytes(value.text), mime: mime)
        case (.text, .string(let text)), (.markdown, .string(let text)):
            return try MemoryContent(Bytes(text), mime: mime)
        case (.image, .string(let data)), (.binary, .string(let data)):
            return try MemoryContent(decoded(data), mime: mime)
        default: throw MemoryError(.invalidContent, "'content' of type \(mime) must be a string")
        }
    }

    private static func decoded(_ data: String) throws -> Bytes {
        guard let bytes = Base64.decode(data) else {
            throw MemoryError(.invalidContent, "the item's bytes are not base64")
        }
        return bytes
    }

    static func moment(_ value: JSONValue?, _ name: String) throws -> Timestamp? {
        guard let value, value != .null else { return nil }
        guard let milliseconds = value.integerValue else {
            throw MemoryError(.invalidContent, "'\(name)' must be milliseconds since 1970")
        }
        return Timestamp(milliseconds: milliseconds)
    }
}
