import JSON
public import StreamCore

extension MemoryChange: HasStandardSerde {
    /// Changes are written as JSON, by ``serde``.
    public static var standardSerde: Serde<MemoryChange> { serde }

    private static let version: Int64 = 1

    /// JSON, for topics that people and other languages read; the vector of an item is left out.
    ///
    /// ```json
    /// {"v":1,"change":"added","id":"a1","sequence":7,"version":1,"epoch":1700000000000,"timestamp":1700000000500,
    ///  "mime":"text/plain","text":"likes tea"}
    /// ```
    public static let serde = Serde<MemoryChange>(
        description: "tributary.memory-change",
        encode: { change, writer in change.json.write(into: &writer) },
        decode: { bytes in
            do {
                return try MemoryChange(JSONValue(parsing: bytes))
            } catch {
                throw SerdeError(.malformed, serde: "tributary.memory-change", reason: "\(error)")
            }
        })

    private var json: JSONValue {
        var members = [JSONMember("v", .integer(Self.version)), JSONMember("change", .string(kind.rawValue))]
        if count != 1 { members.append(JSONMember("count", .integer(Int64(count)))) }
        guard let item else { return .object(members) }
        members += [
            JSONMember("id", .string(item.id)), JSONMember("sequence", .integer(item.sequence)),
            JSONMember("version", .integer(Int64(item.version))), JSONMember("epoch", .integer(item.epoch)),
            JSONMember("timestamp", .integer(item.timestamp.milliseconds)),
        ]
        if let expiry = item.expiry { members.append(JSONMember("expiry", .integer(expiry.milliseconds))) }
        members += MemoryJSON.members(of: item.content)
        if !item.metadata.isEmpty { members.append(JSONMember("metadata", MemoryJSON.object(item.metadata))) }
        return .object(members)
    }

    private init(_ json: JSONValue) throws {
        guard let kind = json["change"]?.stringValue.flatMap(Kind.init(rawValue:)),
            (json["v"]?.integerValue ?? Self.version) <= Self.version
        else { throw MemoryError(.invalidContent, "no change that this program knows") }
        let count = Int(json["count"]?.integerValue ?? 1)
        guard let id = json["id"]?.stringValue else {
            self.init(kind, count: count)
            return
        }
        guard let metadata = MemoryJSON.metadata(json["metadata"]) else {
            throw MemoryError(.invalidContent, "'metadata' must be an object")
        }
        let item = MemoryItem(
            id: id, sequence: json["sequence"]?.integerValue ?? 0, version: Int(json["version"]?.integerValue ?? 1),
            epoch: json["epoch"]?.integerValue ?? 0, content: try MemoryJSON.content(of: json), metadata: metadata,
            timestamp: try MemoryJSON.moment(json["timestamp"], "timestamp") ?? .unknown,
            expiry: try MemoryJSON.moment(json["expiry"], "expiry"))
        self.init(kind, item, count: count)
    }
}
