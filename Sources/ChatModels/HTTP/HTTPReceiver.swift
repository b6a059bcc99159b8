import Dispatch
import Foundation
import FoundationNetworking
import StreamCore
import Synchronization

/// Takes what the session's calls bring, each to its reader.
///
/// All that changes is under the lock, which is why it may be shared although `NSObject` promises nothing.
final class HTTPReceiver: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    typealias Continuation = AsyncThrowingStream<HTTPEvent, any Error>.Continuation

    private struct Call {
        let task: URLSessionDataTask
        let continuation: Continuation
        let limits: HTTPLimits
        let end: ContinuousClock.Instant
        var lastByte: ContinuousClock.Instant
        var received = 0
        /// Why we ended it; nil when we did not.
        var reason: ChatModelError?

        /// When it has taken too long.
        var limit: ContinuousClock.Instant { min(end, lastByte + limits.idle) }
    }

    private struct State {
        var calls: [Int: Call] = [:]
        /// When the calls are looked through next; nil when nobody will.
        var nextLook: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let timers = DispatchQueue(label: "tributary.http-calls")

    func start(_ task: URLSessionDataTask, _ continuation: Continuation, _ limits: HTTPLimits) {
        let now = ContinuousClock.now
        let call = Call(
            task: task, continuation: continuation, limits: limits, end: now + limits.total, lastByte: now)
        let look = state.withLock { state in
            state.calls[task.taskIdentifier] = call
            return Self.plan(&state, call.limit)
        }
        continuation.onTermination = { [weak task] _ in task?.cancel() }
        if let look { schedule(look, now) }
        task.resume()
    }

    // MARK: Time

    /// Notes that the calls are to be looked through at `moment`; returns it when no look comes before.
    private static func plan(
        _ state: inout State, _ moment: ContinuousClock.Instant
    ) -> ContinuousClock.Instant? {
        if let next = state.nextLook, next <= moment { return nil }
        state.nextLook = moment
        return moment
    }

    private func schedule(_ moment: ContinuousClock.Instant, _ now: ContinuousClock.Instant) {
        let wait = DispatchTimeInterval.milliseconds(Int(clamping: max(0, now.duration(to: moment).milliseconds) + 1))
        timers.asyncAfter(deadline: .now() + wait) { [weak self] in self?.look() }
    }

    /// Ends the calls whose time is over.
    private func look() {
        let now = ContinuousClock.now
        let (late, next) = state.withLock { state -> ([URLSessionDataTask], ContinuousClock.Instant?) in
            if let planned = state.nextLook, planned > now { return ([], nil) }
            state.nextLook = nil
            var late: [URLSessionDataTask] = []
            var next: ContinuousClock.Instant?
            for (number, call) in state.calls where call.reason == nil {
                if call.limit > now {
                    next = min(next ?? call.limit, call.limit)
                } else {
                    let words =
                        now >= call.end
                        ? "no answer within \(call.limits.total)" : "not a byte within \(call.limits.idle)"
                    state.calls[number]?.reason = ChatModelError(.timedOut, words)
                    late.append(call.task)
                }
            }
            return (late, next.flatMap { Self.plan(&state, $0) })
        }
        for task in late { task.cancel() }
        if let next { schedule(next, now) }
    }

    // MARK: What the session says

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        if let response = response as? HTTPURLResponse {
            var headers: [String: String] = [:]
            for (name, value) in response.allHeaderFields { headers["\(name)"] = "\(value)" }
            let head = HTTPHead(status: response.statusCode, headers: headers)
            let continuation = state.withLock { state in
                state.calls[dataTask.taskIdentifier]?.lastByte = .now
                return state.calls[dataTask.taskIdentifier]?.continuation
            }
            continuation?.yield(.head(head))
        }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let continuation: Continuation? = state.withLock { state in
            guard var call = state.calls[dataTask.taskIdentifier], call.reason == nil else { return nil }
            call.lastByte = .now
            call.received += data.count
            let isTooMuch = call.received > call.limits.bytes
            if isTooMuch {
                call.reason = ChatModelError(.tooLarge, "the answer has more than \(call.limits.bytes) bytes")
            }
            state.calls[dataTask.taskIdentifier] = call
            return isTooMuch ? nil : call.continuation
        }
        guard let continuation else { return dataTask.cancel() }
        continuation.yield(.body([UInt8](data)))
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        guard let call = state.withLock({ $0.calls.removeValue(forKey: task.taskIdentifier) }) else { return }
        if let reason = call.reason { return call.continuation.finish(throwing: reason) }
        call.continuation.finish(throwing: error.map(Self.translate))
    }

    /// Redirects are not followed: they would carry the key elsewhere.
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        state.withLock { state in
            state.calls[task.taskIdentifier]?.reason = ChatModelError(
                .invalidRequest, "redirects are not followed: give the address that the server sends to",
                status: response.statusCode)
        }
        completionHandler(nil)
    }

    private static func translate(_ error: any Error) -> any Error {
        guard let error = error as? URLError else { return ChatModelError(.unreachable, "\(error)") }
        switch error.code {
        case .cancelled: return CancellationError()
        case .timedOut: return ChatModelError(.timedOut, "no answer in time")
        case .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate,
            .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid:
            return ChatModelError(.untrusted, "no secure connection: \(error.localizedDescription)")
        case .cannotConnectToHost, .cannotFindHost, .dnsLookupFailed, .notConnectedToInternet:
            return ChatModelError(.unreachable, "no connection: \(error.localizedDescription)")
        default:
            return ChatModelError(.cut, "the connection broke: \(error.localizedDescription)")
        }
    }
}
