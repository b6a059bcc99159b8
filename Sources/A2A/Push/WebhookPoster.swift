import AgentOperators
import Foundation
import FoundationNetworking
import StreamCore

/// Posts deliveries to webhooks.
struct WebhookPoster: Sendable {
    private let options: A2APushOptions
    private let session: URLSession

    init(_ options: A2APushOptions) {
        self.options = options
        let configuration = URLSessionConfiguration.ephemeral
        configuration.urlCache = nil
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        let seconds = Double(options.tryTimeout.milliseconds) / 1_000
        configuration.timeoutIntervalForRequest = seconds
        configuration.timeoutIntervalForResource = seconds
        session = URLSession(configuration: configuration, delegate: NoRedirects(), delegateQueue: nil)
    }

    /// Posts one delivery.
    ///
    /// - Throws: ``AgentError``: one that may pass, such as a server's 503, is tried again.
    func post(_ delivery: A2APushDelivery) async throws -> Bool {
        let webhook: WebhookURL
        do { webhook = try WebhookURL(delivery.url) } catch { throw AgentError("badURL", error.description) }
        guard options.allowsPrivateAddresses || !webhook.isPrivate else {
            throw AgentError("privateAddress", "'\(webhook.host)' is this machine or in a private network")
        }
        var request = URLRequest(url: webhook.url)
        request.httpMethod = "POST"
        request.httpBody = Data(delivery.body.utf8)
        request.setValue("application/a2a+json", forHTTPHeaderField: "Content-Type")
        request.setValue(A2AHeader.spoken, forHTTPHeaderField: A2AHeader.version)
        // The same at every try: a receiver that keeps the last ones knows a repetition.
        request.setValue(delivery.id, forHTTPHeaderField: "X-A2A-Event-Id")
        if !delivery.token.isEmpty {
            request.setValue(delivery.token, forHTTPHeaderField: "X-A2A-Notification-Token")
        }
        if let scheme = delivery.scheme {
            let credentials = delivery.credentials.isEmpty ? "" : " \(delivery.credentials)"
            request.setValue("\(scheme)\(credentials)", forHTTPHeaderField: "Authorization")
        }
        let status: Int
        do {
            let (_, response) = try await session.data(for: request)
            status = (response as? HTTPURLResponse)?.statusCode ?? 0
        } catch {
            try Task.checkCancellation()
            throw AgentError("unreachable", "'\(webhook.host)' cannot be reached: \(error)", isRetryable: true)
        }
        guard !(200..<300).contains(status) else { return true }
        let mayPass = status == 408 || status == 425 || status == 429 || status >= 500
        throw AgentError("http\(status)", "'\(webhook.host)' answered \(status)", isRetryable: mayPass)
    }
}

/// Follows no redirects: where they lead, nobody has looked.
private final class NoRedirects: NSObject, URLSessionTaskDelegate {
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) { completionHandler(nil) }
}
