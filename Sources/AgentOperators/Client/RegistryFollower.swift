import EventLog
import StreamCore
import Synchronization

/// Reads a system's registry without a topology: what was written so far, whenever somebody asks.
final class RegistryFollower: Sendable {
    private struct State {
        var reader: (any LogReader)?
        var position: Int64 = 0
        var entries: [String: RegistryEntry] = [:]
        var revision = 0
    }

    private let log: any EventLog
    private let place: TopicPartition
    private let state = Mutex(State())

    /// How long reading up to the present end may take.
    private static let patience = Duration.seconds(10)

    init(on log: any EventLog, system: String) {
        self.log = log
        place = TopicPartition(AgentDirectory.registryTopic(of: system), 0)
    }

    /// What has been read.
    var entries: [String: RegistryEntry] { state.withLock { $0.entries } }

    /// Grows with every record read.
    var revision: Int { state.withLock { $0.revision } }

    /// Reads up to where the registry ends now; does nothing while there is no registry.
    ///
    /// Blocks, for up to 10 s.
    ///
    /// - Throws: ``EventLogError`` when the log cannot be read.
    func refresh() throws(EventLogError) {
        let end: Int64
        do {
            end = try log.offsets(of: place, isolation: .committed).end
        } catch {
            guard error.code == .unknownTopic else { throw error }
            return
        }
        let limit = ContinuousClock.now + Self.patience
        while try !read(to: end) {
            guard ContinuousClock.now < limit else {
                throw EventLogError(.unavailable, "the registry '\(place.topic)' was not read to its end in time")
            }
        }
    }

    /// Reads what is there; returns whether that is all up to `end`.
    private func read(to end: Int64) throws(EventLogError) -> Bool {
        try state.withLock { state throws(EventLogError) in
            guard state.position < end else { return true }
            if state.reader == nil {
                let reader = try log.makeReader(isolation: .committed)
                state.position = try log.offsets(of: place, isolation: .committed).start
                try reader.open(place, at: state.position)
                state.reader = reader
            }
            guard let reader = state.reader else { return true }
            let batch = try reader.read(place, maxRecords: 10_000, maxBytes: 16 << 20)
            for record in batch.records { Self.apply(record, &state) }
            if batch.nextOffset == state.position { reader.wait(upTo: .milliseconds(20)) }
            state.position = batch.nextOffset
            return state.position >= end
        }
    }

    private static func apply(_ record: LogRecord, _ state: inout State) {
        guard let key = record.key?.utf8 else { return }
        // What this version cannot read is another's: it counts for nothing here.
        state.entries[key] = record.value.flatMap { try? Serde<RegistryEntry>.json().decode($0) }
        state.revision += 1
    }
}
