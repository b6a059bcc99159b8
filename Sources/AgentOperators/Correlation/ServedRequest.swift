import StateStores
import StreamCore
import Topology

/// What a server remembers of a request, by its id: that it is at work, or what was answered.
struct ServedRequest: Sendable, Hashable {
    /// Where it stands.
    enum Status: UInt8, Sendable {
        /// Taken and not answered.
        case open = 0
        /// Failed in a way that may pass: the same id may be taken again.
        case released = 1
        /// Answered for good.
        case done = 2
    }

    var status = Status.open
    /// The last run that sent parts, from 1; 0 when none did.
    var attempt = 0
    /// How many parts that run has sent.
    var parts = 0
    /// What was answered, to be sent again when the request comes again; nil when it was too large to be kept.
    var answer: Answer?

    struct Answer: Sendable, Hashable {
        var payload: Bytes?
        var error: MessageError?
        var sequence: Int?
        var attempt: Int?

        init(_ message: AgentMessage) {
            (payload, error) = (message.payload?.compact, message.error)
            (sequence, attempt) = (message.sequence, message.attempt)
        }

        fileprivate init() {}

        /// The message that answers the request `id`.
        func message(to id: String) -> AgentMessage {
            var message = AgentMessage(error == nil ? .reply : .error, id: id)
            (message.payload, message.error) = (payload, error)
            (message.sequence, message.attempt) = (sequence, attempt)
            return message
        }
    }
}

extension ServedRequest {
    private static let version: UInt8 = 1

    /// A version byte, status, attempt and parts, then the answer if it is kept: texts and bytes as length + 1, 0 being null;
    /// numbers + 1, 0 being none.
    static let serde = Serde<ServedRequest>(
        description: "tributary.served-request",
        encode: { served, writer in
            writer.append(version)
            writer.append(served.status.rawValue)
            writer.append(varint: UInt64(clamping: served.attempt))
            writer.append(varint: UInt64(clamping: served.parts))
            guard let answer = served.answer else { return writer.append(0) }
            writer.append(1)
            append(answer.payload, &writer)
            writer.append(varint: answer.sequence.map { UInt64(clamping: $0) + 1 } ?? 0)
            writer.append(varint: answer.attempt.map { UInt64(clamping: $0) + 1 } ?? 0)
            append(answer.error.map { Bytes($0.code) }, &writer)
            guard let error = answer.error else { return }
            append(Bytes(error.message), &writer)
            writer.append(error.isRetryable ? 1 : 0)
            append(error.details.map { Bytes($0) }, &writer)
        },
        decode: { bytes in
            var reader = ByteReader(bytes)
            guard reader.integer(UInt8.self) == version,
                let status = reader.integer(UInt8.self).flatMap({ Status(rawValue: $0) }),
                let attempt = reader.varint(), let parts = reader.varint(), let hasAnswer = reader.integer(UInt8.self)
            else { throw damaged }
            var served = ServedRequest(
                status: status, attempt: Int(clamping: attempt), parts: Int(clamping: parts))
            guard hasAnswer == 1 else { return served }
            var answer = Answer()
            answer.payload = try run(&reader)
            answer.sequence = try count(&reader)
            answer.attempt = try count(&reader)
            if let code = try run(&reader) {
                let message = try run(&reader)
                guard let isRetryable = reader.integer(UInt8.self) else { throw damaged }
                answer.error = MessageError(
                    code.description, message?.description ?? "", isRetryable: isRetryable == 1,
                    details: try run(&reader)?.description)
            }
            served.answer = answer
            return served
        })

    private static let damaged = SerdeError(
        .malformed, serde: "tributary.served-request", reason: "the entry is damaged or of another version")

    private static func append(_ run: Bytes?, _ writer: inout ByteWriter) {
        writer.append(varint: run.map { UInt64($0.count) + 1 } ?? 0)
        if let run { writer.append(run) }
    }

    private static func run(_ reader: inout ByteReader) throws -> Bytes? {
        guard let length = reader.varint(), length <= UInt64(reader.remaining) + 1 else { throw damaged }
        guard length > 0 else { return nil }
        guard let run = reader.run(Int(length - 1)) else { throw damaged }
        return run.compact
    }

    private static func count(_ reader: inout ByteReader) throws -> Int? {
        guard let number = reader.varint() else { throw damaged }
        return number == 0 ? nil : Int(clamping: number - 1)
    }
}

extension StoreDefinition where Key == String, Value == ServedRequest {
    /// The requests that a server knows, by id.
    static func served(_ name: String, ttl: Duration) -> StoreDefinition {
        .keyValue(name, key: .string, value: ServedRequest.serde, ttl: ttl)
    }
}
