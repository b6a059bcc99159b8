import CRdKafka
import Dispatch
import Foundation
import StreamCore
import Synchronization

/// One librdkafka client with its threads; ends them when it goes.
///
/// Its events are served by librdkafka's background thread, so that nobody needs to poll it.
final class KafkaClient: @unchecked Sendable {  // librdkafka clients may be used by any number of threads.
    private let pointer: OpaquePointer
    private let isRetired = Atomic<Bool>(false)
    private let credentials: (name: String, password: String)?
    /// What the client reports.
    let events: KafkaEvents
    /// Whether brokers see credentials or certificates, and so may refuse them.
    let mayBeRefused: Bool

    /// A client with `role`; it connects when it is first used.
    ///
    /// - Throws: ``EventLogError`` with code `invalidConfiguration`.
    init(_ role: KafkaRole, _ configuration: KafkaConfiguration) throws(EventLogError) {
        let settings = try KafkaSettings(role, configuration)
        let events = KafkaEvents(log: configuration.log, tokens: configuration.oauthToken.map { KafkaTokens($0) })
        // Unretained: whoever ends the client keeps `events` until all of librdkafka's threads have ended.
        rd_kafka_conf_set_opaque(settings.pointer, Unmanaged.passUnretained(events).toOpaque())
        rd_kafka_conf_set_log_cb(settings.pointer, receiveLogLine)
        // Rebalances as events, not as callbacks: what happens in them happens on the thread that polls, in Swift.
        let rebalances = role.isPolled ? RD_KAFKA_EVENT_REBALANCE : 0
        rd_kafka_conf_set_events(settings.pointer, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | rebalances)
        rd_kafka_conf_set_background_event_cb(settings.pointer, receiveEvent)
        // That a topic is gone comes to a partition's queue, but not as a message: without this it would only be logged.
        rd_kafka_conf_set_error_cb(settings.pointer) { _, error, _, opaque in
            opaque.map {
                Unmanaged<KafkaEvents>.fromOpaque($0).takeUnretainedValue()
                    .receiveQueueFault(rd_kafka_resp_err_t(rawValue: error))
            }
        }
        if events.tokens != nil {
            rd_kafka_conf_enable_sasl_queue(settings.pointer, 1)
            rd_kafka_conf_set_oauthbearer_token_refresh_cb(settings.pointer) { _, _, opaque in
                opaque.map { Unmanaged<KafkaEvents>.fromOpaque($0).takeUnretainedValue().tokens?.renew() }
            }
        }
        var text = [CChar](repeating: 0, count: 512)
        let kind = role.isProducer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER
        guard let pointer = rd_kafka_new(kind, settings.pointer, &text, text.count) else {
            throw EventLogError(
                .invalidConfiguration, "librdkafka does not accept the Kafka configuration: \(String(kafka: text))")
        }
        settings.take()
        self.pointer = pointer
        credentials = configuration.saslCredentials
        mayBeRefused = !["", "plaintext"].contains(configuration.properties["security.protocol"]?.lowercased() ?? "")
        self.events = events
        forward(rd_kafka_queue_get_main(pointer))
        if !role.isProducer, !role.isPolled { forward(rd_kafka_queue_get_consumer(pointer)) }
        if let tokens = events.tokens {
            tokens.serve(self)
            rd_kafka_sasl_background_callbacks_enable(pointer).map { rd_kafka_error_destroy($0) }
        }
    }

    deinit {
        guard isRetired.load(ordering: .relaxed) else { return end(pointer, events) }
        // Its threads live on and may call.
        _ = Unmanaged.passRetained(events)
        events.receive(
            KafkaLogLine(
                level: 5, facility: "CLOSE",
                message: "a member left before it was assigned anything; its idle threads stay until the process ends"))
    }

    /// Has the client never be destroyed, because librdkafka would abort the process.
    func retire() { isRetired.store(true, ordering: .relaxed) }

    /// Calls `body` with librdkafka's client, which lives at least until it returns.
    func use<Result, Failure: Error>(_ body: (OpaquePointer) throws(Failure) -> Result) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(pointer)
    }

    /// Makes the threads that talk to the brokers look at once what can be fetched.
    ///
    /// They do so by themselves after an answer of a broker, but only once a second when all queues were full, which
    /// would limit a fast reader to one queue a second. librdkafka 2.0 has no call for it; setting the credentials that
    /// it has already does nothing else.
    func wakeFetchers() {
        guard let credentials else { return }
        rd_kafka_sasl_set_credentials(pointer, credentials.name, credentials.password)
            .map { rd_kafka_error_destroy($0) }
    }

    private func forward(_ queue: OpaquePointer?) {
        guard let queue else { return }
        let background = rd_kafka_queue_get_background(pointer)
        rd_kafka_queue_forward(queue, background)
        if let background { rd_kafka_queue_destroy(background) }
        rd_kafka_queue_destroy(queue)
    }
}

extension KafkaConfiguration {
    /// The credentials that librdkafka has; nil when they come from elsewhere (Kerberos), where a name would change them.
    fileprivate var saslCredentials: (name: String, password: String)? {
        if let name = properties["sasl.username"], let password = properties["sasl.password"] {
            return (name, password)
        }
        let usesSASL = properties["security.protocol"]?.lowercased().contains("sasl") ?? false
        return usesSASL ? nil : ("", "")
    }
}

/// Ends a client's threads, and waits for that no longer than ``closePatience``.
///
/// librdkafka 2.0.2 can wait for ever for the thread of a broker, for instance after a topic that was read is gone. What is
/// left then is a few idle threads, and `events`, which they may still call.
private func end(_ client: OpaquePointer, _ events: KafkaEvents) {
    let address = UInt(bitPattern: client)
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
        // No leave: a member has left before, and closing waits for brokers that may be gone.
        rd_kafka_destroy_flags(OpaquePointer(bitPattern: address), RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
        done.signal()
        withExtendedLifetime(events) {}
    }
    if done.wait(timeout: .now() + closePatience) == .timedOut {
        events.receive(
            KafkaLogLine(
                level: 4, facility: "CLOSE", message: "a client's threads do not end; they are left to themselves"))
    }
}

/// Longer than any thread of librdkafka sleeps.
private let closePatience: DispatchTimeInterval = .seconds(10)

private func receiveLogLine(
    _ client: OpaquePointer?, _ level: Int32, _ facility: UnsafePointer<CChar>?, _ message: UnsafePointer<CChar>?
) {
    guard let client, let facility, let message, let opaque = rd_kafka_opaque(client) else { return }
    Unmanaged<KafkaEvents>.fromOpaque(opaque).takeUnretainedValue()
        .receive(
            KafkaLogLine(
                level: Int(level), facility: String(cString: facility), message: String(cString: message)))
}

private func receiveEvent(_ client: OpaquePointer?, _ event: OpaquePointer?, _ opaque: UnsafeMutableRawPointer?) {
    guard let event else { return }
    defer { rd_kafka_event_destroy(event) }
    switch rd_kafka_event_type(event) {
    case RD_KAFKA_EVENT_DR:
        while let message = rd_kafka_event_message_next(event) { KafkaDelivery.report(message) }
    case RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH:
        opaque.map { Unmanaged<KafkaEvents>.fromOpaque($0).takeUnretainedValue().tokens?.renew() }
    case RD_KAFKA_EVENT_ERROR:
        guard let opaque, let text = rd_kafka_event_error_string(event) else { return }
        Unmanaged<KafkaEvents>.fromOpaque(opaque).takeUnretainedValue()
            .receive(rd_kafka_event_error(event), String(cString: text))
    default: break
    }
}
