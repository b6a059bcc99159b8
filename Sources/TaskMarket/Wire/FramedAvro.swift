import Schemas
import StreamCore
import Synchronization

/// Avro with the frame of Confluent's serializers, for one topic's values.
final class FramedAvro: Sendable {
    private struct Known {
        /// The id that values are written under; nil before the first.
        var own: Int32?
        var codecs: [Int32: AvroCodec] = [:]
    }

    private let text: String
    private let schema: AvroSchema
    private let codec: AvroCodec
    private let subject: String
    private let registry: any SchemaRegistry
    private let known = Mutex(Known())

    /// Values of `text` in the topic called `topic`.
    ///
    /// - Throws: ``AvroSchemaError`` when the schema cannot be used.
    init(_ text: String, topic: String, _ registry: any SchemaRegistry) throws(AvroSchemaError) {
        self.text = text
        schema = try AvroSchema(parsing: text)
        codec = try AvroCodec(schema)
        subject = "\(topic)-value"
        self.registry = registry
    }

    /// The serde of `Value`, which is made of Avro values and made into them.
    func serde<Value: Sendable>(
        decode: @escaping @Sendable (AvroValue) throws -> Value, encode: @escaping @Sendable (Value) throws -> AvroValue
    ) -> Serde<Value> {
        Serde(
            description: "confluent-avro",
            encode: { [self] value, writer in try write(encode(value), into: &writer) },
            decode: { [self] bytes in try decode(read(bytes)) })
    }

    private func write(_ value: AvroValue, into writer: inout ByteWriter) throws {
        let start = writer.count
        ConfluentFrame.writePrefix(id: try ownID(), into: &writer)
        do {
            try codec.encode(value, into: &writer)
        } catch {
            writer.truncate(to: start)
            throw SerdeError(.unencodable, serde: "confluent-avro", reason: "\(error)")
        }
    }

    private func ownID() throws -> Int32 {
        if let id = known.withLock({ $0.own }) { return id }
        // Outside the lock, since it may wait for the network; asked twice it is the same id.
        let id = try registry.register(SchemaDefinition(.avro, text), subject: subject).id
        known.withLock { $0.own = id }
        return id
    }

    private func read(_ bytes: Bytes) throws -> AvroValue {
        do {
            let (id, payload) = try ConfluentFrame.read(bytes)
            return try reader(id).decode(payload)
        } catch let error as SchemaRegistryError {
            throw error
        } catch {
            throw SerdeError(.malformed, serde: "confluent-avro", reason: "\(error)")
        }
    }

    private func reader(_ id: Int32) throws -> AvroCodec {
        if let codec = known.withLock({ $0.codecs[id] }) { return codec }
        let written = try AvroSchema(parsing: try registry.schema(id: id).text)
        let codec = try AvroCodec(written, readAs: schema)
        known.withLock { $0.codecs[id] = codec }
        return codec
    }
}
