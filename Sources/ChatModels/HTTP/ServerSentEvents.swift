import StreamCore

/// An event of a `text/event-stream`.
struct ServerSentEvent: Sendable, Hashable {
    /// The event's type; `message` when nothing is said.
    var type = "message"
    /// The data: its lines with line feeds between; not yet checked to be text.
    var data: Bytes
    /// The last id that was said, of this or an earlier event.
    var id = ""
}

/// Cuts a stream of bytes into server-sent events, wherever the network cut it before.
struct ServerSentEventParser: Sendable {
    private let limit: Int
    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var type = ""
    private var id = ""
    /// The last byte was a carriage return: a line feed right after it belongs to the same line end.
    private var endedInReturn = false
    private var isFirstLine = true

    /// - Parameter limit: how many bytes an event may have.
    init(limit: Int = 16 << 20) { self.limit = limit }

    /// Takes the next bytes; returns the events that they complete, or throws when one is larger than is taken.
    mutating func feed(_ bytes: some Sequence<UInt8>) throws(ChatModelError) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            let follows = endedInReturn
            endedInReturn = false
            switch byte {
            case 0x0a where follows: continue
            case 0x0a, 0x0d:
                endedInReturn = byte == 0x0d
                if let event = endLine() { events.append(event) }
            default:
                guard line.count + data.count < limit else {
                    throw ChatModelError(.tooLarge, "an event has more than \(limit) bytes")
                }
                line.append(byte)
            }
        }
        return events
    }

    private mutating func endLine() -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: [0xef, 0xbb, 0xbf]) { line.removeFirst(3) }
        }
        guard !line.isEmpty else { return endEvent() }
        let colon = line.firstIndex(of: UInt8(ascii: ":"))
        let name = line[..<(colon ?? line.endIndex)]
        var value = colon.map { line[($0 + 1)...] } ?? []
        if value.first == 0x20 { value.removeFirst() }
        switch String(decoding: name, as: UTF8.self) {
        case "data":
            if hasData { data.append(0x0a) }
            data.append(contentsOf: value)
            hasData = true
        case "event": type = String(decoding: value, as: UTF8.self)
        case "id" where !value.contains(0): id = String(decoding: value, as: UTF8.self)
        // An empty name is a comment, `retry` is for those who come back, others are for the future.
        default: break
        }
        return nil
    }

    private mutating func endEvent() -> ServerSentEvent? {
        defer {
            data = []
            hasData = false
            type = ""
        }
        guard hasData else { return nil }
        return ServerSentEvent(type: type.isEmpty ? "message" : type, data: Bytes(data), id: id)
    }
}
