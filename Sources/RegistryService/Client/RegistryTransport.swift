import Foundation
import FoundationNetworking
import JSON
import Schemas
import StreamCore
import Synchronization

/// Asks a registry over HTTP and waits for the answer.
final class RegistryTransport: Sendable {
    private let connection: RegistryConnection
    private let receiver = RegistryReceiver()
    private let session: URLSession
    /// Which address answered last.
    private let preferred = Atomic<Int>(0)

    init(_ connection: RegistryConnection) {
        self.connection = connection
        let configuration = URLSessionConfiguration.ephemeral
        configuration.urlCache = nil
        configuration.httpCookieStorage = nil
        configuration.httpShouldSetCookies = false
        session = URLSession(configuration: configuration, delegate: receiver, delegateQueue: nil)
    }

    deinit { session.finishTasksAndInvalidate() }

    /// The JSON that the registry answers; other addresses and later attempts are tried while it is away.
    func ask(_ method: String, _ path: String, _ body: JSONValue? = nil) throws(SchemaRegistryError) -> JSONValue {
        var last = SchemaRegistryError(.unavailable, "the registry was not asked")
        for attempt in 0..<connection.attempts {
            if attempt > 0 { Thread.sleep(forTimeInterval: 0.1 * Double(1 << min(attempt - 1, 5))) }
            let first = preferred.load(ordering: .relaxed)
            for step in connection.addresses.indices {
                let index = (first + step) % connection.addresses.count
                do {
                    let json = try ask(method, connection.addresses[index], path, body)
                    preferred.store(index, ordering: .relaxed)
                    return json
                } catch {
                    guard error.code == .unavailable else { throw error }
                    last = error
                }
            }
        }
        throw last
    }

    private func ask(
        _ method: String, _ address: String, _ path: String, _ body: JSONValue?
    ) throws(SchemaRegistryError) -> JSONValue {
        guard let url = URL(string: address + path) else {
            throw SchemaRegistryError(.notUnderstood, "'\(path)' cannot be asked for at \(address)")
        }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.timeoutInterval = max(0.1, Double(connection.timeout.milliseconds) / 1_000)
        request.cachePolicy = .reloadIgnoringLocalCacheData
        request.setValue("application/vnd.schemaregistry.v1+json, application/json", forHTTPHeaderField: "Accept")
        switch connection.credentials {
        case .none: break
        case .basic(let user, let password):
            let token = Data("\(user):\(password)".utf8).base64EncodedString()
            request.setValue("Basic \(token)", forHTTPHeaderField: "Authorization")
        case .bearer(let token): request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
        }
        if let body {
            request.httpBody = Data(body.text.utf8)
            request.setValue("application/vnd.schemaregistry.v1+json", forHTTPHeaderField: "Content-Type")
        }
        return try read(try wait(request, address), "\(method) \(address)\(path)")
    }

    private func wait(_ request: URLRequest, _ address: String) throws(SchemaRegistryError) -> RegistryAnswer {
        let task = session.dataTask(with: request)
        let call = receiver.start(task)
        let outcome = call.wait(upTo: connection.timeout + .seconds(2))
        if outcome == nil { task.cancel() }
        switch outcome {
        case .success(let answer)?: return answer
        case .failure(let reason)?:
            throw SchemaRegistryError(.unavailable, "the registry at \(address) does not answer: \(reason.description)")
        case nil: throw SchemaRegistryError(.unavailable, "the registry at \(address) does not answer: not in time")
        }
    }

    private func read(_ answer: RegistryAnswer, _ question: String) throws(SchemaRegistryError) -> JSONValue {
        let json = try? JSONValue(parsing: answer.body)
        if (200..<300).contains(answer.status) {
            if let json { return json }
            throw SchemaRegistryError(
                .notUnderstood,
                "\(question): \(answer.type) was answered, which is no JSON: is a schema registry there? It begins with "
                    + "'\(Self.shown(answer.body))'")
        }
        let message = json?["message"]?.stringValue.map { Self.printable($0) } ?? "'\(Self.shown(answer.body))'"
        let words = "\(message) (\(question), status \(answer.status))"
        guard let number = json?["error_code"]?.integerValue, answer.status < 500, answer.status != 429 else {
            throw SchemaRegistryError(Self.code(answer.status), words)
        }
        throw SchemaRegistryError(
            SchemaRegistryError.Code(rawValue: Int(number)) ?? Self.code(answer.status), words)
    }

    private static func code(_ status: Int) -> SchemaRegistryError.Code {
        switch status {
        case 401, 403: .denied
        case 409: .incompatible
        case 422: .invalidSchema
        case 408, 429, 500...: .unavailable
        default: .notUnderstood
        }
    }

    private static func shown(_ body: Bytes) -> String {
        printable(String(decoding: body[0..<100].array, as: UTF8.self))
    }

    private static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? " " : $0 }))
    }
}
