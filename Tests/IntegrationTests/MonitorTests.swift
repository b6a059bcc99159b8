import EventLog
import Foundation
import FoundationNetworking
import StreamCore
import TestPrograms
import Testing
import Topology

@Suite("The monitor of a process", .timeLimit(.minutes(15)))
struct MonitorTests {
    private static let program = BuiltProgram("SentimentPipeline")

    private static func get(_ address: String, _ path: String, method: String = "GET") async throws -> (Int, String) {
        var request = URLRequest(url: try #require(URL(string: "http://\(address)\(path)")))
        request.httpMethod = method
        let (data, response) = try await URLSession.shared.data(for: request)
        return (try #require(response as? HTTPURLResponse).statusCode, String(decoding: data, as: UTF8.self))
    }

    /// Starts the pipeline with a monitor and waits until it says where.
    private static func start(_ folder: String, _ port: String = "0") async throws -> (RunningProgram, String) {
        let running = try program.start(
            ["run", "--data-dir", folder + "/data", "--monitor", port, "--log-format", "json"], in: folder)
        try await OwnThread.run(named: "monitor") { [errors = running.errors] in
            let end = ContinuousClock.now + .seconds(120)
            while ContinuousClock.now < end {
                let text = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
                if text.contains("monitor listens") { return }
                Thread.sleep(forTimeInterval: 0.02)
            }
        }
        let line = running.errorText.split(separator: "\n").first { $0.contains("monitor listens") } ?? ""
        let found = line.firstMatch(of: /"address":"([0-9.:]+)"/)
        return (running, String(try #require(found).1))
    }

    @Test("RPK-13, W53: pages are what they say", .enabled(if: program.exists))
    func pages() async throws {
        let folder = try TemporaryFolder()
        let log = try EmbeddedEventLog(dataDirectory: folder.path + "/data")
        for topic in ["reviews"] { try log.createTopic(TopicSpecification(topic, partitions: 2)) }
        let (running, address) = try await Self.start(folder.path)
        defer { running.kill() }
        var ready = (0, "")
        for _ in 0..<2_000 {
            ready = try await Self.get(address, "/ready")
            if ready.0 == 200 { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(ready.0 == 200, "\(ready.1) \(running.errorText)")
        let health = try await Self.get(address, "/health")
        #expect(health.0 == 200)
        #expect(health.1.contains("\"healthy\""))
        let status = try await Self.get(address, "/status").1
        #expect(status.contains("\"lag\""))
        // Lag is known when a worker has asked the log for its end, a moment after the task is ready.
        let lag = "tributary_consumer_lag{topic=\"reviews\",partition=\"0\""
        var metrics = ""
        for _ in 0..<2_000 {
            metrics = try await Self.get(address, "/metrics").1
            if metrics.contains(lag) { break }
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(metrics.contains(lag))
        #expect(metrics.contains("tributary_ready 1"))
        #expect(try await Self.get(address, "/topology").1.contains("</svg>"))
        #expect(try await Self.get(address, "/").1.contains("/metrics"))
        let wrong = try await Self.get(address, "/metrics", method: "DELETE")
        #expect(wrong.0 == 405)
        let unknown = try await Self.get(address, "/admin")
        #expect(unknown.0 == 404)
        #expect(unknown.1.contains("/topology"))
        if PythonPeer.has("prometheus_client") {
            let lines = try await PythonPeer("Tests/ObservabilityTests/Peers/metrics.py").answer(
                input: metrics, in: folder.path)
            #expect(lines.contains("gauge tributary_healthy tributary_healthy {} 1.0"))
        }
        let second = try Self.program.start(
            ["run", "--data-dir", folder.path + "/data", "--monitor", String(address.split(separator: ":")[1])],
            in: folder.path)
        let code = try await OwnThread.run(named: "second") { [process = second.process] in
            process.waitUntilExit()
            return process.terminationStatus
        }
        #expect(code == 6)
        #expect(second.errorText.contains("the monitor cannot listen on 127.0.0.1"))
    }
}
