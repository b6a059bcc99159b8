import Console
import EventLog
import Foundation
import HTTPServer
import JSON
import StreamCore
import Synchronization
import Testing
import Topology

/// `health` and `metrics`, against monitors that this test plays.
@Suite("Health and metrics by the tool", .timeLimit(.minutes(15)))
struct MonitorCommandTests {
    private static let metrics = """
        # HELP lag How far behind.
        # TYPE lag gauge
        lag{topic="a}b",partition="0"} 12
        lag{topic="c",partition="1"} 3.5
        # HELP records Processed.
        # TYPE records counter
        records 7

        """

    /// A monitor whose `/health` answers `status`.
    private static func monitor(_ status: Int, _ body: String) throws -> HTTPServer {
        try HTTPServer { request in
            switch request.path {
            case "/metrics": .text(metrics)
            case "/health", "/ready": .text(body, type: "application/json", status: status)
            default: .text("?", status: 404)
            }
        }
    }

    private static let ill = #"{"status":"unhealthy","phase":"running","reasons":["task 0_1 fails"]}"#
    private static let well = #"{"status":"healthy","phase":"running","reasons":[]}"#

    private func announce(_ world: CommandWorld, _ monitor: String?, age: Int64 = 0, instance: String = "one") throws {
        let now = SystemWallClock().now().milliseconds
        let task = #"{"task":"0_0","phase":"running","remaining":0}"#
        let monitor = monitor.map { ",\"monitor\":\"\($0)\"" } ?? ""
        let host = ProcessInfo.processInfo.hostName
        let text =
            "{\"format\":1,\"instance\":\"\(instance)\",\"host\":\"\(host)\",\"pid\":1,\"started\":\(now),\"updated\":\(now - age),\"tasks\":[\(task)],\"version\":\"f\"\(monitor)}"
        try world.append("shop-tasks", [(Bytes("status/\(instance)"), Bytes(text))])
    }

    @Test func `health is 0 when all are well and 8 when one is not, with the reasons`() async throws {
        try await withWorld { world async throws in
            let good = try Self.monitor(200, Self.well)
            defer { good.stop() }
            let bad = try Self.monitor(503, Self.ill)
            defer { bad.stop() }
            let one = await world.run("health --url http://127.0.0.1:\(good.port)")
            #expect(one.code == 0, "\(one.errors)")
            #expect(one.output.contains("healthy"))
            let other = await world.run("health --url 127.0.0.1:\(bad.port)/ -J")
            #expect(other.code == 8)
            #expect(try other.lines[0]["reasons"] == "task 0_1 fails")
            #expect(try JSONValue(parsing: other.errors)["error"]?["code"] == 8)
            try announce(world, "127.0.0.1:\(good.port)")
            #expect(await world.run("health").code == 0)
            #expect(await world.run("health shop --ready").code == 0)
            try announce(world, "0.0.0.0:\(bad.port)", instance: "two")
            let both = await world.run("health")
            #expect(both.code == 8)
            #expect(both.output.split(separator: "\n").count == 3)
            #expect(both.errors.contains("'shop' is unhealthy"))
        }
    }

    @Test func `an instance without a monitor counts by its reports, one that died is gone`() async throws {
        try await withWorld { world async throws in
            try announce(world, nil)
            let reporting = await world.run("health -J")
            #expect(reporting.code == 0)
            #expect(try reporting.lines[0]["status"] == "reporting")
            #expect(await world.run("metrics").errors.contains("--monitor PORT"))
            try announce(world, "127.0.0.1:1", age: 600_000)
            let gone = await world.run("health -J")
            #expect(gone.code == 8)
            #expect(try gone.lines[0]["status"] == "gone")
            #expect(await world.run("metrics").code == 3)
            try announce(world, nil, instance: "two")
            let replaced = await world.run("health -J")
            #expect(replaced.code == 0, "another one has its tasks")
            #expect(try replaced.lines.contains { $0["status"] == "gone" })
            try announce(world, "127.0.0.1:1")
            #expect(await world.run("health").code == 4)
            #expect(await world.run("metrics").code == 4)
        }
    }

    @Test func `nothing that runs, other servers and nonsense have their codes`() async throws {
        try await withWorld { world async throws in
            #expect(await world.run("health").code == 8)
            #expect(await world.run("health nobody").code == 3)
            #expect(await world.run("metrics").code == 3)
            #expect(await world.run("health --url nonsense://x").code != 0)
            #expect(await world.run("health --url http://127.0.0.1:1").code == 4)
            let other = try HTTPServer { _ in .text("hello") }
            defer { other.stop() }
            #expect(await world.run("health --url 127.0.0.1:\(other.port)").code == 1)
            let missing = try HTTPServer { _ in .text("no", status: 404) }
            defer { missing.stop() }
            #expect(await world.run("metrics --url 127.0.0.1:\(missing.port)").code == 1)
            #expect(await world.run("metrics --filter ( --url 127.0.0.1:\(missing.port)").code == 2)
        }
    }

    @Test func `metrics are as the monitor gives them, filtered, or rows`() async throws {
        try await withWorld { world async throws in
            let server = try Self.monitor(200, Self.well)
            defer { server.stop() }
            let url = "127.0.0.1:\(server.port)"
            #expect(await world.run("metrics --url \(url)").output == Self.metrics)
            #expect(
                await world.run("metrics --url \(url) --filter partition=.1").output
                    == "# HELP lag How far behind.\n# TYPE lag gauge\nlag{topic=\"c\",partition=\"1\"} 3.5\n")
            let rows = try await world.run("metrics --url \(url) -J").lines
            #expect(rows.map { $0["value"] } == [12, .double(3.5), 7])
            #expect(rows[0]["labels"]?["topic"] == "a}b")
        }
    }
}
