import Dispatch
import EventLog
import Foundation
import Glibc
import Observability
import StreamCore
import Synchronization

/// Publishes what an instance does, at a change but not too often, and now and then without one.
///
/// Writes on a queue of its own: a log that does not answer must not keep the instance from looking after its membership.
final class StatusReport: Sendable {
    private struct State {
        var lastTasks: [TaskStatus]?
        var lastTime: Timestamp?
        var isWriting = false
        var hasFailed = false
    }

    private static let shortestPause: Duration = .seconds(2)
    private static let longestPause: Duration = .seconds(30)
    /// What is older was left by an instance that nobody misses any more.
    private static let forgetAfter: Duration = .seconds(3_600)

    private let log: any EventLog
    private let journal: EventJournal
    private let application: String
    private let blank: InstanceStatus
    private let queue = DispatchQueue(label: "tributary-status")
    private let state = Mutex(State())

    /// Reports of the instance that `member` is.
    init(_ runtime: StreamRuntime, _ member: any GroupMember) {
        log = runtime.log
        journal = runtime.journal
        application = runtime.topology.name
        blank = InstanceStatus(
            format: InstanceStatus.currentFormat, instance: member.id, host: Self.hostName(), pid: getpid(),
            started: runtime.options.clock.now().milliseconds, updated: 0, tasks: [],
            version: runtime.topology.fingerprint, monitor: runtime.state.monitor)
    }

    /// Tells of `tasks` when there is reason to.
    func report(_ tasks: [TaskStatus], now: Timestamp) {
        let isFirst: Bool? = state.withLock { state in
            guard !state.isWriting else { return nil }
            if let last = state.lastTime {
                let pause = state.lastTasks == tasks ? Self.longestPause : Self.shortestPause
                // A clock that was set back must not silence it.
                guard now - last >= pause || now < last else { return nil }
            } else if tasks.isEmpty, now - Timestamp(milliseconds: blank.started) < Self.shortestPause {
                // Nothing to tell yet, but soon.
                return nil
            }
            defer { (state.lastTime, state.lastTasks, state.isWriting) = (now, tasks, true) }
            return state.lastTime == nil
        }
        guard let isFirst else { return }
        var status = blank
        status.updated = now.milliseconds
        status.tasks = tasks.sorted { $0.task < $1.task }.map {
            InstanceStatus.Task(task: $0.task.description, phase: $0.phase.rawValue, remaining: $0.remaining)
        }
        queue.async { [self, status] in
            defer { state.withLock { $0.isWriting = false } }
            attempt {
                let left = isFirst ? try prepare(now) : []
                try write(left + [(status.key, try encode(status))], now)
            }
        }
    }

    /// Takes the instance's status away; waits a moment for that, not for ever.
    func end(now: Timestamp) {
        guard state.withLock({ $0.lastTime != nil }) else { return }
        let done = DispatchSemaphore(value: 0)
        queue.async { [self] in
            attempt { try write([(blank.key, nil)], now) }
            done.signal()
        }
        _ = done.wait(timeout: .now() + .seconds(2))
    }

    /// Makes the topic where brokers have not made it already; returns what removes the traces of the long dead.
    private func prepare(_ now: Timestamp) throws -> [(key: Bytes, value: [UInt8]?)] {
        let topic = InstanceStatus.topic(of: application)
        guard try log.topic(topic) != nil else {
            do {
                try log.createTopic(TopicSpecification(topic, partitions: 1, cleanup: .compact))
            } catch {
                guard error.code == .topicExists else { throw error }
            }
            return []
        }
        let limit = now.milliseconds - Self.forgetAfter.milliseconds
        return try InstanceStatus.read(application, log).filter { $0.updated < limit }.map { ($0.key, nil) }
    }

    private func encode(_ status: InstanceStatus) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return Array(try encoder.encode(status))
    }

    private func write(_ records: [(key: Bytes, value: [UInt8]?)], _ now: Timestamp) throws {
        var buffer = RecordBuffer()
        let place = TopicPartition(InstanceStatus.topic(of: application), 0)
        for (key, value) in records {
            buffer.append(to: place, key: key, value: value.map { Bytes($0) }, timestamp: now)
        }
        try log.append(buffer)
    }

    /// Runs `body`; the first failure of several in a row is told, and none stops the instance.
    private func attempt(_ body: () throws -> Void) {
        do {
            try body()
            state.withLock { $0.hasFailed = false }
        } catch {
            let isNew = state.withLock { state in
                defer { state.hasFailed = true }
                return !state.hasFailed
            }
            if isNew { journal.warning("the status cannot be published", ["error": "\(error)"]) }
        }
    }

    private static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
