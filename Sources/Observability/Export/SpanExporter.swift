import Foundation
import StreamCore
import Synchronization

/// Sends spans to a collector by OTLP over HTTP, in batches, on a thread of its own.
///
/// It never keeps a task waiting: what its queue has no room for is dropped and counted. A collector that is away is asked
/// again with growing pauses; what it refuses is dropped and counted. ``stop()`` sends what is left, for as long as one
/// sending may take.
public final class SpanExporter: SpanSink {
    private struct State {
        var queue: [Span] = []
        var isStopping = false
        /// When the last sending must be over; nil before the stop.
        var end: ContinuousClock.Instant?
    }

    /// How long a batch is tried before it is given up.
    private static let patience: Duration = .seconds(60)

    private let settings: OTLPSettings
    private let sender: any OTLPSender
    private let counters: Counters
    private let journal: EventJournal
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// An exporter that sends from now on.
    ///
    /// - Parameters:
    ///   - settings: where and how.
    ///   - counters: where `spans_exported` and `spans_dropped` are counted.
    ///   - journal: hears when a collector goes away and comes back.
    public convenience init(_ settings: OTLPSettings, counters: Counters, journal: EventJournal) {
        self.init(settings, counters: counters, journal: journal, sender: HTTPSender(settings))
    }

    init(_ settings: OTLPSettings, counters: Counters, journal: EventJournal, sender: any OTLPSender) {
        self.settings = settings
        self.counters = counters
        self.journal = journal
        self.sender = sender
        let thread = Thread { [self] in run() }
        thread.name = "tributary-otlp"
        thread.start()
    }

    /// Takes `spans`, at once; what there is no room for is dropped and counted.
    public func take(_ spans: [Span]) {
        let (dropped, isUrgent) = state.withLock { state in
            let room = state.isStopping ? 0 : max(0, settings.queueLimit - state.queue.count)
            state.queue += spans.prefix(room)
            return (spans.count - min(room, spans.count), state.queue.count >= settings.batchLimit)
        }
        if dropped > 0 { drop(dropped, "the queue is full") }
        if isUrgent { wake.signal() }
    }

    /// Sends what is left and ends; waits for that as long as one sending may take.
    public func stop() {
        let isFirst = state.withLock { state in
            defer {
                state.isStopping = true
                state.end = state.end ?? .now + settings.timeout
            }
            return !state.isStopping
        }
        guard isFirst else { return }
        wake.signal()
        if ended.wait(timeout: .now() + .milliseconds(Int(settings.timeout.milliseconds))) == .timedOut {
            sender.cut()
            _ = ended.wait(timeout: .now() + .seconds(1))
        } else {
            sender.cut()
        }
    }

    private func drop(_ count: Int, _ reason: String) {
        counters.add([Counters.Key("spans_dropped", reason: reason): count])
    }

    // MARK: The thread

    private func run() {
        var isAway = false
        while true {
            let batch = nextBatch()
            guard !batch.isEmpty else {
                if state.withLock({ $0.isStopping && $0.queue.isEmpty }) { break }
                continue
            }
            isAway = deliver(batch, isAway)
        }
        ended.signal()
    }

    /// The spans to send next: as soon as there are enough, or after the delay whatever is there.
    private func nextBatch() -> [Span] {
        let isEnough = state.withLock { $0.isStopping || $0.queue.count >= settings.batchLimit }
        if !isEnough { _ = wake.wait(timeout: .now() + .milliseconds(Int(settings.delay.milliseconds))) }
        return state.withLock { state in
            let batch = Array(state.queue.prefix(settings.batchLimit))
            state.queue.removeFirst(batch.count)
            return batch
        }
    }

    /// Sends `batch` until it is taken, refused or given up; returns whether the collector is away.
    private func deliver(_ batch: [Span], _ wasAway: Bool) -> Bool {
        let body = OTLPRequest(resource: settings.resource, spans: batch).body(settings.encoding)
        let limit = ContinuousClock.now + Self.patience
        var attempt = 0
        while true {
            switch sender.send(body) {
            case .taken(let rejected):
                if wasAway || attempt > 0 { journal.info("spans are exported again", ["to": settings.endpoint]) }
                let rejected = min(rejected, batch.count)
                if rejected > 0 { drop(rejected, "the collector rejected it") }
                counters.add([Counters.Key("spans_exported"): batch.count - rejected])
                return false
            case .refused(let reason):
                if !wasAway { tell("the collector refuses spans", reason) }
                drop(batch.count, "the collector refused it")
                return true
            case .later(let reason, let after):
                if attempt == 0, !wasAway { tell("spans cannot be exported now", reason) }
                attempt += 1
                let most = min(Int64(30_000), 250 << Int64(min(attempt, 7)))
                let pause = max(after ?? .zero, .milliseconds(Int64.random(in: most / 2...most)))
                let end = state.withLock { $0.end }
                guard ContinuousClock.now + pause < end ?? limit else {
                    drop(batch.count, "the collector is away")
                    return true
                }
                rest(for: pause)
            }
        }
    }

    /// Waits for `pause`, less when the stop comes meanwhile.
    private func rest(for pause: Duration) {
        let end = ContinuousClock.now + pause
        while ContinuousClock.now < end, !state.withLock({ $0.isStopping }) {
            let left = min(.milliseconds(200), end - ContinuousClock.now)
            Thread.sleep(forTimeInterval: Double(max(1, left.milliseconds)) / 1_000)
        }
    }

    private func tell(_ message: String, _ reason: String) {
        journal.warning(message, ["to": settings.endpoint, "reason": reason])
    }
}
