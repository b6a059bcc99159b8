import HTTPServer
import JSON
import Observability
import StreamCore
import Topology

/// The monitor's own pages.
struct MonitorPages: Sendable {
    private let eye: MonitorEye

    init(_ eye: MonitorEye) { self.eye = eye }

    var routes: [HTTPRoute] {
        [
            HTTPRoute(.exactly("/health"), summary: "200 when the instance is well, 503 with the reasons when not") {
                [eye] _ in Self.health(await eye.look())
            },
            HTTPRoute(.exactly("/ready"), summary: "200 when all its tasks work, 503 with what is missing") {
                [eye] _ in Self.readiness(await eye.look())
            },
            HTTPRoute(.exactly("/status"), summary: "tasks, partitions, positions, lag, stores, as JSON") {
                [eye] _ in .json(StatusPage(await eye.look(), eye.application).json)
            },
            HTTPRoute(.exactly("/metrics"), summary: "metrics in Prometheus' text format") { [eye] _ in
                .text(MetricsPage(await eye.look(), eye.application).text, type: PrometheusText.contentType)
            },
            HTTPRoute(.exactly("/topology"), summary: "the topology with its tasks, as a page that stays fresh") {
                [eye] _ in .text(TopologyPage(await eye.look(), eye.application).html, type: "text/html; charset=utf-8")
            },
        ]
    }

    private static func health(_ view: MonitorView) -> HTTPResponse {
        .json(
            [
                "status": .string(view.health.isHealthy ? "healthy" : "unhealthy"),
                "phase": .string(view.report.phase.rawValue),
                "reasons": .array(view.health.illnesses.map { .string($0) }),
            ], status: view.health.isHealthy ? 200 : 503)
    }

    private static func readiness(_ view: MonitorView) -> HTTPResponse {
        .json(
            [
                "status": .string(view.health.isReady ? "ready" : "not ready"),
                "phase": .string(view.report.phase.rawValue),
                "reasons": .array(view.health.obstacles.map { .string($0) }),
            ], status: view.health.isReady ? 200 : 503)
    }
}

extension HTTPResponse {
    fileprivate static func json(_ value: JSONValue, status: Int = 200) -> HTTPResponse {
        var response = text(value.prettyText + "\n", type: "application/json", status: status)
        response.headers.append(HTTPField("Cache-Control", "no-store"))
        return response
    }
}
