import CRdKafka
import StreamCore

/// The messages of one read on their way into records; kept from read to read for its memory.
final class KafkaMessageRoom {
    /// Whether the last read left messages behind.
    var isCutShort = false
    private var messages: [UnsafeMutablePointer<rd_kafka_message_t>] = []
    /// How many bytes the taken messages have.
    private(set) var byteCount = 0
    /// How many messages are asked of librdkafka at once.
    private static let run = 512
    private let fetchRoom = UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>.allocate(capacity: run)

    deinit {
        release()
        fetchRoom.deallocate()
    }

    /// How many messages were taken.
    var count: Int { messages.count }

    /// Whether none was.
    var isEmpty: Bool { messages.isEmpty }

    /// Starts a new read.
    func clear() {
        release()
        isCutShort = false
    }

    /// Gives the messages back to librdkafka.
    private func release() {
        for message in messages { rd_kafka_message_destroy(message) }
        messages.removeAll(keepingCapacity: true)
        byteCount = 0
    }

    /// Appends what `queue` has to `fetched`, at most `count`; returns how many.
    @discardableResult
    func fetch(
        _ queue: OpaquePointer, atMost count: Int, into fetched: inout [UnsafeMutablePointer<rd_kafka_message_t>]
    ) -> Int {
        let got = rd_kafka_consume_batch_queue(queue, 0, fetchRoom, min(count, Self.run))
        guard got > 0 else { return 0 }
        for index in 0..<got {
            if let message = fetchRoom[index] { fetched.append(message) }
        }
        return got
    }

    /// Takes `message` over, unless there are messages and it does not fit into `maxBytes`.
    func take(_ message: UnsafeMutablePointer<rd_kafka_message_t>, maxBytes: Int) -> Bool {
        var size = message.pointee.len + message.pointee.key_len
        eachHeader(message) { _, value in size += value?.count ?? 0 }
        guard messages.isEmpty || size <= maxBytes - byteCount else { return false }
        messages.append(message)
        byteCount += size
        return true
    }

    /// Copies the messages into records that share one run of bytes, and gives them back to librdkafka.
    func makeRecords() -> [LogRecord] {
        guard !messages.isEmpty else { return [] }
        defer { release() }
        let arena = copyBytes()
        var records: [LogRecord] = []
        records.reserveCapacity(messages.count)
        var start = 0
        func next(_ count: Int) -> Bytes {
            defer { start += count }
            return Bytes(arena, in: start..<(start + count))
        }
        for message in messages {
            let key = message.pointee.key == nil ? nil : next(message.pointee.key_len)
            let value = message.pointee.payload == nil ? nil : next(message.pointee.len)
            var headers: [Headers.Entry] = []
            eachHeader(message) { name, bytes in
                headers.append(Headers.Entry(name: String(cString: name), value: bytes.map { next($0.count) }))
            }
            let time = Timestamp(milliseconds: rd_kafka_message_timestamp(message, nil))
            records.append(
                LogRecord(
                    offset: message.pointee.offset, timestamp: time, key: key, value: value,
                    headers: headers.isEmpty ? .none : Headers(headers)))
        }
        return records
    }

    private func copyBytes() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { room, count in
            func add(_ bytes: UnsafeRawBufferPointer) {
                UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(room)[count...])
                    .copyMemory(from: bytes)
                count += bytes.count
            }
            for message in messages {
                add(UnsafeRawBufferPointer(start: message.pointee.key, count: message.pointee.key_len))
                add(UnsafeRawBufferPointer(start: message.pointee.payload, count: message.pointee.len))
                eachHeader(message) { _, value in value.map(add) }
            }
        }
    }

    /// Calls `body` with the name and value of every header.
    private func eachHeader(
        _ message: UnsafeMutablePointer<rd_kafka_message_t>,
        _ body: (_ name: UnsafePointer<CChar>, _ value: UnsafeRawBufferPointer?) -> Void
    ) {
        var list: OpaquePointer?
        guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return }
        var index = 0
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while rd_kafka_header_get_all(list, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
            index += 1
            if let name { body(name, value.map { UnsafeRawBufferPointer(start: $0, count: size) }) }
        }
    }
}
