import Foundation
import StreamCore
import TestPrograms
import Testing

@testable import Observability

@Suite("PrometheusText", .timeLimit(.minutes(15)))
struct PrometheusTextTests {
    private static let odd = MetricDefinition("odd", .gauge, ["topic"], "Help with \\ and\na line.")

    @Test("help and labels are escaped, numbers are whole where they can be")
    func escaping() {
        var page = PrometheusText()
        page.write(
            Self.odd, [MetricSample(["a\"b\\c\nd"], 3), MetricSample(["π"], 0.25), MetricSample([""], .infinity)])
        #expect(
            page.text == """
                # HELP odd Help with \\\\ and\\na line.
                # TYPE odd gauge
                odd{topic="a\\"b\\\\c\\nd"} 3
                odd{topic="π"} 0.25
                odd{topic=""} +Inf

                """)
    }

    @Test("times are cumulative buckets with their sum and count; nothing is written for nothing")
    func histogram() {
        var times = Histogram()
        for seconds in [0.0005, 0.002, 7, 1_000, -1, .nan] { times.record(seconds) }
        var page = PrometheusText()
        page.write(MetricNames.time("commit_seconds"), [(labels: [], value: times)])
        page.write(Self.odd, [MetricSample]())
        let lines = page.text.split(separator: "\n")
        #expect(lines.contains("tributary_commit_seconds_bucket{le=\"0.001\"} 3"))
        #expect(lines.contains("tributary_commit_seconds_bucket{le=\"10\"} 5"))
        #expect(lines.contains("tributary_commit_seconds_bucket{le=\"+Inf\"} 6"))
        #expect(lines.contains("tributary_commit_seconds_count 6"))
        #expect(lines.contains("tributary_commit_seconds_sum 1007.0025"))
        #expect(!page.text.contains("odd"))
    }

    @Test("AK-22: ten thousand labels of one total stay a thousand, and their sum is right")
    func manyLabels() {
        let counters = Counters()
        for number in 0..<10_000 { counters.add([Counters.Key("asks_dropped", reason: "reason \(number)"): 2]) }
        #expect(counters.snapshot.count == Counters.seriesLimit + 1)
        #expect(counters.sum("asks_dropped") == 20_000)
        #expect(counters["asks_dropped", reason: "other"] == 2 * (10_000 - Counters.seriesLimit))
    }

    @Test("every metric has a row in docs/metrics.md, and every row a metric")
    func documented() throws {
        let page = try Self.page("docs/metrics.md")
        let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let expected = MetricNames.all.map { metric in
            let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
            return "| `\(metric.name)` | \(metric.kind.rawValue) | \(labels) | \(metric.help) |"
        }
        #expect(Set(rows.map(String.init)) == Set(expected))
    }

    @Test("every total that the runtime, the streams and the agents count has a metric of its own")
    func counted() throws {
        let pattern = /(?:count\(|Key\(|\.init\()\s*"([a-z_]+)"/
        var unknown: Set<String> = []
        for folder in ["Topology", "StreamDSL", "AgentOperators"] {
            let files = FileManager.default.enumerator(
                atPath: Self.root.appendingPathComponent("Sources/\(folder)").path)
            while let file = files?.nextObject() as? String {
                guard file.hasSuffix(".swift") else { continue }
                for match in try Self.page("Sources/\(folder)/\(file)").matches(of: pattern) {
                    let name = String(match.1)
                    if name.contains("_"), MetricNames.totals[name] == nil { unknown.insert(name) }
                }
            }
        }
        #expect(unknown.isEmpty)
    }

    @Test("prometheus-client parses it", .enabled(if: PythonPeer.has("prometheus_client")))
    func parsed() async throws {
        var page = PrometheusText()
        page.write(Self.odd, [MetricSample(["a\"b\\c\nd"], 3)])
        var times = Histogram()
        times.record(0.3)
        let counters = Counters()
        counters.add([Counters.Key("records_dropped", step: "score", reason: "late"): 7])
        counters.add(times: [Counters.Key("ask_seconds", step: "score", reason: "answered"): times])
        for (metric, samples) in MetricNames.samples(of: counters.snapshot) { page.write(metric, samples) }
        for (metric, samples) in MetricNames.samples(of: counters.times) { page.write(metric, samples) }
        let folder = try TemporaryFolder()
        let lines = try await PythonPeer("Tests/ObservabilityTests/Peers/metrics.py").answer(
            input: page.text, in: folder.path)
        #expect(lines.contains("gauge odd odd {topic='a\"b\\\\c\\nd'} 3.0"))
        #expect(
            lines.contains(
                "counter tributary_records_dropped tributary_records_dropped_total {reason='late',step='score'} 7.0"))
        #expect(
            lines.contains(
                "histogram tributary_ask_seconds tributary_ask_seconds_bucket {le='0.5',outcome='answered',step='score'} 1.0"
            ))
    }

    static var root: URL {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder
    }

    static func page(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }
}
