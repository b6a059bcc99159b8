public import AgentOperators
import JSON
public import Schemas
public import StreamCore

extension Serde where Value: AutoGenEvent {
    /// Events as Python's serializers write them: a schema registry's frame, then JSON.
    ///
    /// Reading takes any schema id, and refuses values without a frame.
    ///
    /// - Parameters:
    ///   - topic: the topic, which names the schema's subject.
    ///   - schemas: where its id comes from; asked when the first event is written.
    ///   - schema: the schema, where it is another than the event's own.
    /// - Returns: the serde of the topic's values.
    public static func autoGen(_ topic: String, _ schemas: EventSchemas, schema: SchemaDefinition? = nil) -> Serde {
        Serde(
            description: "autogen.\(Value.self)",
            encode: { event, writer in
                ConfluentFrame.writePrefix(id: try schemas.id(for: topic, schema ?? Value.schema), into: &writer)
                event.json.writePython(into: &writer)
            },
            decode: { bytes in try Value(framed: bytes) })
    }
}

extension AutoGenEvent {
    /// The event in a framed value, whatever its schema's id.
    ///
    /// - Throws: ``MessageFormatError`` when there is no frame or no such event in it.
    public init(framed value: Bytes?) throws(MessageFormatError) {
        guard let value else { throw MessageFormatError("\(Self.self): the record has no value") }
        let payload: Bytes
        do { payload = try ConfluentFrame.read(value).payload } catch {
            throw MessageFormatError("\(Self.self): \(error.description)")
        }
        try self.init(parsing: payload)
    }
}
