import Schemas
import StreamCore
import TaskMarket
import Testing

@Suite("The market's bytes")
struct MarketFormatTests {
    static let moment: Int64 = 1_751_821_529_000
    static let request = TaskRequest(
        "t-1", requester: "agent-001", description: "data processing", proposedCost: 75, timestamp: moment)
    static let response = TaskResponse("t-1", responder: "agent-002", .accepted, timestamp: moment)
    static let negotiation = NegotiationMessage(
        "t-1", from: "agent-002", to: "agent-001", round: 1, offer: 90, message: "Starting negotiation",
        timestamp: moment)
    static let requestHex =
        "06742d31126167656e742d3030311e646174612070726f63657373696e67020000000000c0524002d0be998bfc65"
    static let responseHex = "06742d31126167656e742d303032020000d0be998bfc65"
    static let negotiationHex =
        "06742d31126167656e742d303032126167656e742d303031020200000000008056400002285374617274696e67206e65676f74696174696f6ed0be998bfc65"

    @Test func `RPK-02 the inventory's vectors are written and read byte for byte, without a frame`() throws {
        let format = try MarketFormat.rawAvro()
        #expect(try format.request.encode(Self.request)?.hex == Self.requestHex)
        #expect(try format.response.encode(Self.response)?.hex == Self.responseHex)
        #expect(try format.negotiation.encode(Self.negotiation)?.hex == Self.negotiationHex)
        #expect(try format.request.decode(format.request.encode(Self.request)) == Self.request)
        #expect(try format.response.decode(format.response.encode(Self.response)) == Self.response)
        #expect(try format.negotiation.decode(format.negotiation.encode(Self.negotiation)) == Self.negotiation)
    }

    @Test func `RPK-08 every status of the original has its place on the wire; the others cannot be written there`()
        throws
    {
        let format = try MarketFormat.rawAvro()
        for (index, status) in MarketStatus.wireOrder.enumerated() {
            let response = TaskResponse("t", responder: "r", status, timestamp: 0)
            guard status.isOriginal else {
                #expect(throws: SerdeError.self) { try format.response.encode(response) }
                continue
            }
            // Two texts of one letter, then the symbol's number, zigzag.
            #expect(try format.response.encode(response)?[4] == UInt8(index * 2))
        }
    }

    @Test func `RPK-02 framed Avro has the registry's id in front of the same bytes, and all statuses`() throws {
        let registry = InMemorySchemaRegistry()
        let format = try MarketFormat.confluentAvro(registry)
        let bytes = try #require(try format.request.encode(Self.request))
        #expect(bytes.hex == "0000000001" + Self.requestHex)
        #expect(try format.request.decode(bytes) == Self.request)
        let expired = TaskResponse("t", responder: "r", .expired, timestamp: 0)
        #expect(try format.response.decode(format.response.encode(expired)) == expired)
        let subjects = try registry.subjects(includingDeleted: false)
        #expect(subjects == ["task-requests-value", "task-responses-value"])
        #expect(throws: SerdeError.self) { try format.request.decode(Bytes([0, 0, 0, 0])) }
    }

    @Test func `garbage and cut records are refused, never read as something`() throws {
        let format = try MarketFormat.rawAvro()
        let whole = try #require(try format.negotiation.encode(Self.negotiation))
        for count in 0..<whole.count {
            #expect(throws: SerdeError.self) { try format.negotiation.decode(whole[0..<count]) }
        }
        var random = SeededRandom(seed: 5)
        for _ in 0..<2_000 {
            let bytes = Bytes((0..<random.below(60)).map { _ in UInt8(random.below(256)) })
            // Whatever it is, it must not trap; what can be read is written as it was.
            if let read = try? format.request.decode(bytes) { #expect(read.task.utf8.count <= bytes.count) }
        }
    }
}
