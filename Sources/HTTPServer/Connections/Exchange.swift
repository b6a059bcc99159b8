import CMicroHTTPD
import StreamCore
import Synchronization

/// A request and its answer: a state machine between the library's thread and the handler's task.
///
/// The library's thread suspends the connection when there is nothing to do and the task resumes it, both under the lock,
/// so that no wake-up is lost. After `ended` the connection is not touched any more.
final class Exchange: Sendable {
    private enum Phase {
        case receiving
        case handling
        case answered(HTTPResponse)
        case sending
        case ended
    }

    private struct State {
        var phase = Phase.receiving
        var body: [UInt8] = []
        var isTooLarge = false
        var isSuspended = false
        var task: Task<Void, Never>?
        var chunks: [Bytes] = []
        /// How much of the first chunk is sent.
        var sent = 0
        var pending = 0
        var isComplete = false
        var isCut = false
        var writer: CheckedContinuation<Void, any Error>?
    }

    /// How many bytes may wait to be sent before the writer waits.
    private static let window = 256 << 10

    // The connection is used in the library's thread, and resumed under the lock while it lives.
    private nonisolated(unsafe) let connection: OpaquePointer
    private let request: HTTPRequest
    private let core: Daemon.Core
    private let state = Mutex(State())

    init(_ connection: OpaquePointer, _ request: HTTPRequest, _ core: Daemon.Core) {
        self.connection = connection
        self.request = request
        self.core = core
    }

    // MARK: In the library's thread

    /// Whether the headers announce more than is taken.
    var isDeclaredTooLarge: Bool {
        (request.header("Content-Length").flatMap { Int($0) } ?? 0) > core.maxBodyBytes
    }

    /// Answers at once that the body is too large.
    func refuse() -> MHD_Result { queue(.text("the body is too large\n", status: 413)) }

    func receive(_ piece: UnsafeRawBufferPointer) {
        state.withLock { state in
            guard state.body.count + piece.count <= core.maxBodyBytes else {
                state.isTooLarge = true
                state.body = []
                return
            }
            state.body.append(contentsOf: piece)
        }
    }

    /// The body is complete, or the connection was resumed.
    func proceed() -> MHD_Result {
        let response: HTTPResponse? = state.withLock { state in
            switch state.phase {
            case .receiving:
                if state.isTooLarge { return .text("the body is too large\n", status: 413) }
                var request = request
                request.body = Bytes(state.body)
                state.body = []
                state.phase = .handling
                suspend(&state)
                state.task = start(request)
                return nil
            case .handling: return nil
            case .answered(let response): return response
            case .sending, .ended: return .cut
            }
        }
        guard let response else { return .YES }
        return queue(response)
    }

    private func start(_ request: HTTPRequest) -> Task<Void, Never> {
        Task(executorPreference: BlockingExecutor.handlers) {
            let response = await self.core.handler(request)
            guard case .stream(let write) = response.body else { return self.answer(response) }
            self.answer(response)
            do {
                try await write(HTTPBodyWriter(exchange: self))
                self.finish(isCut: false)
            } catch {
                self.finish(isCut: true)
            }
        }
    }

    private func queue(_ response: HTTPResponse) -> MHD_Result {
        let made: OpaquePointer?
        switch response.body {
        case .none: return .NO
        case .bytes(let bytes):
            made = bytes.withUnsafeBytes { bytes in
                // The library copies what it is given and does not write to it.
                MHD_create_response_from_buffer(
                    bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
            }
        case .stream:
            state.withLock { $0.phase = .sending }
            // UInt64.max stands for a size that is not known.
            made = MHD_create_response_from_callback(
                .max, 16 << 10, Callbacks.read, Unmanaged.passRetained(self).toOpaque(), Callbacks.freed)
        }
        guard let made else { return .NO }
        defer { MHD_destroy_response(made) }
        for header in response.headers { MHD_add_response_header(made, header.name, header.value) }
        return MHD_queue_response(connection, UInt32(clamping: response.status), made)
    }

    /// Gives the next bytes of the streamed body; 0 when there are none yet, -1 at the end, -2 when it is cut.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let (count, writer) = state.withLock { state -> (Int, CheckedContinuation<Void, any Error>?) in
            if case .ended = state.phase { return (-2, nil) }
            guard let chunk = state.chunks.first else {
                if state.isCut { return (-2, nil) }
                if state.isComplete { return (-1, nil) }
                suspend(&state)
                return (0, nil)
            }
            let rest = chunk[state.sent..<chunk.count]
            let count = min(rest.count, buffer.count)
            rest.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            state.sent += count
            state.pending -= count
            if state.sent == chunk.count {
                state.chunks.removeFirst()
                state.sent = 0
            }
            guard state.pending <= Self.window else { return (count, nil) }
            defer { state.writer = nil }
            return (count, state.writer)
        }
        writer?.resume()
        return count
    }

    /// The library is done with the connection.
    func end() {
        let (task, writer) = state.withLock { state in
            state.phase = .ended
            defer { state.writer = nil }
            return (state.task, state.writer)
        }
        task?.cancel()
        writer?.resume(throwing: CancellationError())
    }

    private func suspend(_ state: inout State) {
        guard !state.isCut else { return }
        state.isSuspended = true
        MHD_suspend_connection(connection)
    }

    // MARK: In any thread

    private func resume(_ state: inout State) {
        guard state.isSuspended else { return }
        state.isSuspended = false
        MHD_resume_connection(connection)
    }

    private func answer(_ response: HTTPResponse) {
        state.withLock { state in
            guard case .handling = state.phase else { return }
            state.phase = .answered(response)
            resume(&state)
        }
    }

    private func finish(isCut: Bool) {
        state.withLock { state in
            state.isComplete = true
            state.isCut = state.isCut || isCut
            resume(&state)
        }
    }

    /// Cuts the connection; the server stops.
    func abandon() {
        let task = state.withLock { state in
            state.isCut = true
            if case .handling = state.phase { state.phase = .answered(.cut) }
            resume(&state)
            return state.task
        }
        task?.cancel()
    }

    func write(_ bytes: Bytes) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let outcome: Result<Void, any Error>? = state.withLock { state in
                    if case .ended = state.phase { return .failure(CancellationError()) }
                    if state.isCut || Task.isCancelled { return .failure(CancellationError()) }
                    state.chunks.append(bytes)
                    state.pending += bytes.count
                    resume(&state)
                    guard state.pending > Self.window, state.writer == nil else { return .success(()) }
                    state.writer = continuation
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let writer = state.withLock { state in
                defer { state.writer = nil }
                return state.writer
            }
            writer?.resume(throwing: CancellationError())
        }
    }
}
