import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Sends HTTP requests within a time limit, and follows no redirect.
///
/// On Linux URLSession would take the `Authorization` header along to whatever host a redirect names.
final class ChatTransport: Sendable {
    private let session: URLSession
    private let timeLimit: Duration

    /// A transport that opens at most `connections` connections to a server.
    init(timeLimit: Duration, connections: Int = 64) {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = connections
        configuration.httpCookieStorage = nil
        configuration.urlCache = nil
        session = URLSession(configuration: configuration, delegate: RedirectRefusal(), delegateQueue: nil)
        self.timeLimit = timeLimit
    }

    deinit { session.finishTasksAndInvalidate() }

    /// Sends `request` and returns what came back, whatever its status.
    ///
    /// Cancelling the task closes the connection.
    ///
    /// - Throws: ``ChatFailure`` when there is no answer in time; `CancellationError` when the task is cancelled.
    func send(_ request: URLRequest) async throws -> ChatReply {
        do {
            return try await withThrowingTaskGroup(of: ChatReply.self) { group in
                defer { group.cancelAll() }
                group.addTask { try await self.exchange(request) }
                group.addTask {
                    try await Task.sleep(for: self.timeLimit)
                    throw ChatFailure(
                        .timedOut, "no complete answer from \(Self.place(request)) within \(self.timeLimit)")
                }
                guard let first = try await group.next() else { throw CancellationError() }
                return first
            }
        } catch {
            // Whatever the race ended with, a cancelled caller is told that it was cancelled.
            try Task.checkCancellation()
            throw error
        }
    }

    private func exchange(_ request: URLRequest) async throws -> ChatReply {
        do {
            let (body, response) = try await session.data(for: request)
            guard let response = response as? HTTPURLResponse else {
                throw ChatFailure(.unreachable, "\(Self.place(request)) did not answer in HTTP")
            }
            return ChatReply(
                status: response.statusCode, retryAfter: response.value(forHTTPHeaderField: "Retry-After"),
                location: response.value(forHTTPHeaderField: "Location"), body: body)
        } catch let error as URLError {
            throw Self.failure(error, request)
        }
    }

    private static func failure(_ error: URLError, _ request: URLRequest) -> any Error {
        let place = place(request)
        switch error.code {
        case .cancelled: return CancellationError()
        case .timedOut: return ChatFailure(.timedOut, "no sign of life from \(place)")
        case .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate,
            .serverCertificateHasUnknownRoot,
            .serverCertificateNotYetValid:
            return ChatFailure(.untrustedServer, "no secure connection to \(place): \(error.localizedDescription)")
        default: return ChatFailure(.unreachable, "no answer from \(place): \(error.localizedDescription)")
        }
    }

    /// The request's address, for messages.
    private static func place(_ request: URLRequest) -> String { request.url?.absoluteString ?? "the server" }
}

/// Answers every redirect with no.
private final class RedirectRefusal: NSObject, URLSessionTaskDelegate {
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}
