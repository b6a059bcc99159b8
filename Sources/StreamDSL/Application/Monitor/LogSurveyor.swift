import Dispatch
import EventLog
import StreamCore
import Synchronization

/// What the log says of the partitions that an instance reads.
struct LogSurvey: Sendable {
    /// The offset after the last record that readers may see.
    var ends: [TopicPartition: Int64] = [:]
    /// Why the log did not answer; nil when it did.
    var problem: String?
    /// When the log was asked.
    var taken: Timestamp
}

/// Asks the log where partitions end, on a queue of its own, and remembers the answer for a moment.
///
/// A log that does not answer keeps nobody waiting for long: what it said last is given then, and since when it has been silent.
final class LogSurveyor: Sendable {
    private struct State {
        var last: LogSurvey?
        /// Since when the log has been asked; nil when nobody asks.
        var asking: Timestamp?
    }

    private static let freshness: Duration = .seconds(1)
    private static let patience: Duration = .seconds(3)

    private let log: any EventLog
    private let clock: any WallClock
    private let queue = DispatchQueue(label: "tributary-monitor")
    private let state = Mutex(State())

    init(_ log: any EventLog, clock: any WallClock) {
        self.log = log
        self.clock = clock
    }

    /// What the log says now of `partitions`, or said last; nil when it never said anything.
    func survey(_ partitions: [TopicPartition]) async -> (last: LogSurvey?, silentSince: Timestamp?) {
        let now = clock.now()
        let mustAsk = state.withLock { state in
            let age = state.last.map { now - $0.taken }
            if let age, age >= .zero, age < Self.freshness { return false }
            guard state.asking == nil else { return true }
            state.asking = now
            queue.async { self.ask(partitions) }
            return true
        }
        let end = ContinuousClock.now + Self.patience
        while mustAsk, state.withLock({ $0.asking }) != nil, ContinuousClock.now < end {
            // Cancelled: the client is gone and wants no answer.
            do { try await Task.sleep(for: .milliseconds(5)) } catch { break }
        }
        return state.withLock { ($0.last, $0.asking) }
    }

    private func ask(_ partitions: [TopicPartition]) {
        var survey = LogSurvey(taken: clock.now())
        do {
            if partitions.isEmpty { _ = try log.topics() }
            for partition in partitions {
                survey.ends[partition] = try log.offsets(of: partition, isolation: .committed).end
            }
        } catch {
            survey.problem = "\(error)"
        }
        survey.taken = clock.now()
        state.withLock { [survey] state in
            state.last = survey
            state.asking = nil
        }
    }
}
