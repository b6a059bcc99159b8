import Foundation
import FoundationNetworking
import StreamCore

/// What comes of a request, in order: one head, then the body in pieces.
enum HTTPEvent: Sendable {
    case head(HTTPHead)
    case body([UInt8])
}

/// An answer's status and headers.
struct HTTPHead: Sendable {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]

    init(status: Int, headers: [String: String]) {
        self.status = status
        self.headers = Dictionary(headers.map { ($0.key.lowercased(), $0.value) }) { first, _ in first }
    }
}

/// How long a call may take and how large its answer may be.
struct HTTPLimits: Sendable {
    var total: Duration
    var idle: Duration
    var bytes: Int
}

/// Makes HTTP calls and hands their answers over while they come.
final class HTTPTransport: Sendable {
    private let receiver = HTTPReceiver()
    private let session: URLSession

    /// - Parameter connections: how many calls to one host run at once; more wait.
    init(connections: Int) {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = connections
        configuration.urlCache = nil
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        // Calls have timers of their own, which know when they began and when a byte came.
        configuration.timeoutIntervalForRequest = 86_400
        configuration.timeoutIntervalForResource = 86_400
        session = URLSession(configuration: configuration, delegate: receiver, delegateQueue: nil)
    }

    deinit { session.finishTasksAndInvalidate() }

    /// Makes the call; letting go of the stream ends it.
    func send(_ request: URLRequest, _ limits: HTTPLimits) -> AsyncThrowingStream<HTTPEvent, any Error> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: HTTPEvent.self)
        receiver.start(session.dataTask(with: request), continuation, limits)
        return stream
    }
}
