import JSON
import Schemas
import StreamCore
import TestPrograms
import Testing

@Suite("Confluent's Python serializers and the registry in the log")
struct ConfluentPythonTests {
    private static let modules = PythonPeer.has(
        "confluent_kafka.schema_registry.avro", "confluent_kafka.schema_registry.json_schema")
    private let order = """
        {"type": "record", "name": "Order", "namespace": "shop", "fields": [
          {"name": "id", "type": "string"}, {"name": "price", "type": ["null", "double"], "default": null}]}
        """
    private let review = """
        {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Review", "type": "object", "properties": {
          "stars": {"type": "integer", "minimum": 1, "maximum": 5}, "text": {"type": "string"}},
          "required": ["stars"], "additionalProperties": false}
        """

    @Test(
        "they read what we write, we read what they write, and they see refusals as the registry's own",
        .enabled(if: modules), .timeLimit(.minutes(15)))
    func bothWays() async throws {
        let served = try ServedRegistry()
        let orders = try Serde.confluentAvro(AvroSchema(parsing: order), topic: "orders", registry: served.registry)
        let reviews = try Serde.confluentJSON(
            JSONSchema(parsing: review), topic: "reviews", registry: served.registry)
        let written = AvroValue.record(["id": .string("ours"), "price": .double(9.5)])
        let avro = try #require(try orders.encode(written)).hex
        let json = try #require(try reviews.encode(["stars": 5, "text": "ours"])).hex
        // They delete the subject for ever at their end: what its id means must be known before.
        _ = try reviews.decode(try reviews.encode(["stars": 5, "text": "ours"]))
        let text = try await PythonPeer("Tests/RegistryServiceTests/Peers/registry_client.py").answer(
            [served.address, avro, json], in: served.folder.path)
        var answers: [String: JSONValue] = [:]
        for line in text.split(separator: "\n") {
            let answer = try JSONValue(parsing: String(line))
            answers[answer["name"]?.stringValue ?? ""] = answer["value"] ?? answer["hex"]
        }
        let theirs = try #require(answers["avro"]?.stringValue.flatMap(Self.bytes))
        #expect(try orders.decode(theirs) == .record(["id": .string("a"), "price": .double(2.5)]))
        #expect(theirs[0..<5].hex == Bytes([0, 0, 0, 0, 1]).hex, "one schema, one id")
        #expect(answers["avro-read"] == ["id": "ours", "price": .double(9.5)])
        let theirReview = try #require(answers["json"]?.stringValue.flatMap(Self.bytes))
        #expect(try reviews.decode(theirReview) == ["stars": 4, "text": "good"])
        #expect(answers["json-read"] == ["stars": 5, "text": "ours"])
        #expect(answers["subjects"] == ["orders-value", "reviews-value"])
        #expect(answers["latest"] == ["orders-value", 1, 1, "AVRO"])
        #expect(answers["compatible"] == true)
        #expect(answers["incompatible"] == false)
        #expect(answers["refused"] == [409, 409])
        #expect(answers["unknown"] == [404, 40403])
        #expect(answers["level"] == "BACKWARD")
        #expect(answers["own-level"] == "FULL")
        #expect(answers["gone"] == [1])
    }

    private static func bytes(_ hex: String) -> Bytes? {
        var bytes: [UInt8] = []
        var rest = hex[...]
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return Bytes(bytes)
    }
}
