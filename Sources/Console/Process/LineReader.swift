public import StreamCore

/// Reads a file or standard input line by line; belongs to one thread.
public final class LineReader {
    /// A file that cannot be read.
    public struct Failure: Error, Sendable, Hashable {
        /// Which.
        public let path: String
        /// Why.
        public let reason: String
        /// Whether it is not there.
        public let isMissing: Bool
    }

    private let path: String
    private let descriptor: Int32
    private let isOwner: Bool
    private let shouldStop: () -> Bool
    private var buffer = [UInt8](repeating: 0, count: 262_144)
    private var pending: [UInt8] = []
    private var start = 0
    private var isAtEnd = false
    /// The number of the line read last, from 1.
    public private(set) var lineNumber = 0

    /// Opens `path`; `-` is standard input.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - shouldStop: asked now and then while nobody writes; when it says yes, the lines end.
    /// - Throws: ``Failure``.
    public init(_ path: String, shouldStop: @escaping () -> Bool = { false }) throws(Failure) {
        self.path = path
        self.shouldStop = shouldStop
        if path == "-" {
            descriptor = 0
            isOwner = false
            return
        }
        let (opened, error) = SystemCalls.openForReading(path)
        guard error == 0 else {
            throw Failure(
                path: path, reason: SystemCalls.message(of: error), isMissing: error == SystemCalls.noSuchFile)
        }
        descriptor = opened
        isOwner = true
    }

    deinit {
        if isOwner { SystemCalls.closeDescriptor(descriptor) }
    }

    /// Whether the next line, or the end, is there without waiting for somebody to write it.
    public var hasMore: Bool {
        (start < pending.count && pending[start...].contains(0x0a)) || isAtEnd || SystemCalls.isReadable(descriptor)
    }

    /// The next line without its line feed, in storage of its own; nil at the end.
    ///
    /// Waits for input.
    ///
    /// - Throws: ``Failure`` when the system refuses.
    public func next() throws(Failure) -> Bytes? {
        var searched = start
        while true {
            if let end = pending[searched...].firstIndex(of: 0x0a) {
                defer { start = end + 1 }
                lineNumber += 1
                return Bytes(Array(pending[start..<end]))
            }
            searched = pending.count - start
            pending.removeFirst(start)
            start = 0
            guard !isAtEnd else {
                guard !pending.isEmpty else { return nil }
                defer { pending = [] }
                lineNumber += 1
                return Bytes(pending)
            }
            try fill()
        }
    }

    private func fill() throws(Failure) {
        while !SystemCalls.isReadable(descriptor, within: 100) {
            guard !shouldStop() else {
                isAtEnd = true
                return
            }
        }
        let (count, error) = SystemCalls.receive(into: &buffer, from: descriptor)
        guard error == 0 else {
            throw Failure(path: path, reason: SystemCalls.message(of: error), isMissing: false)
        }
        isAtEnd = count == 0
        pending.append(contentsOf: buffer[..<count])
    }
}
