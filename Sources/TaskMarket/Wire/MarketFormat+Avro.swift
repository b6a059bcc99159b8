public import Schemas
import StreamCore

extension MarketFormat {
    /// The original's bytes: Avro without a frame and without a registry, byte for byte.
    ///
    /// - Throws: ``AvroSchemaError`` when the Avro library refuses the schemas, which it does not.
    public static func rawAvro() throws(AvroSchemaError) -> MarketFormat {
        MarketFormat(
            request: try .avro(
                try AvroSchema(parsing: MarketSchemas.request), decode: { try TaskRequest($0) }, encode: { $0.avro }),
            response: try .avro(
                try AvroSchema(parsing: MarketSchemas.response), decode: { try TaskResponse($0) }, encode: { $0.avro }),
            negotiation: try .avro(
                try AvroSchema(parsing: MarketSchemas.negotiation), decode: { try NegotiationMessage($0) },
                encode: { $0.avro }),
            hasAllStatuses: false)
    }

    /// Avro with the frame of Confluent's serializers; schemas are registered under `<topic>-value`.
    ///
    /// The original's agents cannot read it: to them the frame is the beginning of the first text.
    ///
    /// - Parameters:
    ///   - registry: where the schemas are kept.
    ///   - topics: what the topics are called, which names the subjects.
    ///   - hasAllStatuses: whether EXPIRED and CANCELLED are written, which readers with the original's seven refuse.
    /// - Returns: a format.
    /// - Throws: ``SchemaRegistryError``, `.invalidSchema`, when the Avro library refuses the schemas, which it does not.
    public static func confluentAvro(
        _ registry: any SchemaRegistry, topics: MarketTopics = .original, hasAllStatuses: Bool = true
    ) throws(SchemaRegistryError) -> MarketFormat {
        MarketFormat(
            request: try framed(
                MarketSchemas.request, topics.requests, registry, decode: { try TaskRequest($0) },
                encode: { $0.avro }),
            response: try framed(
                hasAllStatuses ? MarketSchemas.extendedResponse : MarketSchemas.response, topics.responses, registry,
                decode: { try TaskResponse($0) }, encode: { $0.avro }),
            negotiation: try framed(
                MarketSchemas.negotiation, topics.negotiations, registry, decode: { try NegotiationMessage($0) },
                encode: { $0.avro }),
            hasAllStatuses: hasAllStatuses)
    }

    private static func framed<Value: Sendable>(
        _ text: String, _ topic: String, _ registry: any SchemaRegistry,
        decode: @escaping @Sendable (AvroValue) throws -> Value, encode: @escaping @Sendable (Value) throws -> AvroValue
    ) throws(SchemaRegistryError) -> Serde<Value> {
        let schema: AvroSchema
        do {
            schema = try AvroSchema(parsing: text)
        } catch {
            throw SchemaRegistryError(.invalidSchema, "the schema of '\(topic)' cannot be used: \(error)")
        }
        return try .confluentAvro(schema, topic: topic, registry: registry, decode: decode, encode: encode)
    }
}

/// Reads the fields of an Avro record.
private struct AvroFields {
    private let fields: [String: AvroValue]

    init(_ value: AvroValue) throws {
        guard case .record(let fields) = value else { throw Self.wrong("the record", value) }
        self.fields = fields
    }

    private static func wrong(_ what: String, _ value: AvroValue?) -> SerdeError {
        SerdeError(.malformed, serde: "avro", reason: "\(what) is \(value.map { "\($0)" } ?? "missing")")
    }

    func text(_ name: String) throws -> String {
        guard case .string(let text) = fields[name] else { throw Self.wrong("field '\(name)'", fields[name]) }
        return text
    }

    func symbol(_ name: String) throws -> MarketStatus {
        guard case .symbol(let text) = fields[name], let status = MarketStatus(rawValue: text) else {
            throw Self.wrong("field '\(name)'", fields[name])
        }
        return status
    }

    func optionalText(_ name: String) throws -> String? {
        if case .null? = fields[name] { return nil }
        return try text(name)
    }

    func number(_ name: String) throws -> Int64 {
        switch fields[name] {
        case .int(let number): return Int64(number)
        case .long(let number): return number
        default: throw Self.wrong("field '\(name)'", fields[name])
        }
    }

    func small(_ name: String) throws -> Int32 {
        guard case .int(let number) = fields[name] else { throw Self.wrong("field '\(name)'", fields[name]) }
        return number
    }

    func flag(_ name: String) throws -> Bool {
        guard case .boolean(let flag) = fields[name] else { throw Self.wrong("field '\(name)'", fields[name]) }
        return flag
    }

    func price(_ name: String) throws -> Double? {
        switch fields[name] {
        case .null: return nil
        case .double(let price): return price
        default: throw Self.wrong("field '\(name)'", fields[name])
        }
    }
}

extension AvroValue {
    fileprivate static func price(_ price: Double?) -> AvroValue { price.map { .double($0) } ?? .null }
    fileprivate static func text(_ text: String?) -> AvroValue { text.map { .string($0) } ?? .null }
}

extension TaskRequest {
    fileprivate init(_ value: AvroValue) throws {
        let fields = try AvroFields(value)
        self.init(
            try fields.text("task_id"), requester: try fields.text("requester_id"),
            description: try fields.text("description"), proposedCost: try fields.price("proposed_cost"),
            priority: try fields.small("priority"), timestamp: try fields.number("timestamp"))
    }

    fileprivate var avro: AvroValue {
        .record([
            "task_id": .string(task), "requester_id": .string(requester), "description": .string(description),
            "proposed_cost": .price(proposedCost), "priority": .int(priority), "timestamp": .long(timestamp),
        ])
    }
}

extension TaskResponse {
    fileprivate init(_ value: AvroValue) throws {
        let fields = try AvroFields(value)
        self.init(
            try fields.text("task_id"), responder: try fields.text("responder_id"), try fields.symbol("status"),
            counterOffer: try fields.price("counter_offer"), message: try fields.optionalText("message"),
            timestamp: try fields.number("timestamp"))
    }

    fileprivate var avro: AvroValue {
        .record([
            "task_id": .string(task), "responder_id": .string(responder), "status": .symbol(status.rawValue),
            "counter_offer": .price(counterOffer), "message": .text(message), "timestamp": .long(timestamp),
        ])
    }
}

extension NegotiationMessage {
    fileprivate init(_ value: AvroValue) throws {
        let fields = try AvroFields(value)
        self.init(
            try fields.text("task_id"), from: try fields.text("sender_id"), to: try fields.text("receiver_id"),
            round: try fields.small("negotiation_round"), offer: try fields.price("offer"),
            approved: try fields.flag("approved"), message: try fields.optionalText("message"),
            timestamp: try fields.number("timestamp"))
    }

    fileprivate var avro: AvroValue {
        .record([
            "task_id": .string(task), "sender_id": .string(sender), "receiver_id": .string(receiver),
            "negotiation_round": .int(round), "offer": .price(offer), "approved": .boolean(approved),
            "message": .text(message), "timestamp": .long(timestamp),
        ])
    }
}
