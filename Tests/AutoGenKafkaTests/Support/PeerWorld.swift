import EventLog
import Foundation
import Observability
import StreamCore
import Synchronization
import TestPrograms
import Testing
import Topology

/// An embedded log of its own, with applications that run on it.
final class PeerWorld: Sendable {
    let log: EmbeddedEventLog
    private let folder: TemporaryFolder
    private let running = Mutex<[(runtime: StreamRuntime, end: DispatchSemaphore)]>([])

    init(topics: [String: Int32] = [:]) throws {
        folder = try TemporaryFolder()
        log = try EmbeddedEventLog(dataDirectory: folder.path)
        for (name, partitions) in topics { try log.createTopic(TopicSpecification(name, partitions: partitions)) }
    }

    /// Starts an instance on a thread of its own; its state is in memory.
    @discardableResult
    func start(_ topology: StreamTopology) -> StreamRuntime {
        let runtime = StreamRuntime(
            topology, on: log, options: RuntimeOptions(stateDirectory: nil, workers: 1),
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

    func stopAll() { for instance in running.withLock({ $0 }) { stop(instance.runtime) } }

    func append(_ topic: String, partition: Int32, key: Bytes?, value: Bytes?) throws {
        var buffer = RecordBuffer()
        buffer.append(
            to: TopicPartition(topic, partition), key: key, value: value, timestamp: SystemWallClock().now())
        try log.append(buffer)
    }

    /// All committed records of `topic` now; none when it does not exist.
    func records(of topic: String) throws -> [LogRecord] {
        guard let description = try log.topic(topic) else { return [] }
        let reader = try log.makeReader(isolation: .committed)
        var records: [LogRecord] = []
        for number in 0..<description.partitions {
            let place = TopicPartition(topic, number)
            let offsets = try log.offsets(of: place, isolation: .committed)
            try reader.open(place, at: offsets.start)
            var position = offsets.start
            while position < offsets.end {
                let batch = try reader.read(place, maxRecords: 1_000, maxBytes: 1 << 20)
                records += batch.records
                guard batch.nextOffset > position else { break }
                position = batch.nextOffset
            }
        }
        return records
    }

    /// Waits until `find` finds something; nil after two minutes.
    func until<Found>(_ find: () throws -> Found?) throws -> Found? {
        let limit = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < limit {
            if let found = try find() { return found }
            Thread.sleep(forTimeInterval: 0.02)
        }
        return nil
    }
}
