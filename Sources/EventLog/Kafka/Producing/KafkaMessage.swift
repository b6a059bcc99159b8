import CRdKafka
import StreamCore

/// Hands records to librdkafka, one after the other, through one set of arguments.
struct KafkaMessage {
    /// What a record's framing takes at most, besides its headers.
    static let framing = 64
    /// What a batch of one record takes at most, besides its key, value and headers.
    static let batchFraming = 192

    private let client: OpaquePointer
    private let bytes: UnsafeMutableRawPointer
    private let arguments: UnsafeMutablePointer<rd_kafka_vu_t>
    private static let argumentCount = 8
    /// What an empty run of bytes points to: no address means null.
    private let nothing: UnsafeMutableRawPointer

    /// For records whose keys and values lie in `arena`, which must outlive this; call ``free()`` in the end.
    init(client: OpaquePointer, arena: UnsafeRawBufferPointer) {
        self.client = client
        nothing = .allocate(byteCount: 1, alignment: 1)
        bytes = arena.baseAddress.map { UnsafeMutableRawPointer(mutating: $0) } ?? nothing
        arguments = .allocate(capacity: Self.argumentCount)
        arguments.initialize(repeating: rd_kafka_vu_t(), count: Self.argumentCount)
    }

    /// Gives the memory back.
    func free() {
        arguments.deallocate()
        nothing.deallocate()
    }

    /// Copies a record into librdkafka's queue; `delivery` hears what becomes of it.
    func send(_ entry: RecordBuffer.Entry, _ topic: OpaquePointer, _ delivery: KafkaDelivery) -> rd_kafka_resp_err_t {
        var count = 0
        func add(_ type: rd_kafka_vtype_t, _ fill: (inout rd_kafka_vu_t) -> Void) {
            arguments[count].vtype = type
            fill(&arguments[count])
            count += 1
        }
        add(RD_KAFKA_VTYPE_RKT) { $0.u.rkt = topic }
        add(RD_KAFKA_VTYPE_PARTITION) { $0.u.i32 = entry.partition }
        add(RD_KAFKA_VTYPE_MSGFLAGS) { $0.u.i = RD_KAFKA_MSG_F_COPY }
        add(RD_KAFKA_VTYPE_TIMESTAMP) { $0.u.i64 = Self.kafkaTime(entry.timestamp) }
        if entry.keyLength >= 0 {
            add(RD_KAFKA_VTYPE_KEY) { argument in
                argument.u.mem.ptr = bytes + entry.start
                argument.u.mem.size = Int(entry.keyLength)
            }
        }
        if entry.valueLength >= 0 {
            add(RD_KAFKA_VTYPE_VALUE) { argument in
                argument.u.mem.ptr = bytes + entry.start + Int(max(0, entry.keyLength))
                argument.u.mem.size = Int(entry.valueLength)
            }
        }
        // A list of our own, never single headers: librdkafka 2.0 frees those twice when the partition is unknown.
        let headers = entry.headers.isEmpty ? nil : makeHeaders(entry.headers)
        if let headers { add(RD_KAFKA_VTYPE_HEADERS) { $0.u.headers = headers } }
        let ticket = Unmanaged.passRetained(delivery)
        add(RD_KAFKA_VTYPE_OPAQUE) { $0.u.ptr = ticket.toOpaque() }
        guard let error = rd_kafka_produceva(client, arguments, count) else { return RD_KAFKA_RESP_ERR_NO_ERROR }
        ticket.release()
        if let headers { rd_kafka_headers_destroy(headers) }
        defer { rd_kafka_error_destroy(error) }
        return rd_kafka_error_code(error)
    }

    /// librdkafka reads 0 as "now", so 0 itself cannot be said and the nearest time is sent.
    private static func kafkaTime(_ timestamp: Timestamp) -> Int64 {
        timestamp.milliseconds < 0 ? 0 : max(1, timestamp.milliseconds)
    }

    private func makeHeaders(_ headers: Headers) -> OpaquePointer? {
        let list = rd_kafka_headers_new(headers.entries.count)
        for header in headers.entries {
            var name = header.name
            name.withUTF8 { letters in
                letters.withMemoryRebound(to: CChar.self) { letters in
                    let start = letters.baseAddress ?? UnsafePointer(nothing.assumingMemoryBound(to: CChar.self))
                    if let value = header.value {
                        _ = value.withUnsafeBytes { bytes in
                            rd_kafka_header_add(
                                list, start, letters.count, bytes.baseAddress ?? UnsafeRawPointer(nothing),
                                bytes.count)
                        }
                    } else {
                        rd_kafka_header_add(list, start, letters.count, nil, 0)
                    }
                }
            }
        }
        return list
    }
}
