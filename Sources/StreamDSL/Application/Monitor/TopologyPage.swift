import EventLog
import Observability
import StreamCore
import Topology

/// `/topology`: the graph and the tasks on one page that loads itself anew; without scripts, and from nowhere else.
struct TopologyPage {
    private let view: MonitorView
    private let application: RunningApplication
    private let plan: PlanDescription

    private static let width = 230
    private static let height = 48
    private static let gap = (across: 28, down: 44)

    init(_ view: MonitorView, _ application: RunningApplication) {
        self.view = view
        self.application = application
        plan = application.topology.plan
    }

    var html: String {
        let state = view.health.isHealthy ? view.health.isReady ? "well" : "getting ready" : "not well"
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="3">
            <title>\(Self.escaped(plan.application))</title><style>\(Self.style)</style></head><body>
            <h1>\(Self.escaped(plan.application))</h1>
            <p><b class="\(view.health.isHealthy ? "good" : "bad")">\(state)</b>, \(view.report.phase.rawValue) as
            \(Self.escaped(view.report.instance.isEmpty ? "no member yet" : view.report.instance)) on
            \(Self.escaped(application.log.location)); plan \(Self.escaped(plan.fingerprint));
            \(application.runtime.counters.sum("records_processed")) records processed</p>
            \(reasons)\(drawing)\(tasks)\(inputs)\(totals)
            </body></html>

            """
    }

    private var reasons: String {
        let reasons = view.health.obstacles
        guard !reasons.isEmpty else { return "" }
        return "<ul>" + reasons.map { "<li>\(Self.escaped($0))</li>" }.joined() + "</ul>\n"
    }

    // MARK: The graph

    private var drawing: String {
        let drawing = TopologyDrawing(plan)
        let (width, height, gap) = (Self.width, Self.height, Self.gap)
        let widest = drawing.layers.map(\.count).max() ?? 1
        let total = widest * (width + gap.across) + gap.across
        var places: [TopologyDrawing.Item: (x: Int, y: Int)] = [:]
        for (row, layer) in drawing.layers.enumerated() {
            let start = (total - layer.count * (width + gap.across) + gap.across) / 2
            for (column, item) in layer.enumerated() {
                places[item] = (start + column * (width + gap.across), gap.down / 2 + row * (height + gap.down))
            }
        }
        let depth = drawing.layers.count * (height + gap.down)
        var svg = "<svg width=\"\(total)\" height=\"\(depth)\" viewBox=\"0 0 \(total) \(depth)\">\n"
        svg += "<defs><marker id=\"a\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" "
        svg += "orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n"
        for (from, to) in drawing.edges {
            guard let start = places[from], let end = places[to] else { continue }
            svg += Self.edge(start, end)
        }
        for layer in drawing.layers {
            for item in layer { if let place = places[item] { svg += box(item, at: place) } }
        }
        return svg + "</svg>\n"
    }

    private static func edge(_ start: (x: Int, y: Int), _ end: (x: Int, y: Int)) -> String {
        let (x1, y1, x2, y2) = (start.x + width / 2, start.y + height, end.x + width / 2, end.y)
        // Back to what is above: around the side.
        let bend = y2 > y1 ? (y2 - y1) / 2 : 60
        return "<path class=\"edge\" d=\"M\(x1) \(y1)C\(x1) \(y1 + bend) \(x2) \(y2 - bend) \(x2) \(y2)\" "
            + "marker-end=\"url(#a)\"/>\n"
    }

    private func box(_ item: TopologyDrawing.Item, at place: (x: Int, y: Int)) -> String {
        let (width, height) = (Self.width, Self.height)
        let lines = lines(of: item)
        var svg = "<g><title>\(Self.escaped(item.name))</title>"
        svg += "<rect class=\"\(item.kind.rawValue)\" x=\"\(place.x)\" y=\"\(place.y)\" width=\"\(width)\" "
        svg += "height=\"\(height)\" rx=\"\(item.kind == .topic ? 24 : 4)\"/>"
        for (number, line) in lines.enumerated() {
            svg += "<text class=\"l\(number)\" x=\"\(place.x + width / 2)\" y=\"\(place.y + 20 + 17 * number)\">"
            svg += Self.escaped(Self.short(line)) + "</text>"
        }
        return svg + "</g>\n"
    }

    private func lines(of item: TopologyDrawing.Item) -> [String] {
        switch item.kind {
        case .topic:
            let inputs = view.inputs.filter { $0.partition.topic == item.name }
            guard !inputs.isEmpty else { return [item.name] }
            let lags = inputs.compactMap(\.lag)
            return [
                item.name, "\(inputs.count) partitions here" + (lags.isEmpty ? "" : ", lag \(lags.reduce(0, +))"),
            ]
        case .step:
            let node = plan.subtopologies.lazy.flatMap(\.nodes).first { $0.name == item.name }
            let counters = application.runtime.counters.snapshot
            let dropped = counters.reduce(0) {
                $0 + ($1.key.name == "records_dropped" && $1.key.step == item.name ? $1.value : 0)
            }
            var words = [node?.operation].compactMap(\.self)
            if let stores = node?.stores, !stores.isEmpty { words.append(stores.joined(separator: ", ")) }
            if dropped > 0 { words.append("\(dropped) dropped") }
            return [item.name, words.joined(separator: "; ")]
        }
    }

    // MARK: Tables

    private var tasks: String {
        let rows = view.report.tasks.map { task -> [String] in
            var cells = [task.task.description, task.phase.rawValue, "\(task.remaining)"]
            if let progress = view.report.progress[task.task] {
                let time = progress.streamTime
                cells += [time == .unknown ? "" : "\(time.milliseconds)", "\(progress.openRequests)"]
                cells.append("\(progress.uncheckpointed)")
            } else {
                cells += ["", "", ""]
            }
            cells.append(task.error ?? "")
            return cells
        }
        return Self.table(
            "Tasks", ["task", "phase", "to restore", "stream time, ms", "open requests", "not on disk", "error"], rows)
    }

    private var inputs: String {
        let rows = view.inputs.map { input -> [String] in
            let end = input.end.map(String.init) ?? ""
            let lag = input.lag.map(String.init) ?? ""
            return [input.partition.description, input.task.description, String(input.committed), end, lag]
        }
        return Self.table("Inputs", ["partition", "task", "committed", "end", "lag"], rows)
    }

    private var totals: String {
        let rows = application.runtime.counters.snapshot.sorted { $0.key < $1.key }.prefix(500).map { key, count in
            [key.name, key.step, key.reason, "\(count)"]
        }
        return Self.table("Totals", ["what", "step", "reason", "count"], Array(rows))
    }

    private static func table(_ title: String, _ columns: [String], _ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "" }
        func row(_ cells: [String], _ tag: String) -> String {
            "<tr>" + cells.map { "<\(tag)>\(escaped($0))</\(tag)>" }.joined() + "</tr>\n"
        }
        return "<h2>\(title)</h2><table>\n" + row(columns, "th") + rows.map { row($0, "td") }.joined() + "</table>\n"
    }

    private static func short(_ text: String) -> String { text.count > 34 ? String(text.prefix(33)) + "…" : text }

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }

    private static let style = """
        body{font:14px system-ui,sans-serif;margin:24px;color:#1b1f24;background:#fff}h1{font-size:20px;margin:0 0 4px}
        h2{font-size:15px;margin:20px 0 6px}table{border-collapse:collapse}
        td,th{border:1px solid #d5dae0;padding:3px 9px;text-align:left}
        th{background:#f3f5f7}.good{color:#16733a}.bad{color:#b3261e}svg{display:block;max-width:100%;height:auto}
        .edge{fill:none;stroke:#6b7683}.topic{fill:#e8f1fb;stroke:#5b8fc9}.step{fill:#fff8e6;stroke:#c9a24a}
        text{text-anchor:middle;font-size:13px}.l1{font-size:11px;fill:#57606a}
        """
}
