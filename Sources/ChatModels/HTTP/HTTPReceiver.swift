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
        let continuation: Continuation
        let limits: HTTPLimits
        let end: ContinuousClock.Instant
        var lastByte: ContinuousClock.Instant
        var received = 0
        /// Why we ended it; nil when we did not.
        var reason: ChatModelError?
    }

    private let calls = Mutex<[Int: Call]>([:])
    private let timers = DispatchQueue(label: "tributary.http-calls")

    func start(_ task: URLSessionDataTask, _ continuation: Continuation, _ limits: HTTPLimits) {
        let number = task.taskIdentifier
        let now = ContinuousClock.now
        calls.withLock {
            $0[number] = Call(
                continuation: continuation, limits: limits, end: now + limits.total, lastByte: now)
        }
        continuation.onTermination = { [weak task] _ in task?.cancel() }
        watch(task)
        task.resume()
    }

    /// Ends the call when its time is over, else looks again when it will be.
    private func watch(_ task: URLSessionDataTask) {
        let number = task.taskIdentifier
        let now = ContinuousClock.now
        let next: ContinuousClock.Instant? = calls.withLock { calls in
            guard let call = calls[number], call.reason == nil else { return nil }
            if now >= call.end {
                calls[number]?.reason = ChatModelError(.timedOut, "no answer within \(call.limits.total)")
            } else if now >= call.lastByte + call.limits.idle {
                calls[number]?.reason = ChatModelError(.timedOut, "not a byte within \(call.limits.idle)")
            } else {
                return min(call.end, call.lastByte + call.limits.idle)
            }
            return now
        }
        guard let next else { return }
        guard next > now else { return task.cancel() }
        let wait = DispatchTimeInterval.milliseconds(Int(clamping: now.duration(to: next).milliseconds + 1))
        timers.asyncAfter(deadline: .now() + wait) { [weak self, weak task] in
            if let self, let task { self.watch(task) }
        }
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
            let continuation = calls.withLock { calls in
                calls[dataTask.taskIdentifier]?.lastByte = .now
                return calls[dataTask.taskIdentifier]?.continuation
            }
            continuation?.yield(.head(head))
        }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let continuation: Continuation? = calls.withLock { calls in
            guard var call = calls[dataTask.taskIdentifier], call.reason == nil else { return nil }
            call.lastByte = .now
            call.received += data.count
            let isTooMuch = call.received > call.limits.bytes
            if isTooMuch {
                call.reason = ChatModelError(.tooLarge, "the answer has more than \(call.limits.bytes) bytes")
            }
            calls[dataTask.taskIdentifier] = call
            return isTooMuch ? nil : call.continuation
        }
        guard let continuation else { return dataTask.cancel() }
        continuation.yield(.body(data))
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        guard let call = calls.withLock({ $0.removeValue(forKey: task.taskIdentifier) }) else { return }
        if let reason = call.reason { return call.continuation.finish(throwing: reason) }
        call.continuation.finish(throwing: error.map(Self.translate))
    }

    /// Redirects are not followed: they would carry the key elsewhere.
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        calls.withLock { calls in
            calls[task.taskIdentifier]?.reason = ChatModelError(
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
        case .cannotConnectToHost, .cannotFindHost, .dnsLookupFailed, .notConnectedToInternet,
            .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate,
            .serverCertificateHasUnknownRoot:
            return ChatModelError(.unreachable, "no connection: \(error.localizedDescription)")
        default:
            return ChatModelError(.cut, "the connection broke: \(error.localizedDescription)")
        }
    }
}
