public import EventLog
import Foundation
public import StreamCore

/// What an instance of an application says of itself, for whoever asks from another process or machine.
///
/// Kept in the application's tasks topic, partition 0, under the key `status/<instance>`; gone after a clean end.
public struct InstanceStatus: Sendable, Hashable, Codable {
    /// One of its tasks.
    public struct Task: Sendable, Hashable, Codable {
        /// The task, as it is printed.
        public var task: String
        /// What it does: `waiting`, `restoring` or `running`.
        public var phase: String
        /// How many changelog entries it has still to restore.
        public var remaining: Int64
    }

    /// The version of this format that is written now.
    public static let currentFormat = 1

    /// The version of this format.
    public var format: Int
    /// The instance, by its membership's name.
    public var instance: String
    /// Its machine.
    public var host: String
    /// Its process there.
    public var pid: Int32
    /// When it started, in ms since 1970.
    public var started: Int64
    /// When it said this, in ms since 1970.
    public var updated: Int64
    /// Its tasks.
    public var tasks: [Task]
    /// The fingerprint of the plan it runs.
    public var version: String
    /// Where its monitor listens on its machine, as `address:port`; nil when it has none.
    public var monitor: String?

    /// The topic that holds the status of the instances of `application`.
    public static func topic(of application: String) -> String { "\(application)-tasks" }

    /// For how long without news an instance counts as gone: three times the longest pause between two reports.
    public static let patience: Duration = .seconds(90)

    /// Whether the instance may still be there.
    public func isFresh(at now: Timestamp) -> Bool {
        now.milliseconds - updated <= Self.patience.milliseconds
    }
}

extension InstanceStatus {
    static let keyPrefix = "status/"

    var key: Bytes { Bytes(Self.keyPrefix + instance) }

    /// What all instances of `application` said last, in the order of their starts; those that died unseen are among them.
    ///
    /// - Throws: ``EventLogError`` when the log cannot be read; a record that cannot be understood is passed over.
    public static func read(_ application: String, _ log: any EventLog) throws(EventLogError) -> [InstanceStatus] {
        let place = TopicPartition(topic(of: application), 0)
        guard try log.topic(place.topic) != nil else { return [] }
        let offsets = try log.offsets(of: place, isolation: .committed)
        guard offsets.start < offsets.end else { return [] }
        let reader = try log.makeReader(isolation: .committed)
        try reader.open(place, at: offsets.start)
        defer { reader.close(place) }
        var last: [Bytes: Bytes] = [:]
        var position = offsets.start
        let deadline = ContinuousClock.now + .seconds(30)
        let prefix = Array(keyPrefix.utf8)
        while position < offsets.end {
            let batch = try reader.read(place, maxRecords: 1_000, maxBytes: 1 << 20)
            for record in batch.records {
                guard let key = record.key, key.array.starts(with: prefix) else { continue }
                last[key] = record.value
            }
            position = batch.nextOffset
            guard ContinuousClock.now < deadline else {
                throw EventLogError(.unavailable, "the status of '\(application)' cannot be read", at: place)
            }
            if batch.records.isEmpty, position < offsets.end { reader.wait(upTo: .milliseconds(100)) }
        }
        let decoder = JSONDecoder()
        return last.values
            .compactMap { try? decoder.decode(InstanceStatus.self, from: Data($0.array)) }
            .sorted { ($0.started, $0.instance) < ($1.started, $1.instance) }
    }
}
