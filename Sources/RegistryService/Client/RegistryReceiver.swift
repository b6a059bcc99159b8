import Dispatch
import Foundation
import FoundationNetworking
import StreamCore
import Synchronization

/// What a registry answered.
struct RegistryAnswer: Sendable {
    var status = 0
    var type = "no type"
    var body = Bytes.empty
}

/// Why nothing was answered.
struct RegistrySilence: Error, CustomStringConvertible {
    let description: String

    init(_ error: any Error) {
        description = (error as? URLError).map(Self.words) ?? "it does not speak HTTP"
    }

    private static func words(_ error: URLError) -> String {
        switch error.code {
        case .timedOut: "not in time"
        case .cannotConnectToHost: "nobody listens there"
        case .cannotFindHost, .dnsLookupFailed: "there is no such host"
        case .networkConnectionLost: "the connection was cut"
        case .cancelled: "the answer has more than \(RegistryReceiver.sizeLimit) bytes"
        default: error.localizedDescription
        }
    }
}

/// A call that somebody waits for.
final class RegistryCall: Sendable {
    private let outcome = Mutex<Result<RegistryAnswer, RegistrySilence>?>(nil)
    private let signal = DispatchSemaphore(value: 0)

    func finish(_ value: Result<RegistryAnswer, RegistrySilence>) {
        outcome.withLock { $0 = value }
        signal.signal()
    }

    /// What came of it; nil when nothing did within `limit`.
    func wait(upTo limit: Duration) -> Result<RegistryAnswer, RegistrySilence>? {
        _ = signal.wait(timeout: .now() + .milliseconds(Int(limit.milliseconds)))
        return outcome.withLock { $0 }
    }
}

/// Takes what the session's calls bring.
///
/// Unchecked: all that changes is under the lock; `NSObject` promises nothing.
final class RegistryReceiver: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    /// Larger answers are refused.
    static let sizeLimit = 32 << 20

    private struct Progress {
        let call: RegistryCall
        var answer = RegistryAnswer()
        var body: [UInt8] = []
    }

    private let calls = Mutex<[Int: Progress]>([:])

    func start(_ task: URLSessionDataTask) -> RegistryCall {
        let call = RegistryCall()
        calls.withLock { $0[task.taskIdentifier] = Progress(call: call) }
        task.resume()
        return call
    }

    private func note(_ response: HTTPURLResponse, of task: URLSessionTask) {
        let type = response.value(forHTTPHeaderField: "Content-Type")
        calls.withLock { calls in
            calls[task.taskIdentifier]?.answer.status = response.statusCode
            if let type { calls[task.taskIdentifier]?.answer.type = type }
        }
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        if let response = response as? HTTPURLResponse { note(response, of: dataTask) }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let count = calls.withLock { calls in
            calls[dataTask.taskIdentifier]?.body.append(contentsOf: data)
            return calls[dataTask.taskIdentifier]?.body.count ?? 0
        }
        if count > Self.sizeLimit { dataTask.cancel() }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        guard var progress = calls.withLock({ $0.removeValue(forKey: task.taskIdentifier) }) else { return }
        progress.answer.body = Bytes(progress.body)
        let isRedirect = (300..<400).contains(progress.answer.status)
        guard let error, !isRedirect else { return progress.call.finish(.success(progress.answer)) }
        progress.call.finish(.failure(RegistrySilence(error)))
    }

    /// Redirects are not followed: they would carry the credentials elsewhere.
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        note(response, of: task)
        completionHandler(nil)
    }
}
