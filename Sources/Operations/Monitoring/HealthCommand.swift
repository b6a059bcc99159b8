public import Console
import StreamCore
import Topology

/// The verb `health`: whether applications are well, by their monitors.
public enum HealthCommand {
    static let application = Parameter.optionalArgument(
        "application", ValueFormat<String>.text, help: "the application; all when left out")
    static let url = Parameter.option(
        "url", letter: "u", ValueFormat<String>.text.named("URL"),
        help: "a monitor, such as http://127.0.0.1:8080; else those that the instances announce in the log")
    static let timeout = Parameter.option(
        "timeout", ValueFormat<Duration>.duration, default: .seconds(5), shown: "5s", help: "how long to wait for each")
    private static let ready = Parameter.flag(
        "ready", help: "ask whether they are ready: all tasks restored and running")

    /// `health`.
    public static let command = Command(
        "health", summary: "whether applications are well: exit code 0 or 8",
        details: """
            Asks the monitor of each instance (run --monitor PORT). An instance without one counts as well while it reports; one \
            that died without a word is 'gone', which is a fault while no other of its application is well. Ends with 0 when \
            all are well, with 8 when one is not or none runs, with 4 when a monitor does not answer.
            """,
        examples: [
            Command.Example("health --data-dir ./data", "all that run there"),
            Command.Example("health sentiment --ready -b localhost:9092", "one, on Kafka"),
            Command.Example("health --url http://127.0.0.1:8080", "one monitor"),
        ],
        arguments: [application], options: LogOptions.all + [url, ready, timeout]
    ) { invocation in
        let client = MonitorClient(timeout: try invocation[timeout])
        let path = try invocation[ready] ? "/ready" : "/health"
        let rows = invocation.rows([
            Column("application"), Column("instance"), Column("monitor"), Column("status"), Column("phase"),
            Column("reasons"),
        ])
        var findings: [Finding] = []
        if let url = try invocation[url] {
            findings.append(await look(client, url, path))
        } else {
            let name = try invocation[application]
            let now = SystemWallClock().now()
            for instance in try MonitoredInstance.all(invocation, application: name) {
                findings.append(await look(client, instance, path, now))
            }
            guard !findings.isEmpty else {
                try rows.finish()
                throw CommandError(
                    .unhealthy, name.map { "no instance of '\($0)' runs" } ?? "no application runs",
                    hint: "start one: its executable's 'run'", kind: "notRunning")
            }
        }
        excuseReplaced(&findings)
        for finding in findings { try rows.write(finding.row) }
        try rows.finish()
        if let bad = findings.first(where: { $0.error != nil }), let error = bad.error { throw error }
        let ill = findings.filter { !$0.isWell }
        guard let first = ill.first else { return }
        throw CommandError(
            .unhealthy,
            ill.count == 1
                ? "\(first.name) is \(first.status)" : "\(ill.count) of \(findings.count) instances are not well",
            hint: first.hint, kind: "unhealthy")
    }

    /// An instance that is gone is no fault while another of its application is well: its tasks are that one's now.
    private static func excuseReplaced(_ findings: inout [Finding]) {
        let served = Set(findings.filter(\.isWell).compactMap(\.application))
        for index in findings.indices where findings[index].status == "gone" {
            findings[index].isWell = findings[index].application.map(served.contains) ?? false
        }
    }

    /// What was found out about an instance.
    private struct Finding {
        var application: String?
        var instance: String?
        var monitor: String?
        var status: String
        var phase: String?
        var reasons: [String] = []
        var isWell: Bool
        var hint: String?
        var error: CommandError?

        var name: String { application.map { "'\($0)'" } ?? monitor ?? "the instance" }

        var row: JSONValue {
            func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
            return [
                "application": text(application), "instance": text(instance), "monitor": text(monitor),
                "status": .string(status), "phase": text(phase),
                "reasons": reasons.isEmpty ? .null : .string(reasons.joined(separator: "; ")),
            ]
        }
    }

    private static func look(_ client: MonitorClient, _ url: String, _ path: String) async -> Finding {
        do {
            let page = try await client.get(url, path)
            guard let json = try? JSONValue(parsing: page.body), let status = json["status"]?.stringValue else {
                let error = CommandError(
                    .failure, "what \(url)\(path) answers is no monitor's page (HTTP \(page.status))",
                    hint: "is it the address of an application's --monitor?", kind: "noMonitor")
                return Finding(monitor: url, status: "unknown", isWell: false, error: error)
            }
            return Finding(
                monitor: url, status: status, phase: json["phase"]?.stringValue,
                reasons: json["reasons"]?.elements?.compactMap(\.stringValue) ?? [], isWell: page.status == 200,
                hint: "see 'metrics --url \(url)', or the monitor's /status")
        } catch {
            return Finding(
                monitor: url, status: "unreachable", isWell: false,
                error: (error as? CommandError) ?? CommandError(.unreachable, "\(error)"))
        }
    }

    private static func look(
        _ client: MonitorClient, _ instance: MonitoredInstance, _ path: String, _ now: Timestamp
    ) async -> Finding {
        let status = instance.status
        var finding: Finding
        if let address = instance.address, status.isFresh(at: now) {
            finding = await look(client, address, path)
        } else {
            let age = max(0, (now.milliseconds - status.updated) / 1_000)
            let phases = Set(status.tasks.map(\.phase)).sorted().joined(separator: ", ")
            finding = Finding(
                monitor: instance.address, status: status.isFresh(at: now) ? "reporting" : "gone",
                phase: phases.isEmpty ? nil : phases, reasons: ["its last report is \(age) s old"],
                isWell: status.isFresh(at: now), hint: "its process died, or its machine is cut off: start another")
        }
        finding.application = instance.application
        finding.instance = status.instance
        return finding
    }
}
