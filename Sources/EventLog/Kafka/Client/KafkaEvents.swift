import CRdKafka
import StreamCore
import Synchronization

/// What a librdkafka client tells on its own threads: log lines, errors, acknowledgements.
final class KafkaEvents: Sendable {
    /// What is known about the brokers' reachability and the credentials.
    struct Health {
        /// When all brokers became unreachable, as far as known.
        var downSince: ContinuousClock.Instant?
        /// When that was last reported.
        var lastDown: ContinuousClock.Instant?
        /// The last refusal of the credentials.
        var refusal: (text: String, at: ContinuousClock.Instant)?
        /// The last trouble with a connection.
        var fault: (text: String, at: ContinuousClock.Instant)?
    }

    private let log: @Sendable (KafkaLogLine) -> Void
    private let health = Mutex(Health())
    private let refusedPlace = Mutex<TopicPartition?>(nil)
    private let queueFault = Mutex<rd_kafka_resp_err_t?>(nil)
    /// Grows with every report that all brokers are unreachable.
    let outageReports = Atomic<Int>(0)
    /// How long after a report the next one counts as a new outage: longer than any attempt to connect takes.
    private static let memory: Duration = .seconds(15)

    /// Gives tokens; nil when none are needed.
    let tokens: KafkaTokens?

    init(log: @escaping @Sendable (KafkaLogLine) -> Void, tokens: KafkaTokens? = nil) {
        self.log = log
        self.tokens = tokens
    }

    /// Takes a log line.
    func receive(_ line: KafkaLogLine) {
        // One set of properties serves producers and consumers; librdkafka warns of each that is the other's.
        if line.facility == "CONFWARN", line.message.contains("property and will be ignored by") { return }
        if line.facility == "ADDPARTS", let place = Self.refusedPlace(line.message) {
            refusedPlace.withLock { $0 = place }
        }
        log(line)
    }

    /// Takes an error that concerns the whole client.
    func receive(_ error: rd_kafka_resp_err_t, _ text: String) {
        let now = ContinuousClock.now
        switch error {
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
            health.withLock { health in
                if health.lastDown.map({ now - $0 > Self.memory }) ?? true { health.downSince = now }
                health.lastDown = now
            }
            outageReports.add(1, ordering: .releasing)
        case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR__SSL:
            health.withLock { $0.refusal = (text, now) }
        case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__RESOLVE, RD_KAFKA_RESP_ERR__TIMED_OUT:
            health.withLock { $0.fault = (text, now) }
        default: break
        }
        let isOutage = EventLogError.kafkaCode(of: error) == .unavailable
        log(KafkaLogLine(level: isOutage ? 4 : 3, facility: "ERROR", message: text))
    }

    /// The partition that a transaction was refused last, forgetting it: librdkafka tells which one only in its log.
    func takeRefusedPlace() -> TopicPartition? {
        refusedPlace.withLock { place in
            defer { place = nil }
            return place
        }
    }

    /// The partition in `Failed to add partition "topic" [3] to transaction: …`.
    private static func refusedPlace(_ message: String) -> TopicPartition? {
        let parts = message.split(separator: "\"", omittingEmptySubsequences: false)
        guard parts.count >= 3, let open = parts[2].firstIndex(of: "["), let close = parts[2].firstIndex(of: "]"),
            open < close, let partition = Int32(parts[2][parts[2].index(after: open)..<close])
        else { return nil }
        return TopicPartition(String(parts[1]), partition)
    }

    /// Takes an error that lay in a partition's queue and is reported on the thread that empties it.
    func receiveQueueFault(_ error: rd_kafka_resp_err_t) { queueFault.withLock { $0 = error } }

    /// The last error that was met while a queue was emptied; forgets it.
    func takeQueueFault() -> rd_kafka_resp_err_t? {
        queueFault.withLock { fault in
            defer { fault = nil }
            return fault
        }
    }

    /// How long all brokers have been unreachable, when they are.
    func outage(at now: ContinuousClock.Instant) -> Duration? {
        health.withLock { health in
            guard let since = health.downSince, let last = health.lastDown, now - last <= Self.memory else {
                return nil
            }
            return now - since
        }
    }

    /// `error` with what the client has met since `start` and may explain it; refused credentials change its code.
    func explain(_ error: EventLogError, since start: ContinuousClock.Instant) -> EventLogError {
        guard error.code == .unavailable else { return error }
        let fault = health.withLock { $0.fault }
        if let refusal = refusal(since: start) {
            let advice = EventLogError.kafkaAdvice(for: .unauthorized) ?? ""
            let message = error.message.replacing(
                EventLogError.kafkaAdvice(for: .unavailable) ?? "", with: advice, maxReplacements: 1)
            return EventLogError(
                .unauthorized, "\(message) (\(refusal)\(Self.guess(refusal)))", at: error.partition)
        }
        guard let fault, fault.at >= start else { return error }
        return EventLogError(
            .unavailable, "\(error.message) (\(fault.text)\(Self.guess(fault.text)))", at: error.partition)
    }

    /// What librdkafka's words mostly mean.
    private static func guess(_ text: String) -> String {
        if text.contains("SSL_HANDSHAKE") || text.contains("wrong version number") {
            return ": the port seems to speak no TLS; check the port and security.protocol"
        }
        if text.contains("SASL Handshake not supported") {
            return ": the port asks for no credentials; check the port and security.protocol"
        }
        return ""
    }

    /// How the credentials were refused at about `start` or later; then there is nothing to wait for.
    func refusal(since start: ContinuousClock.Instant) -> String? {
        // librdkafka reports that there is no token once, however long that lasts.
        if let failure = tokens?.failure { return failure }
        guard let refusal = health.withLock({ $0.refusal }), refusal.at >= start - Self.memory else { return nil }
        return refusal.text
    }
}
