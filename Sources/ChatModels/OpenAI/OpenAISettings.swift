public import Foundation
import StreamCore

/// Which model to ask, as the environment says.
public struct OpenAISettings: Sendable, Hashable {
    /// Where the interface begins.
    public let baseURL: URL
    /// The model's name, as the server knows it.
    public let model: String
    /// Sent as a bearer token; nil for servers that want none.
    public let key: APIKey?
    /// How many requests a minute this process may send; nil for any number.
    public let requestsPerMinute: Int?

    /// The settings in `OPENAI_BASE_URL`, `OPENAI_MODEL`, `OPENAI_API_KEY` and `OPENAI_REQUESTS_PER_MINUTE`.
    ///
    /// An empty variable counts as not set.
    ///
    /// - Returns: nil when neither address nor model is set: then no model is wanted.
    /// - Throws: ``ChatModelError`` with the code `invalidRequest` when one of the two is missing, or a value makes no sense.
    public static func from(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ChatModelError) -> OpenAISettings? {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        func mistake(_ words: String) -> ChatModelError { ChatModelError(.invalidRequest, words) }
        let (address, model) = (value("OPENAI_BASE_URL"), value("OPENAI_MODEL"))
        if address == nil, model == nil { return nil }
        guard let address else {
            throw mistake("OPENAI_MODEL is set and OPENAI_BASE_URL is not: set both, or neither")
        }
        guard let model else {
            throw mistake("OPENAI_BASE_URL is set and OPENAI_MODEL is not: set both, or neither")
        }
        let key = value("OPENAI_API_KEY").map { APIKey($0) }
        guard key?.fitsHeader != false else {
            throw mistake("OPENAI_API_KEY holds a character that no key has (a space, a line end?): set it anew")
        }
        var limit: Int?
        if let text = value("OPENAI_REQUESTS_PER_MINUTE") {
            guard let number = Int(text), number > 0 else {
                throw mistake("OPENAI_REQUESTS_PER_MINUTE is '\(text)': it must be a whole number from 1")
            }
            limit = number
        }
        return OpenAISettings(baseURL: try url(address), model: model, key: key, requestsPerMinute: limit)
    }

    private static func url(_ text: String) throws(ChatModelError) -> URL {
        var text = text
        while text.hasSuffix("/") { text.removeLast() }
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let host = url.host, !host.isEmpty, url.query == nil, url.fragment == nil
        else {
            throw ChatModelError(
                .invalidRequest,
                "OPENAI_BASE_URL is no http or https address: give one such as http://localhost:11434/v1")
        }
        guard url.user == nil, url.password == nil else {
            throw ChatModelError(
                .invalidRequest, "OPENAI_BASE_URL holds a user or password: give the key in OPENAI_API_KEY")
        }
        return url
    }
}
