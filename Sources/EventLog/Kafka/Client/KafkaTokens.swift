import CRdKafka
import Dispatch
import StreamCore
import Synchronization

/// Gives a client new tokens whenever librdkafka asks for one.
///
/// On a thread of its own: fetching takes as long as an identity provider takes, and librdkafka's background thread has
/// acknowledgements to hand out meanwhile. After a failure librdkafka asks again in ten seconds.
final class KafkaTokens: Sendable {
    private struct State {
        weak var client: KafkaClient?
        /// Whether a token was asked for before the client was known.
        var isDue = false
        /// Why the last attempt gave none.
        var failure: String?
    }

    private let fetch: @Sendable () throws -> KafkaToken
    private let state = Mutex(State())

    init(_ fetch: @escaping @Sendable () throws -> KafkaToken) { self.fetch = fetch }

    /// Why there is no token now; nil when there is one, or none was needed yet.
    var failure: String? { state.withLock { $0.failure } }

    /// Tells whom the tokens are for.
    func serve(_ client: KafkaClient) {
        let isDue = state.withLock { state in
            state.client = client
            return state.isDue
        }
        if isDue { renew() }
    }

    /// Fetches a token and hands it over, soon.
    func renew() {
        let isReady = state.withLock { state in
            state.isDue = true
            return state.client != nil
        }
        guard isReady else { return }
        DispatchQueue.global().async { [self] in
            guard let client = state.withLock({ $0.client }) else { return }
            do {
                let token = try fetch()
                if let refusal = client.use({ Self.set(token, $0) }) { return fail(client, refusal) }
                state.withLock { $0.failure = nil }
            } catch {
                fail(client, "\(error)")
            }
        }
    }

    private func fail(_ client: KafkaClient, _ reason: String) {
        let text = reason.isEmpty ? "no reason was given" : reason
        state.withLock { $0.failure = "no OAUTHBEARER token: \(text)" }
        _ = client.use { rd_kafka_oauthbearer_set_token_failure($0, text) }
    }

    /// Hands a token over; returns why it was not taken.
    private static func set(_ token: KafkaToken, _ client: OpaquePointer) -> String? {
        guard !token.value.isEmpty else { return "the token is empty" }
        guard token.expires > SystemWallClock().now() else { return "the token expired at \(token.expires)" }
        var text = [CChar](repeating: 0, count: 512)
        let pairs = token.extensions.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
        let copies = pairs.map { pair in
            let bytes = UnsafeMutableBufferPointer<CChar>.allocate(capacity: pair.utf8.count + 1)
            _ = bytes.initialize(from: pair.utf8.map { CChar(bitPattern: $0) } + [0])
            return bytes
        }
        defer { for copy in copies { copy.deallocate() } }
        var extensions = copies.map { UnsafePointer($0.baseAddress) }
        let error = rd_kafka_oauthbearer_set_token(
            client, token.value, token.expires.milliseconds, token.principal, &extensions, extensions.count, &text,
            text.count)
        guard error != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        // librdkafka's words may repeat the token.
        let reason = String(kafka: text)
        return reason.contains(token.value) ? "librdkafka does not take the token" : reason
    }
}
