import JSON
public import StreamCore

/// What happens to a registry, as its journal keeps it.
public enum RegistryEvent: Sendable, Hashable {
    /// A schema becomes the next version of a subject.
    case register(SchemaDefinition, subject: String)
    /// A version goes.
    case deleteVersion(Int, subject: String, permanently: Bool)
    /// All versions of a subject go.
    case deleteSubject(String, permanently: Bool)
    /// The compatibility level of a subject, or of the registry when nil, is another; nil takes a subject's own away.
    case setLevel(CompatibilityLevel?, subject: String?)
    /// The mode of a subject, or of the registry when nil, is another; nil takes a subject's own away.
    case setMode(RegistryMode?, subject: String?)

    /// The subject that it is about; nil for the registry's own settings.
    public var subject: String? {
        switch self {
        case .register(_, let subject), .deleteVersion(_, let subject, _), .deleteSubject(let subject, _): subject
        case .setLevel(_, let subject), .setMode(_, let subject): subject
        }
    }
}

/// An event with the state of affairs that it was decided by.
///
/// Two processes that decide at once both append; the first counts, and the second, whose basis is gone, decides again. So that no
/// compatibility rule has to be the same in all versions of this library: the journal says what was done, not whether it may be.
public struct RegistryEntry: Sendable, Hashable {
    /// What happens.
    public let event: RegistryEvent
    /// ``RegistryState/revision(of:)`` of its subject when it was decided.
    public let basis: Int

    /// An entry.
    public init(_ event: RegistryEvent, basis: Int) {
        self.event = event
        self.basis = basis
    }

    /// The first byte of an entry; others are of other versions.
    private static let version: UInt8 = 1

    /// The bytes of the entry: a version byte and JSON.
    public var bytes: Bytes {
        var members = [JSONMember("basis", .integer(Int64(basis)))]
        if let subject = event.subject { members.append(JSONMember("subject", .string(subject))) }
        switch event {
        case .register(let schema, _):
            members.append(JSONMember("register", schema.json))
        case .deleteVersion(let version, _, let permanently):
            members.append(JSONMember("delete", .integer(Int64(version))))
            members.append(JSONMember("permanently", .bool(permanently)))
        case .deleteSubject(_, let permanently):
            members.append(JSONMember("deleteAll", true))
            members.append(JSONMember("permanently", .bool(permanently)))
        case .setLevel(let level, _):
            members.append(JSONMember("level", level.map { .string($0.rawValue) } ?? .null))
        case .setMode(let mode, _):
            members.append(JSONMember("mode", mode.map { .string($0.rawValue) } ?? .null))
        }
        var writer = ByteWriter()
        writer.append(Self.version)
        JSONValue.object(members).write(into: &writer)
        return Bytes(writer.bytes)
    }

    /// The entry that `bytes` are; nil when they are none of this version.
    public init?(_ bytes: Bytes) {
        guard bytes.count > 1, bytes[0] == Self.version, let json = try? JSONValue(parsing: bytes[1..<bytes.count]),
            let basis = json["basis"]?.integerValue, let event = Self.event(json)
        else { return nil }
        self.init(event, basis: Int(basis))
    }

    private static func event(_ json: JSONValue) -> RegistryEvent? {
        let subject = json["subject"]?.stringValue
        let isPermanent = json["permanently"] == .bool(true)
        if let schema = json["register"] {
            guard let subject, let schema = SchemaDefinition(schema) else { return nil }
            return .register(schema, subject: subject)
        }
        if let version = json["delete"]?.integerValue {
            return subject.map { .deleteVersion(Int(version), subject: $0, permanently: isPermanent) }
        }
        if json["deleteAll"] != nil { return subject.map { .deleteSubject($0, permanently: isPermanent) } }
        if let level = json["level"] {
            let known = level.stringValue.flatMap { CompatibilityLevel(rawValue: $0) }
            return known == nil && level != .null ? nil : .setLevel(known, subject: subject)
        }
        if let mode = json["mode"] {
            let known = mode.stringValue.flatMap { RegistryMode(rawValue: $0) }
            return known == nil && mode != .null ? nil : .setMode(known, subject: subject)
        }
        return nil
    }
}
