import Foundation
import FoundationNetworking
import StreamCore
import Synchronization

/// Sends one request and says what became of it; blocks its thread.
protocol OTLPSender: Sendable {
    func send(_ body: [UInt8]) -> OTLPOutcome
    /// Cuts what is under way, and everything after.
    func cut()
}

/// What a collector made of a request.
enum OTLPOutcome: Sendable, Equatable {
    /// It took the spans but for so many.
    case taken(rejected: Int)
    /// It may take them later; not before that many seconds when it says so.
    case later(String, after: Duration?)
    /// It will never take them.
    case refused(String)
}

/// Sends over HTTP.
final class HTTPSender: OTLPSender {
    private let session: URLSession
    private let settings: OTLPSettings
    private let address: URL?

    init(_ settings: OTLPSettings) {
        self.settings = settings
        address = URL(string: settings.endpoint)
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = Double(settings.timeout.milliseconds) / 1_000
        configuration.timeoutIntervalForResource = Double(settings.timeout.milliseconds) / 1_000
        session = URLSession(configuration: configuration)
    }

    func cut() { session.invalidateAndCancel() }

    func send(_ body: [UInt8]) -> OTLPOutcome {
        guard let address else { return .refused("'\(settings.endpoint)' is no address") }
        var request = URLRequest(url: address)
        request.httpMethod = "POST"
        request.httpBody = Data(body)
        for (name, value) in settings.headers { request.setValue(value, forHTTPHeaderField: name) }
        let type = settings.encoding == .json ? "application/json" : "application/x-protobuf"
        request.setValue(type, forHTTPHeaderField: "Content-Type")
        let answer = Mutex<OTLPOutcome?>(nil)
        let done = DispatchSemaphore(value: 0)
        let isJSON = settings.encoding == .json
        session.dataTask(with: request) { data, response, error in
            let outcome = Self.outcome(data, response as? HTTPURLResponse, error, isJSON: isJSON)
            answer.withLock { $0 = outcome }
            done.signal()
        }.resume()
        done.wait()
        return answer.withLock { $0 } ?? .later("no answer", after: nil)
    }

    private static func outcome(
        _ data: Data?, _ response: HTTPURLResponse?, _ error: (any Error)?, isJSON: Bool
    ) -> OTLPOutcome {
        guard let response else { return .later(error.map { $0.localizedDescription } ?? "no answer", after: nil) }
        switch response.statusCode {
        case 200..<300: return .taken(rejected: OTLPAnswer.rejected(Array(data ?? Data()), isJSON: isJSON))
        // By the protocol's specification these alone may be tried again.
        case 429, 502, 503, 504:
            let pause = response.value(forHTTPHeaderField: "Retry-After").flatMap { Int64($0) }
            return .later(
                "status \(response.statusCode)", after: pause.map { .seconds(min(300, max(0, $0))) })
        default: return .refused("status \(response.statusCode)")
        }
    }
}
