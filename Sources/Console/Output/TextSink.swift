import Synchronization

/// Where text goes: a file descriptor, gathered into large writes, or memory; any thread may write.
public final class TextSink: Sendable {
    private struct State {
        var waiting: [UInt8] = []
        var failure: OutputClosed?
    }

    private let descriptor: Int32?
    private let state = Mutex(State())
    private let limit = 32_768

    /// Standard output.
    public static let standardOutput = TextSink(descriptor: 1)
    /// Standard error.
    public static let standardError = TextSink(descriptor: 2)

    /// A sink that writes to an open file descriptor, which it does not close; nil keeps everything in memory.
    public init(descriptor: Int32?) { self.descriptor = descriptor }

    /// A sink that keeps everything, for tests.
    public static func memory() -> TextSink { TextSink(descriptor: nil) }

    /// Whether a person is looking.
    public var isTerminal: Bool { descriptor.map(SystemCalls.isTerminal) ?? false }

    /// What a sink in memory was given.
    public var text: String { state.withLock { String(decoding: $0.waiting, as: UTF8.self) } }

    /// Writes `bytes` now or with later ones; call it with whole lines.
    ///
    /// - Throws: ``OutputClosed`` when nobody reads any more, or the device refuses.
    public func write(_ bytes: [UInt8]) throws(OutputClosed) {
        let failure = state.withLock { state in
            state.waiting.append(contentsOf: bytes)
            return state.waiting.count < limit ? state.failure : Self.drain(&state, to: descriptor)
        }
        if let failure { throw failure }
    }

    /// Writes `text` now or with later ones; call it with whole lines.
    ///
    /// - Throws: ``OutputClosed`` when nobody reads any more, or the device refuses.
    public func write(_ text: String) throws(OutputClosed) { try write(Array(text.utf8)) }

    /// Hands everything written so far to the system.
    ///
    /// - Throws: ``OutputClosed`` when nobody reads any more, or the device refuses.
    public func flush() throws(OutputClosed) {
        if let failure = state.withLock({ Self.drain(&$0, to: descriptor) }) { throw failure }
    }

    /// Writes a line at once and never fails: for messages.
    public func printLine(_ text: String) {
        try? write(text + "\n")
        try? flush()
    }

    private static func drain(_ state: inout State, to descriptor: Int32?) -> OutputClosed? {
        guard let descriptor else { return nil }
        while state.failure == nil, !state.waiting.isEmpty {
            let (count, error) = SystemCalls.send(state.waiting, to: descriptor)
            if error != 0 {
                state.failure = OutputClosed(
                    cause: error == SystemCalls.brokenPipe ? nil : SystemCalls.message(of: error))
            } else if count == state.waiting.count {
                state.waiting.removeAll(keepingCapacity: true)
            } else {
                state.waiting.removeFirst(count)
            }
        }
        if state.failure != nil { state.waiting = [] }
        return state.failure
    }
}
