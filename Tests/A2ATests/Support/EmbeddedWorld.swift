import AgentOperators
import EventLog
import Foundation
import Observability
import StreamCore
import StreamDSL
import Synchronization
import Testing
import Topology

/// An embedded log of its own, with applications that run on it.
final class EmbeddedWorld: Sendable {
    let log: EmbeddedEventLog
    private let folder = NSTemporaryDirectory() + "tributary-agents-" + UUID().uuidString
    private let running = Mutex<[(runtime: StreamRuntime, end: DispatchSemaphore)]>([])

    init(topics: [String: Int32]) throws {
        log = try EmbeddedEventLog(dataDirectory: folder)
        for (name, partitions) in topics { try log.createTopic(TopicSpecification(name, partitions: partitions)) }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Starts an instance on a thread of its own; each has its own state in memory.
    @discardableResult
    func start(_ topology: StreamTopology, workers: Int = 1) -> StreamRuntime {
        let runtime = StreamRuntime(
            topology, on: log, options: RuntimeOptions(stateDirectory: nil, workers: workers),
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
    func stop(_ runtime: StreamRuntime) {
        runtime.stop()
        let found = running.withLock { running in
            let found = running.filter { $0.runtime === runtime }
            running.removeAll { $0.runtime === runtime }
            return found
        }
        for instance in found { instance.end.wait() }
    }

    func stopAll() {
        for instance in running.withLock({ $0 }) { stop(instance.runtime) }
    }

    /// Appends records by their keys.
    func append<Key, Value>(_ topic: Topic<Key, Value>, _ records: [(Key, Value)]) throws {
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

    /// All committed records of `topic`, as soon as there are `count`; fewer when that takes more than two minutes.
    func records(of topic: String, count: Int) throws -> [LogRecord] {
        let limit = ContinuousClock.now + .seconds(120)
        while true {
            let all = try records(of: topic)
            if all.count >= count || ContinuousClock.now > limit { return all }
            Thread.sleep(forTimeInterval: 0.01)
        }
    }

    /// All committed records of `topic` now, partition by partition.
    func records(of topic: String) throws -> [LogRecord] {
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
func withWorld(
    topics: [String: Int32], _ body: @escaping @Sendable (EmbeddedWorld) throws -> Void
) async throws {
    try await OwnThread.run(named: "embedded world") {
        let world = try EmbeddedWorld(topics: topics)
        defer { world.stopAll() }
        try body(world)
    }
}
