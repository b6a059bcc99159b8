import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How the process behaves towards signals.
public enum Signals {
    /// Makes a write to a closed pipe an error of that write, instead of the end of the process.
    public static func ignoreBrokenPipes() { _ = signal(SIGPIPE, SIG_IGN) }

    /// The number of SIGINT.
    public static let interrupt = SIGINT
    /// The number of SIGTERM.
    public static let terminate = SIGTERM
}

/// Hears SIGINT and SIGTERM, so that long work can stop in good order.
///
/// Any thread may use it. The first signal is told; the second ends the process at once.
public final class SignalWatch: Sendable {
    private struct State {
        var received: Int32?
        var sources: [any DispatchSourceSignal] = []
        var handler: (@Sendable (Int32) -> Void)?
    }

    /// How many watches listen: a command that runs inside an application must not take away the application's own.
    private static let listening = Mutex(0)

    private let state: Mutex<State>

    /// Starts to listen; `handler` is called once, on a thread of its own, with the signal's number.
    public init(_ handler: @escaping @Sendable (Int32) -> Void = { _ in }) {
        state = Mutex(State(handler: handler))
        Self.listening.withLock { count in
            count += 1
            // A source sees only signals whose default, the end of the process, is switched off.
            for number in [SIGINT, SIGTERM] { _ = signal(number, SIG_IGN) }
        }
        for number in [SIGINT, SIGTERM] {
            state.withLock { state in
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler { [weak self] in self?.receive(number) }
                source.resume()
                state.sources.append(source)
            }
        }
    }

    deinit { cancel() }

    /// The signal that came first; nil while none did.
    public var received: Int32? { state.withLock { $0.received } }

    /// Stops listening; when no other watch listens, signals end the process again.
    public func cancel() {
        let wasListening = state.withLock { state in
            for source in state.sources { source.cancel() }
            defer { state.sources = [] }
            return !state.sources.isEmpty
        }
        guard wasListening else { return }
        Self.listening.withLock { count in
            count -= 1
            guard count == 0 else { return }
            for number in [SIGINT, SIGTERM] { _ = signal(number, SIG_DFL) }
        }
    }

    /// Ends the work when a signal came.
    ///
    /// - Throws: ``SignalReceived`` then.
    public func check() throws(SignalReceived) {
        if let received { throw SignalReceived(signal: received) }
    }

    private func receive(_ number: Int32) {
        let handler = state.withLock { state -> (@Sendable (Int32) -> Void)? in
            guard state.received == nil else { _exit(128 + number) }
            state.received = number
            return state.handler
        }
        handler?(number)
    }
}
