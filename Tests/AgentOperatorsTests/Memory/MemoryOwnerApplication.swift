import AgentOperators
import EventLog
import Foundation
import MemoryIndex
import Observability
import StreamCore
import Topology

/// An application that owns the memory "notes" and nothing else, on an embedded log of its own.
final class MemoryOwnerApplication: @unchecked Sendable {
    let folder = MemoryFolder()
    let log: EmbeddedEventLog
    private let limits: MemoryLimits
    private var instances: [String: (runtime: StreamRuntime, running: Task<Void, any Error>)] = [:]

    init(partitions: Int32 = 3, limits: MemoryLimits = MemoryLimits()) throws {
        self.limits = limits
        log = try EmbeddedEventLog(dataDirectory: folder.path)
        try log.createTopic(TopicSpecification("notes", partitions: partitions))
    }

    /// Runs it until ``stop()``.
    func start(instance: String = "one", embedding: (any EmbeddingSource)? = nil) throws {
        let memory = Memory("notes", limits: limits, embedding: embedding)
        let topology = try StreamTopology("owner") {
            memory.changes().to(Topic("audit", key: .string, value: MemoryChange.serde))
        }
        let options = RuntimeOptions(
            stateDirectory: folder.path + "/state-" + instance, manifestDirectory: folder.path + "/applications")
        let runtime = StreamRuntime(topology, on: log, options: options, journal: .silent)
        let running = Task { try await OwnThread.run(named: "owner") { try runtime.run() } }
        instances[instance] = (runtime, running)
    }

    /// Stops one instance, or all.
    func stop(_ only: String? = nil) async throws {
        for (name, instance) in instances where only == nil || only == name {
            instance.runtime.stop()
            try await instance.running.value
            instances[name] = nil
        }
    }

    func client(embedding: (any EmbeddingSource)? = nil, timeout: Duration = .seconds(120)) -> MemoryClient {
        MemoryClient(of: "notes", application: "owner", on: log, embedding: embedding, timeout: timeout)
    }
}
