public import JSON
public import StreamCore

/// A message of the protocol as ProtoJSON: camelCase members, absent where there is nothing, enums by their names.
///
/// Readers take `snake_case` names too, ignore members they do not know, and take null for absent, as ProtoJSON wants.
public protocol A2AObject: Sendable, Hashable {
    /// Reads it.
    ///
    /// - Throws: ``A2AFormatError``: which member is wrong, and what it must be.
    init(json: JSONValue) throws(A2AFormatError)

    /// It as JSON.
    var json: JSONValue { get }
}

extension A2AObject {
    /// How objects of this type are written into records: JSON.
    public static var serde: Serde<Self> {
        Serde(
            description: "a2a.\(Self.self)",
            encode: { value, writer in value.json.write(into: &writer) },
            decode: { try Self(json: try JSONValue(parsing: $0)) })
    }
}

/// JSON that is not what the protocol says.
public struct A2AFormatError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Which member is wrong, and what it must be.
    public let description: String

    /// An error.
    public init(_ description: String) { self.description = description }
}

/// Reads the members of an object.
struct A2AFields {
    private let type: String
    private let value: JSONValue

    init(_ value: JSONValue, _ type: String) throws(A2AFormatError) {
        var value = value
        if case .verbatim(let text) = value { value = text.value }
        guard value.members != nil else {
            throw A2AFormatError("\(type) must be an object, not \(value.cell.prefix(60))")
        }
        self.type = type
        self.value = value
    }

    /// The member `name`, in camelCase or snake_case; nil when it is absent or null.
    subscript(name: String) -> JSONValue? {
        if let found = value[name] { return found == .null ? nil : found }
        guard name.contains(where: \.isUppercase) else { return nil }
        let snake = name.reduce(into: "") { text, character in
            text += character.isUppercase ? "_" + character.lowercased() : String(character)
        }
        guard let found = value[snake], found != .null else { return nil }
        return found
    }

    func wrong(_ name: String, _ wanted: String) -> A2AFormatError {
        A2AFormatError("'\(name)' of \(type) must be \(wanted)")
    }

    func string(_ name: String) throws(A2AFormatError) -> String? {
        guard let value = self[name] else { return nil }
        guard let text = value.stringValue else { throw wrong(name, "text") }
        return text
    }

    func required(_ name: String) throws(A2AFormatError) -> String {
        guard let text = try string(name), !text.isEmpty else { throw wrong(name, "text that is not empty") }
        return text
    }

    func bool(_ name: String) throws(A2AFormatError) -> Bool? {
        guard let value = self[name] else { return nil }
        guard case .bool(let flag) = value else { throw wrong(name, "true or false") }
        return flag
    }

    func integer(_ name: String) throws(A2AFormatError) -> Int? {
        guard let value = self[name] else { return nil }
        // ProtoJSON readers take numbers that are written as text.
        guard let number = value.integerValue ?? value.stringValue.flatMap({ Int64($0) }) else {
            throw wrong(name, "a whole number")
        }
        return Int(clamping: number)
    }

    func timestamp(_ name: String) throws(A2AFormatError) -> Timestamp? {
        guard let text = try string(name) else { return nil }
        guard let moment = Timestamp(iso: text) else { throw wrong(name, "a time such as 2026-01-31T12:30:00.250Z") }
        return moment
    }

    /// An object whose members are anybody's.
    func object(_ name: String) throws(A2AFormatError) -> JSONValue? {
        guard let value = self[name] else { return nil }
        guard value.members != nil else { throw wrong(name, "an object") }
        return value
    }

    func strings(_ name: String) throws(A2AFormatError) -> [String] {
        var texts: [String] = []
        for value in try elements(name) {
            guard let text = value.stringValue else { throw wrong(name, "a list of texts") }
            texts.append(text)
        }
        return texts
    }

    func elements(_ name: String) throws(A2AFormatError) -> [JSONValue] {
        guard let value = self[name] else { return [] }
        guard let elements = value.elements else { throw wrong(name, "a list") }
        return elements
    }

    func one<Object: A2AObject>(_ name: String, _: Object.Type = Object.self) throws(A2AFormatError) -> Object? {
        guard let value = self[name] else { return nil }
        return try Object(json: value)
    }

    func must<Object: A2AObject>(_ name: String, _: Object.Type = Object.self) throws(A2AFormatError) -> Object {
        guard let object = try one(name, Object.self) else { throw wrong(name, "there") }
        return object
    }

    func list<Object: A2AObject>(_ name: String, _: Object.Type = Object.self) throws(A2AFormatError) -> [Object] {
        var objects: [Object] = []
        for value in try elements(name) { objects.append(try Object(json: value)) }
        return objects
    }
}

/// Collects the members of an object; what is nil or empty is left out.
struct A2AMembers {
    private(set) var members: [JSONMember] = []

    var json: JSONValue { .object(members) }

    mutating func add(_ name: String, _ value: JSONValue?) {
        if let value { members.append(JSONMember(name, value)) }
    }

    mutating func add(_ name: String, _ text: String?) { add(name, text.map { JSONValue.string($0) }) }

    /// Text that is left out when it is empty, as ProtoJSON does with defaults.
    mutating func add(ifAny name: String, _ text: String) { if !text.isEmpty { add(name, text) } }

    mutating func add(_ name: String, _ flag: Bool?) { add(name, flag.map { JSONValue.bool($0) }) }

    mutating func add(_ name: String, _ number: Int?) { add(name, number.map { JSONValue.integer(Int64($0)) }) }

    mutating func add(_ name: String, _ moment: Timestamp?) { add(name, moment.map { JSONValue.string($0.iso) }) }

    mutating func add(_ name: String, _ texts: [String]) {
        if !texts.isEmpty { add(name, .array(texts.map { .string($0) })) }
    }

    mutating func add(_ name: String, _ objects: [some A2AObject]) {
        if !objects.isEmpty { add(name, .array(objects.map(\.json))) }
    }

    mutating func add(_ name: String, _ object: (some A2AObject)?) { add(name, object?.json) }
}
