/// Makes values of a program's own types of a part of a configuration; a key that the type never asks for is an error.
struct SettingsDecoder: Decoder {
    let node: ConfigurationNode
    let path: SettingPath
    let record: KeyRecord
    let isSecret: Bool
    var codingPath: [any CodingKey] { path.names.map { SettingKey(stringValue: $0) } }
    let userInfo: [CodingUserInfoKey: Any] = [:]

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard node.entries != nil else { throw problem("'\(path)' is a section, not \(node.shape)") }
        record.opened(path, node)
        return KeyedDecodingContainer(KeyedSettings<Key>(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard let elements = node.elements else { throw problem("'\(path)' is a list, not \(node.shape)") }
        return ListedSettings(decoder: self, elements: elements)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { SingleSetting(decoder: self) }

    func problem(_ message: String, hint: String? = nil) -> ConfigurationError {
        ConfigurationError(message, at: node.origin == .standard ? nil : node.origin, hint: hint)
    }

    func below(_ name: String, _ node: ConfigurationNode) -> SettingsDecoder {
        let path = path.appending(name)
        return SettingsDecoder(
            node: node, path: path, record: record, isSecret: isSecret || SecretNames.isSecret(path))
    }

    /// The text of a single value.
    func text() throws -> String {
        guard let scalar = node.scalar, !scalar.isNull else {
            throw problem("'\(path)' is one value, not \(node.isNull ? "nothing" : node.shape)")
        }
        return scalar.settingText
    }

    func value<Value: LosslessStringConvertible>(_ kind: String) throws -> Value {
        let text = try text()
        guard let value = Value(text) else {
            let isShown = !isSecret && node.scalar?.isSubstituted != true
            throw problem("'\(path)' must be \(kind)\(isShown ? ", not '\(text)'" : "")")
        }
        return value
    }
}

/// Which keys of which sections a type asked for; belongs to one decoding.
final class KeyRecord {
    private var asked: [SettingPath: Set<String>] = [:]
    private var sections: [SettingPath: ConfigurationNode] = [:]
    private var order: [SettingPath] = []
    /// Sections whose names are data, such as a dictionary's.
    private var free: Set<SettingPath> = []

    func opened(_ path: SettingPath, _ node: ConfigurationNode) {
        if sections[path] == nil { order.append(path) }
        sections[path] = node
    }

    func ask(_ name: String, of path: SettingPath) { asked[path, default: []].insert(name) }

    func leave(_ path: SettingPath) { free.insert(path) }

    /// A problem for each key that was never asked for.
    var problems: [ConfigurationProblem] {
        order.filter { !free.contains($0) }.flatMap { path -> [ConfigurationProblem] in
            let known = asked[path] ?? []
            return (sections[path]?.entries ?? []).filter { !known.contains($0.name) }.map { entry in
                ConfigurationProblem(
                    "there is no setting '\(path.appending(entry.name))'", at: entry.origin,
                    hint: SettingsSchema.hint(for: entry.name, among: known.sorted(), in: path))
            }
        }
    }
}

struct SettingKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = "\(intValue)"
        self.intValue = intValue
    }
}

private struct KeyedSettings<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: SettingsDecoder
    var codingPath: [any CodingKey] { decoder.codingPath }

    var allKeys: [Key] {
        // Only what takes any name, such as a dictionary, asks for all of them.
        decoder.record.leave(decoder.path)
        return (decoder.node.entries ?? []).compactMap { Key(stringValue: $0.name) }
    }

    private func find(_ key: Key) -> ConfigurationNode? {
        decoder.record.ask(key.stringValue, of: decoder.path)
        return decoder.node[key.stringValue]
    }

    func contains(_ key: Key) -> Bool { find(key) != nil }

    func decodeNil(forKey key: Key) -> Bool { find(key)?.isNull ?? true }

    private func inner(_ key: Key) throws -> SettingsDecoder {
        guard let node = find(key) else {
            let names = decoder.node.entries?.map(\.name) ?? []
            throw decoder.problem(
                "'\(decoder.path.appending(key.stringValue))' is required",
                hint: names.isEmpty ? nil : "'\(decoder.path)' has \(names.joined(separator: ", "))")
        }
        return decoder.below(key.stringValue, node)
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try Value(settings: try inner(key))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try inner(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try inner(key).unkeyedContainer()
    }

    func superDecoder() -> any Decoder { decoder }

    func superDecoder(forKey key: Key) throws -> any Decoder { try inner(key) }
}

private struct ListedSettings: UnkeyedDecodingContainer {
    let decoder: SettingsDecoder
    let elements: [ConfigurationNode]
    var currentIndex = 0
    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    private mutating func next() throws -> SettingsDecoder {
        guard !isAtEnd else { throw decoder.problem("'\(decoder.path)' has too few values") }
        defer { currentIndex += 1 }
        return decoder.below("\(currentIndex)", elements[currentIndex])
    }

    mutating func decodeNil() -> Bool {
        guard !isAtEnd, elements[currentIndex].isNull else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try Value(settings: try next()) }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }

    mutating func superDecoder() throws -> any Decoder { try next() }
}

private struct SingleSetting: SingleValueDecodingContainer {
    let decoder: SettingsDecoder
    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool { decoder.node.isNull }
    func decode(_ type: Bool.Type) throws -> Bool { try decoder.value("true or false") }
    func decode(_ type: String.Type) throws -> String { try decoder.text() }
    func decode(_ type: Double.Type) throws -> Double { try decoder.value("a number") }
    func decode(_ type: Float.Type) throws -> Float { try decoder.value("a number") }
    func decode(_ type: Int.Type) throws -> Int { try decoder.value("a whole number") }
    func decode(_ type: Int8.Type) throws -> Int8 { try decoder.value("a whole number") }
    func decode(_ type: Int16.Type) throws -> Int16 { try decoder.value("a whole number") }
    func decode(_ type: Int32.Type) throws -> Int32 { try decoder.value("a whole number") }
    func decode(_ type: Int64.Type) throws -> Int64 { try decoder.value("a whole number") }
    func decode(_ type: UInt.Type) throws -> UInt { try decoder.value("a whole number, not negative") }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try decoder.value("a whole number, not negative") }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try decoder.value("a whole number, not negative") }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try decoder.value("a whole number, not negative") }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try decoder.value("a whole number, not negative") }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try Value(settings: decoder) }
}
