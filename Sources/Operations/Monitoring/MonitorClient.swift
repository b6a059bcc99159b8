import Console
import Foundation
import FoundationNetworking
import StreamCore

/// Reads pages of applications' monitors over HTTP.
struct MonitorClient: Sendable {
    /// A page.
    struct Page: Sendable {
        let status: Int
        let body: String
    }

    private let timeout: Duration

    init(timeout: Duration) { self.timeout = timeout }

    /// The page at `path` of the monitor at `base`.
    ///
    /// - Throws: ``CommandError`` with exit code `unreachable` when nobody answers.
    func get(_ base: String, _ path: String) async throws -> Page {
        guard let url = Self.url(base, path) else {
            throw CommandError.usage("'\(base)' is no address", hint: "such as http://127.0.0.1:8080")
        }
        var request = URLRequest(url: url)
        request.cachePolicy = .reloadIgnoringLocalCacheData
        request.timeoutInterval = max(0.1, Double(timeout.milliseconds) / 1_000)
        do {
            let (data, response) = try await URLSession.shared.data(for: request)
            return Page(
                status: (response as? HTTPURLResponse)?.statusCode ?? 0, body: String(decoding: data, as: UTF8.self))
        } catch {
            let words = (error as? URLError).map(Self.words) ?? "\(error)"
            throw CommandError(
                .unreachable, "the monitor at \(url.absoluteString) does not answer: \(words)",
                hint: "does the application run, with --monitor?", kind: "monitorUnreachable")
        }
    }

    static func url(_ base: String, _ path: String) -> URL? {
        var text = base.contains("://") ? base : "http://\(base)"
        while text.hasSuffix("/") { text.removeLast() }
        guard let url = URL(string: text + path), url.host != nil, ["http", "https"].contains(url.scheme) else {
            return nil
        }
        return url
    }

    private static func words(_ error: URLError) -> String {
        switch error.code {
        case .timedOut: "not in time"
        case .cannotConnectToHost: "nobody listens there"
        case .cannotFindHost: "there is no such host"
        case .networkConnectionLost: "the connection was cut"
        default: error.localizedDescription
        }
    }
}
