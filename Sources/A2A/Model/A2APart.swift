import Foundation
public import JSON
public import StreamCore

/// A piece of a message or an artifact.
public struct A2APart: A2AObject {
    /// What it holds: exactly one of these.
    public enum Content: Sendable, Hashable {
        /// Text.
        case text(String)
        /// A file's bytes; base64 in JSON.
        case raw(Bytes)
        /// Where a file is.
        case url(String)
        /// Any JSON.
        case data(JSONValue)
    }

    /// What it holds.
    public var content: Content
    /// What else there is to say, an object.
    public var metadata: JSONValue?
    /// The file's name; empty when it has none.
    public var filename: String
    /// The content's media type; empty when nobody says.
    public var mediaType: String

    /// A part.
    public init(_ content: Content, metadata: JSONValue? = nil, filename: String = "", mediaType: String = "") {
        self.content = content
        self.metadata = metadata
        self.filename = filename
        self.mediaType = mediaType
    }

    /// A part of text.
    public static func text(_ text: String) -> A2APart { A2APart(.text(text)) }

    /// Reads it.
    public init(json: JSONValue) throws(A2AFormatError) {
        let fields = try A2AFields(json, "Part")
        var contents: [Content] = []
        if let text = try fields.string("text") { contents.append(.text(text)) }
        if let raw = try fields.string("raw") { contents.append(.raw(try Self.bytes(raw))) }
        if let url = try fields.string("url") { contents.append(.url(url)) }
        if let data = fields["data"] { contents.append(.data(data)) }
        guard contents.count == 1 else {
            throw A2AFormatError("a Part must have exactly one of text, raw, url and data, not \(contents.count)")
        }
        content = contents[0]
        metadata = try fields.object("metadata")
        filename = try fields.string("filename") ?? ""
        mediaType = try fields.string("mediaType") ?? ""
    }

    /// It as JSON.
    public var json: JSONValue {
        var members = A2AMembers()
        switch content {
        case .text(let text): members.add("text", .string(text))
        case .raw(let bytes): members.add("raw", .string(Self.base64(bytes)))
        case .url(let url): members.add("url", .string(url))
        case .data(let value): members.add("data", value)
        }
        members.add("metadata", metadata)
        members.add(ifAny: "filename", filename)
        members.add(ifAny: "mediaType", mediaType)
        return members.json
    }

    static func base64(_ bytes: Bytes) -> String { Data(bytes.array).base64EncodedString() }

    /// The bytes that base64 says, of either alphabet, padded or not, as ProtoJSON readers take them.
    static func bytes(_ text: String) throws(A2AFormatError) -> Bytes {
        var standard = text.replacing("-", with: "+").replacing("_", with: "/")
        standard += String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: standard) else { throw A2AFormatError("'raw' of Part must be base64") }
        return Bytes([UInt8](data))
    }
}
