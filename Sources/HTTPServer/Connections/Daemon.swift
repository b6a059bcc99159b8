import CMicroHTTPD
import StreamCore
import Synchronization

/// The library's server: its callbacks come in its one thread.
final class Daemon: Sendable {
    fileprivate struct State {
        // The library's calls used here may come from any thread; `nil` after the stop.
        nonisolated(unsafe) var pointer: OpaquePointer?
        var isStopping = false
        var open: [ObjectIdentifier: Exchange] = [:]
    }

    let port: Int
    private let core: Core

    /// What callbacks see; it lives as long as the library's thread.
    final class Core: Sendable {
        let handler: HTTPServer.Handler
        let maxBodyBytes: Int
        fileprivate let state = Mutex(State())

        init(_ handler: @escaping HTTPServer.Handler, maxBodyBytes: Int) {
            self.handler = handler
            self.maxBodyBytes = maxBodyBytes
        }

        /// Takes note of an exchange; false when the server stops.
        func add(_ exchange: Exchange) -> Bool {
            state.withLock { state in
                guard !state.isStopping else { return false }
                state.open[ObjectIdentifier(exchange)] = exchange
                return true
            }
        }

        func remove(_ exchange: Exchange) {
            state.withLock { _ = $0.open.removeValue(forKey: ObjectIdentifier(exchange)) }
        }
    }

    init(_ options: HTTPServer.Options, _ handler: @escaping HTTPServer.Handler) throws(HTTPServerError) {
        guard let wanted = UInt16(exactly: options.port) else {
            throw HTTPServerError(description: "no port \(options.port): ports go from 0 to 65535")
        }
        core = Core(handler, maxBodyBytes: options.maxBodyBytes)
        let context = Unmanaged.passUnretained(core).toOpaque()
        let idle = UInt32(clamping: max(1, options.idleTimeout.milliseconds / 1_000))
        guard
            let pointer = tributary_http_start(
                options.address, wanted, UInt32(clamping: max(1, options.maxConnections)), idle, Callbacks.access,
                context, Callbacks.completed, context)
        else {
            throw HTTPServerError(
                description:
                    "cannot listen on \(options.address) port \(options.port): not an address of this machine, or taken"
            )
        }
        port = Int(tributary_http_port(pointer))
        core.state.withLock { $0.pointer = pointer }
    }

    func stop() {
        let (pointer, open) = core.state.withLock { state in
            state.isStopping = true
            defer { state.pointer = nil }
            return (state.pointer, Array(state.open.values))
        }
        guard let pointer else { return }
        // The library must not be stopped while connections are suspended.
        for exchange in open { exchange.abandon() }
        MHD_stop_daemon(pointer)
    }
}
