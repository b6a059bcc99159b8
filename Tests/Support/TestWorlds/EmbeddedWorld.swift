package import EventLog
import Foundation
package import Observability
package import StreamCore
import Synchronization
import TestPrograms
import Testing
package import Topology

/// An embedded log of its own, with applications that run on it.
package final class EmbeddedWorld: Sendable {
    /// The log.
    package let log: EmbeddedEventLog
    private let folder: TemporaryFolder
    private let running = Mutex<[(runtime: StreamRuntime, end: DispatchSemaphore)]>([])

    /// A log with topics, by how many partitions they have.
    package init(topics: [String: Int32] = [:]) throws {
        folder = try TemporaryFolder()
        log = try EmbeddedEventLog(dataDirectory: folder.path)
        for (name, partitions) in topics { try log.createTopic(TopicSpecification(name, partitions: partitions)) }
    }

    /// Starts an instance on a thread of its own; each has its own state in memory.
    @discardableResult
    package func start(_ topology: StreamTopology, workers: Int = 1, tracer: Tracer? = nil) -> StreamRuntime {
        var options = RuntimeOptions(stateDirectory: nil, workers: workers)
        options.tracer = tracer
        let runtime = StreamRuntime(
            topology, on: log, options: options,
            journal: EventJournal { _ in })
        let end = DispatchSemaphore(value: 0)
        running.withLock { $0.append((runtime, end)) }
        let thread = Thread {
            do { try runtime.run() } catch { Issue.record("the instance stopped: \(error)") }
            end.signal()
        }
        thread.stackSize = 8 << 20
        thread.start()
        return runtime
    }

    /// Stops an instance and waits for its end.
    package func stop(_ runtime: StreamRuntime) {
        runtime.stop()
        let found = running.withLock { running in
            let found = running.filter { $0.runtime === runtime }
            running.removeAll { $0.runtime === runtime }
            return found
        }
        for instance in found { instance.end.wait() }
    }

    /// Stops all.
    package func stopAll() {
        for instance in running.withLock({ $0 }) { stop(instance.runtime) }
    }

    /// Appends records by their keys.
    package func append<Key, Value>(_ topic: Topic<Key, Value>, _ records: [(Key, Value)]) throws {
        let partitions = try #require(try log.topic(topic.name)).partitions
        var buffer = RecordBuffer()
        for (key, value) in records {
            let bytes = try topic.key.encode(key)
            buffer.append(
                to: TopicPartition(topic.name, bytes.map { Murmur2.partition($0, of: partitions) } ?? 0), key: bytes,
                value: try topic.value.encode(value), timestamp: SystemWallClock().now())
        }
        try log.append(buffer)
    }

    /// Appends a record as it is.
    package func append(_ topic: String, partition: Int32, key: Bytes?, value: Bytes?) throws {
        var buffer = RecordBuffer()
        buffer.append(
            to: TopicPartition(topic, partition), key: key, value: value, timestamp: SystemWallClock().now())
        try log.append(buffer)
    }

    /// Waits until `find` finds something; nil after two minutes.
    package func until<Found>(_ find: () throws -> Found?) throws -> Found? {
        let limit = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < limit {
            if let found = try find() { return found }
            Thread.sleep(forTimeInterval: 0.02)
        }
        return nil
    }

    /// All committed records of `topic`, as soon as there are `count`; fewer when that takes more than two minutes.
    package func records(of topic: String, count: Int) throws -> [LogRecord] {
        let limit = ContinuousClock.now + .seconds(120)
        while true {
            let all = try records(of: topic)
            if all.count >= count || ContinuousClock.now > limit { return all }
            Thread.sleep(forTimeInterval: 0.01)
        }
    }

    /// All committed records of `topic` now, partition by partition.
    package func records(of topic: String) throws -> [LogRecord] {
        guard let found = try log.topic(topic) else { return [] }
        let reader = try log.makeReader(isolation: .committed)
        var all: [LogRecord] = []
        for number in 0..<found.partitions {
            let place = TopicPartition(topic, number)
            let offsets = try log.offsets(of: place, isolation: .committed)
            var next = offsets.start
            try reader.open(place, at: next)
            while next < offsets.end {
                let batch = try reader.read(place, maxRecords: 10_000, maxBytes: 16 << 20)
                all += batch.records
                next = batch.nextOffset
            }
        }
        return all
    }
}

/// Runs `body` on a thread of its own, with a log that ends with it.
package func withWorld(
    topics: [String: Int32], _ body: @escaping @Sendable (EmbeddedWorld) throws -> Void
) async throws {
    try await OwnThread.run(named: "embedded world") {
        let world = try EmbeddedWorld(topics: topics)
        defer { world.stopAll() }
        try body(world)
    }
}
