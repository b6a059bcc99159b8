import Dispatch
import StreamCore
import Synchronization

/// The lines that come over a file descriptor, which stays its owner's.
enum LineStream {
    /// What stands between two line feeds; ends at the end of the file, when reading fails or a line has more than `limit` bytes.
    static func lines(of descriptor: Int32, limit: Int = 16 << 20) -> AsyncStream<Bytes> {
        let (stream, continuation) = AsyncStream.makeStream(of: Bytes.self)
        let queue = DispatchQueue(label: "tributary.mcp.lines")
        let channel = DispatchIO(type: .stream, fileDescriptor: descriptor, queue: queue) { _ in }
        channel.setLimit(lowWater: 1)
        let cutter = LineCutter(limit)
        continuation.onTermination = { _ in channel.close(flags: .stop) }
        channel.read(offset: 0, length: Int.max, queue: queue) { isDone, data, error in
            let isSound = cutter.take(data.map { [UInt8]($0) } ?? []) { continuation.yield($0) }
            if isDone, error == 0, isSound { cutter.end { continuation.yield($0) } }
            if isDone || !isSound { continuation.finish() }
        }
        return stream
    }
}

/// Puts lines together.
private final class LineCutter: Sendable {
    private let limit: Int
    private let line = Mutex<[UInt8]>([])

    init(_ limit: Int) { self.limit = limit }

    /// Returns false when a line is longer than is taken.
    func take(_ bytes: [UInt8], _ found: (Bytes) -> Void) -> Bool {
        line.withLock { line in
            var rest = bytes[...]
            while let end = rest.firstIndex(of: 0x0a) {
                line.append(contentsOf: rest[..<end])
                Self.end(&line, found)
                rest = rest[(end + 1)...]
            }
            line.append(contentsOf: rest)
            return line.count <= limit
        }
    }

    /// The line that has come so far is all of it.
    func end(_ found: (Bytes) -> Void) { line.withLock { Self.end(&$0, found) } }

    private static func end(_ line: inout [UInt8], _ found: (Bytes) -> Void) {
        if line.last == 0x0d { line.removeLast() }
        if !line.isEmpty { found(Bytes(line)) }
        line.removeAll(keepingCapacity: true)
    }
}
