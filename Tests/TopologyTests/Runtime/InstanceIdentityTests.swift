import EventLog
import Foundation
import Observability
import StateStores
import StreamCore
import Synchronization
import Testing

@testable import Topology

/// What an instance is called.
@Suite("InstanceIdentity")
struct InstanceIdentityTests {
    private let folder = NSTemporaryDirectory() + "tributary-identity-" + UUID().uuidString

    private func options(workers: Int = 2) -> RuntimeOptions {
        RuntimeOptions(stateDirectory: folder, workers: workers)
    }

    @Test func `the name stays over starts and the most committers are remembered`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var names: Set<String> = []
        var former: [Int] = []
        for workers in [2, 5, 3, 1] {
            let identity = try InstanceIdentity("app", options(workers: workers))
            names.insert(identity.id)
            former.append(identity.formerCommitters)
        }
        #expect(names.count == 1)
        #expect(former == [0, 2, 5, 5])
        #expect(try InstanceIdentity("other", options()).id != names.first)
    }

    @Test func `instances with one folder have different names, each its own again later`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var first: InstanceIdentity? = try InstanceIdentity("app", options())
        var second: InstanceIdentity? = try InstanceIdentity("app", options())
        let names = [first?.id, second?.id]
        #expect(names[0] != names[1])
        first = nil
        let third = try InstanceIdentity("app", options())
        #expect(third.id == names[0])
        second = nil
        let fourth = try InstanceIdentity("app", options())
        #expect(fourth.id == names[1])
        withExtendedLifetime((first, second)) {}
    }

    @Test func `a damaged file is an error that says what to do`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder + "/app", withIntermediateDirectories: true)
        try Data("{".utf8).write(to: URL(fileURLWithPath: folder + "/app/instance.json"))
        let error = #expect(throws: StateStoreError.self) { try InstanceIdentity("app", options()) }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("remove it") == true)
    }

    @Test func `a run hands it to the log with what the options say`() async throws {
        let bench = try RuntimeBench()
        try bench.produce(1)
        var options = bench.options
        options.clock = SystemWallClock()
        options.untilIdle = true
        options.guarantee = .atLeastOnce
        options.staticMember = "me"
        options.sessionTimeout = .seconds(7)
        options.pollInterval = .seconds(77)
        options.transactionTimeout = .seconds(3)
        let settled = options
        try await OwnThread.run(named: "test") {
            for _ in 0..<2 {
                try StreamRuntime(
                    try RuntimeBench.counting(), on: bench.log, options: settled, journal: .silent
                ).run()
            }
        }
        let groups = bench.log.joined.withLock { $0 }
        #expect(groups.map(\.formerCommitters) == [0, 2])
        #expect(groups[0].instance == groups[1].instance)
        #expect(groups[0].guarantee == .atLeastOnce)
        #expect(groups[0].staticMember == "me")
        #expect(groups[0].sessionTimeout == .seconds(7))
        #expect(groups[0].pollInterval == .seconds(77))
        #expect(groups[0].transactionTimeout == .seconds(3))
    }
}
