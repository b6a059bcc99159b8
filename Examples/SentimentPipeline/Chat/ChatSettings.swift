import Foundation

/// Which model to ask, and how.
struct ChatSettings: Sendable {
    /// The address that `/chat/completions` is appended to, without a slash at the end.
    let baseURL: URL
    /// The model's name, as the server knows it.
    let model: String
    /// Sent as a bearer token; nil for servers that want none.
    let key: Secret?
    /// How many requests a minute this process may send; nil for no limit.
    let requestsPerMinute: Int?
    /// How long one request may take, from the first byte sent to the last received.
    let timeLimit: Duration

    /// Settings.
    ///
    /// - Throws: ``ChatFailure`` when one of them makes no sense.
    init(
        baseURL: String, model: String, key: String? = nil, requestsPerMinute: Int? = nil,
        timeLimit: Duration = .seconds(30)
    ) throws(ChatFailure) {
        self.baseURL = try Self.address(baseURL)
        guard !model.isEmpty else {
            throw ChatFailure(.invalidSettings, "OPENAI_MODEL is empty: set it to the name of a model of the server")
        }
        self.model = model
        if let key {
            guard !key.isEmpty, key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
                throw ChatFailure(
                    .invalidSettings,
                    "OPENAI_API_KEY holds a character that no key has (a space, a line end?): set it anew")
            }
            self.key = Secret(key)
        } else {
            self.key = nil
        }
        if let requestsPerMinute, requestsPerMinute < 1 {
            throw ChatFailure(
                .invalidSettings, "OPENAI_REQUESTS_PER_MINUTE is \(requestsPerMinute): it must be 1 or more")
        }
        self.requestsPerMinute = requestsPerMinute
        self.timeLimit = timeLimit
    }

    /// The settings in `OPENAI_BASE_URL`, `OPENAI_MODEL`, `OPENAI_API_KEY` and `OPENAI_REQUESTS_PER_MINUTE`.
    ///
    /// Nil when neither address nor model is set: then no model is wanted. An empty variable counts as not set.
    ///
    /// - Throws: ``ChatFailure`` when only one of the two is set, or a value makes no sense.
    static func from(environment: [String: String]) throws(ChatFailure) -> ChatSettings? {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let address = value("OPENAI_BASE_URL")
        let model = value("OPENAI_MODEL")
        if address == nil, model == nil { return nil }
        guard let address else {
            throw ChatFailure(.invalidSettings, "OPENAI_MODEL is set and OPENAI_BASE_URL is not: set both, or neither")
        }
        guard let model else {
            throw ChatFailure(.invalidSettings, "OPENAI_BASE_URL is set and OPENAI_MODEL is not: set both, or neither")
        }
        var limit: Int?
        if let text = value("OPENAI_REQUESTS_PER_MINUTE") {
            guard let number = Int(text) else {
                throw ChatFailure(
                    .invalidSettings, "OPENAI_REQUESTS_PER_MINUTE is '\(text)': it must be a whole number")
            }
            limit = number
        }
        return try ChatSettings(baseURL: address, model: model, key: value("OPENAI_API_KEY"), requestsPerMinute: limit)
    }

    /// Where questions are posted.
    var endpoint: URL { baseURL.appendingPathComponent("chat").appendingPathComponent("completions") }

    private static func address(_ text: String) throws(ChatFailure) -> URL {
        var text = text
        while text.hasSuffix("/") { text.removeLast() }
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme),
            let host = url.host, !host.isEmpty, url.query == nil, url.fragment == nil
        else {
            throw ChatFailure(
                .invalidSettings,
                "OPENAI_BASE_URL is no http or https address: give one such as http://localhost:11434/v1")
        }
        guard url.user == nil, url.password == nil else {
            throw ChatFailure(
                .invalidSettings, "OPENAI_BASE_URL holds a user or password: give the key in OPENAI_API_KEY")
        }
        return url
    }
}
