public import AgentOperators
import StreamCore
import StreamDSL
import Topology

/// An update on its way to a webhook.
struct A2APushDelivery: Sendable, Hashable, Codable {
    /// Names the event for ever: task and number; the same at every try.
    let id: String
    let url: String
    let token: String
    let scheme: String?
    let credentials: String
    /// A StreamResponse, JSON.
    let body: String

    init(id: String, config: A2APushConfig, body: String) {
        self.id = id
        url = config.url
        token = config.token
        scheme = config.authentication?.scheme
        credentials = config.authentication?.credentials ?? ""
        self.body = body
    }
}

/// How push notifications are posted.
public struct A2APushOptions: Sendable {
    /// How long, how many at once, how often; posts for one webhook of one task follow each other.
    public var posting: AskOptions
    /// How long one try may take.
    public var tryTimeout: Duration
    /// Whether plain `http` is allowed.
    public var allowsPlainHTTP: Bool
    /// Whether addresses of this machine and of private networks are allowed.
    ///
    /// Clients choose the URLs: without this an agent could be made to post into the network it runs in. What a name
    /// resolves to is looked at before each post; whatever resolves otherwise a moment later is not held back by this.
    public var allowsPrivateAddresses: Bool

    /// The most configurations that a task can have.
    static let mostConfigs = 16

    /// Options: 8 tries over about an hour.
    public init(
        posting: AskOptions = AskOptions(
            timeout: .seconds(3_600), inFlight: 16,
            retry: RetryPolicy(attempts: 8, first: .seconds(1), longest: .seconds(600))),
        tryTimeout: Duration = .seconds(10), allowsPlainHTTP: Bool = true, allowsPrivateAddresses: Bool = false
    ) {
        self.posting = posting
        self.tryTimeout = tryTimeout
        self.allowsPlainHTTP = allowsPlainHTTP
        self.allowsPrivateAddresses = allowsPrivateAddresses
    }

    var mistake: String? { tryTimeout <= .zero ? "'pushing.tryTimeout' must be above 0" : nil }

    /// Refuses what can be no webhook.
    func check(_ config: A2APushConfig) throws(A2AFormatError) {
        let webhook = try WebhookURL(config.url)
        if webhook.isPlain, !allowsPlainHTTP { throw A2AFormatError("'url' of a push configuration must be https") }
        if !allowsPrivateAddresses, webhook.isPrivateLiteral {
            throw A2AFormatError("'url' of a push configuration must not name this machine or a private network")
        }
        for text in [config.token, config.authentication?.scheme ?? "", config.authentication?.credentials ?? ""]
        where text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
            throw A2AFormatError(
                "'token' and 'authentication' of a push configuration go into headers: no control characters")
        }
    }
}

extension KStream where Key == String, Value == A2APushDelivery {
    /// Posts every delivery, at least once; what no try delivers is dealt with by the policy's stage `ask`.
    func posted(named name: String, _ options: A2APushOptions) -> Terminal {
        let poster = WebhookPoster(options)
        return mapAsync(named: name, options: options.posting) { delivery, _ in try await poster.post(delivery) }
            .answers(named: "\(name)-delivered").forEach(named: "\(name)-done") { _ in }
    }
}
