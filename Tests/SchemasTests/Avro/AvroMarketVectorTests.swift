import Schemas
import StreamCore
import Testing

/// The schemas and bytes of the A2A-RPK seed, inventory section 2.4.
enum MarketSchemas {
    static let request = """
        {"type": "record", "name": "TaskRequest", "namespace": "com.a2a.schema", "fields": [
          {"name": "task_id", "type": "string"}, {"name": "requester_id", "type": "string"},
          {"name": "description", "type": "string"},
          {"name": "proposed_cost", "type": ["null", "double"], "default": null},
          {"name": "priority", "type": "int", "default": 1}, {"name": "timestamp", "type": "long"}]}
        """
    static let response = """
        {"type": "record", "name": "TaskResponse", "fields": [
          {"name": "task_id", "type": "string"}, {"name": "responder_id", "type": "string"},
          {"name": "status", "type": {"type": "enum", "name": "TaskStatus",
            "symbols": ["PENDING", "ACCEPTED", "REJECTED", "NEGOTIATING", "RUNNING", "COMPLETED", "FAILED"]}},
          {"name": "counter_offer", "type": ["null", "double"], "default": null},
          {"name": "message", "type": ["null", "string"], "default": null}, {"name": "timestamp", "type": "long"}]}
        """
    static let negotiation = """
        {"type": "record", "name": "NegotiationMessage", "fields": [
          {"name": "task_id", "type": "string"}, {"name": "sender_id", "type": "string"},
          {"name": "receiver_id", "type": "string"}, {"name": "negotiation_round", "type": "int"},
          {"name": "offer", "type": ["null", "double"], "default": null}, {"name": "approved", "type": "boolean"},
          {"name": "message", "type": ["null", "string"], "default": null}, {"name": "timestamp", "type": "long"}]}
        """
}

struct MarketVector: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let schema: String
    let value: AvroValue
    let hex: String

    static let all = [
        MarketVector(
            testDescription: "a task request", schema: MarketSchemas.request,
            value: .record([
                "task_id": .string("t-1"), "requester_id": .string("agent-001"),
                "description": .string("data processing"),
                "proposed_cost": .double(75), "priority": .int(1), "timestamp": .long(1_751_821_529_000),
            ]),
            hex: "06742d31126167656e742d3030311e646174612070726f63657373696e67020000000000c0524002d0be998bfc65"),
        MarketVector(
            testDescription: "a task response", schema: MarketSchemas.response,
            value: .record([
                "task_id": .string("t-1"), "responder_id": .string("agent-002"), "status": .symbol("ACCEPTED"),
                "counter_offer": .null, "message": .null, "timestamp": .long(1_751_821_529_000),
            ]),
            hex: "06742d31126167656e742d303032020000d0be998bfc65"),
        MarketVector(
            testDescription: "a negotiation", schema: MarketSchemas.negotiation,
            value: .record([
                "task_id": .string("t-1"), "sender_id": .string("agent-002"), "receiver_id": .string("agent-001"),
                "negotiation_round": .int(1), "offer": .double(90), "approved": .boolean(false),
                "message": .string("Starting negotiation"), "timestamp": .long(1_751_821_529_000),
            ]),
            hex: "06742d31126167656e742d303032126167656e742d30303102020000000000805640"
                + "0002285374617274696e67206e65676f74696174696f6ed0be998bfc65"),
    ]
}

@Suite("Avro bytes of the task market")
struct AvroMarketVectorTests {
    @Test("the inventory's vectors are written and read byte for byte", arguments: MarketVector.all)
    func golden(_ vector: MarketVector) throws {
        let codec = try AvroCodec(AvroSchema(parsing: vector.schema))
        #expect(try codec.encode(vector.value).hex == vector.hex)
        #expect(try codec.decode(codec.encode(vector.value)) == vector.value)
    }

    @Test(
        "every cut of the vectors is refused, and every changed byte reads or is refused", arguments: MarketVector.all)
    func damaged(_ vector: MarketVector) throws {
        let codec = try AvroCodec(AvroSchema(parsing: vector.schema))
        let whole = try codec.encode(vector.value)
        for count in 0..<whole.count {
            #expect(throws: AvroError.self) { try codec.decode(whole[0..<count]) }
        }
        for position in 0..<whole.count {
            for byte in 0...UInt8.max {
                var bytes = whole.array
                bytes[position] = byte
                _ = try? codec.decode(Bytes(bytes))
            }
        }
    }
}
