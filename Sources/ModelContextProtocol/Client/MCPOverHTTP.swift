import Foundation
import FoundationNetworking
import JSON
import StreamCore
import Synchronization

/// Requests as POSTs of their own.
final class MCPOverHTTP: MCPTransport {
    private let address: URL
    private let headers: [String: String]
    private let connection: URLSession
    /// The session that a server with a handshake has given.
    private let session = Mutex<String?>(nil)

    init(_ address: String, _ headers: [String: String]) throws(MCPError) {
        guard let url = URL(string: address), ["http", "https"].contains(url.scheme ?? ""), url.host != nil else {
            throw .local("'\(address)' is no address of a server: give http://… or https://…")
        }
        self.address = url
        self.headers = headers
        let configuration = URLSessionConfiguration.ephemeral
        configuration.urlCache = nil
        configuration.httpCookieStorage = nil
        connection = URLSession(configuration: configuration, delegate: RedirectRefusal(), delegateQueue: nil)
    }

    deinit { connection.finishTasksAndInvalidate() }

    func send(
        _ request: JSONValue, id: Int64, headers: [String: String], timeout: Duration
    ) async throws(MCPError) -> JSONValue {
        let (body, response) = try await post(request, headers, timeout)
        if let given = response.value(forHTTPHeaderField: "Mcp-Session-Id") { session.withLock { $0 = given } }
        let type = response.value(forHTTPHeaderField: "Content-Type") ?? ""
        let messages = type.hasPrefix("text/event-stream") ? Self.events(body) : [body]
        for message in messages {
            guard let json = try? JSONValue(parsing: message) else { continue }
            if json["id"]?.integerValue == id || json["error"] != nil { return json }
        }
        guard (200..<300).contains(response.statusCode) else {
            throw .local("\(address) answers \(response.statusCode)\(Self.excerpt(body))")
        }
        throw .local("\(address) gives no answer of this protocol\(Self.excerpt(body))")
    }

    func notify(_ message: JSONValue, version: String) async throws(MCPError) {
        _ = try await post(message, [MCPHeader.version: version], .seconds(30))
    }

    func close() async {}

    private func post(
        _ message: JSONValue, _ more: [String: String], _ timeout: Duration
    ) async throws(MCPError) -> (Bytes, HTTPURLResponse) {
        var request = URLRequest(url: address, timeoutInterval: Double(timeout.milliseconds) / 1000)
        request.httpMethod = "POST"
        request.httpBody = Data(message.text.utf8)
        for (name, value) in headers.merging(more, uniquingKeysWith: { $1 }) {
            request.setValue(value, forHTTPHeaderField: name)
        }
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.setValue("application/json, text/event-stream", forHTTPHeaderField: "Accept")
        if let id = session.withLock({ $0 }) { request.setValue(id, forHTTPHeaderField: "Mcp-Session-Id") }
        do {
            let (data, response) = try await connection.data(for: request)
            guard let response = response as? HTTPURLResponse else {
                throw MCPError.unreachable("\(address) does not answer in HTTP")
            }
            return (Bytes([UInt8](data)), response)
        } catch let error as MCPError {
            throw error
        } catch {
            throw .unreachable("\(address) cannot be reached: \(error.localizedDescription)")
        }
    }

    /// The data of each event.
    private static func events(_ body: Bytes) -> [Bytes] {
        let text = (body.utf8 ?? "").replacingOccurrences(of: "\r\n", with: "\n").replacingOccurrences(
            of: "\r", with: "\n")
        return text.components(separatedBy: "\n\n").compactMap { event in
            let lines = event.split(separator: "\n").filter { $0.hasPrefix("data:") }.map { line in
                line.dropFirst(line.hasPrefix("data: ") ? 6 : 5)
            }
            return lines.isEmpty ? nil : Bytes(lines.joined(separator: "\n"))
        }
    }

    private static func excerpt(_ body: Bytes) -> String {
        guard let text = body.utf8, !text.isEmpty else { return "" }
        return ": " + text.prefix(200)
    }
}

/// Redirects are not followed: they would carry headers with secrets elsewhere.
private final class RedirectRefusal: NSObject, URLSessionTaskDelegate, Sendable {
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}
