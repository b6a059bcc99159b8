/// Writes metrics in Prometheus' text format, version 0.0.4.
public struct PrometheusText: Sendable {
    /// The format's name, for `Content-Type`.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// What was written so far.
    public private(set) var text = ""

    /// Nothing yet.
    public init() {}

    /// Writes a metric with its samples; nothing when there are none.
    ///
    /// A metric must be written once, with all its samples: the format wants them together.
    public mutating func write(_ metric: MetricDefinition, _ samples: [MetricSample]) {
        guard !samples.isEmpty else { return }
        head(metric)
        for sample in samples { line(metric.name, metric.labels, sample.labels, Self.number(sample.value)) }
    }

    /// Writes a metric whose samples are distributions.
    public mutating func write(_ metric: MetricDefinition, _ samples: [(labels: [String], value: Histogram)]) {
        guard !samples.isEmpty else { return }
        head(metric)
        for sample in samples {
            var total = 0
            for (index, count) in sample.value.counts.enumerated() {
                total += count
                let bound = index < Histogram.bounds.count ? Self.number(Histogram.bounds[index]) : "+Inf"
                line(metric.name + "_bucket", metric.labels + ["le"], sample.labels + [bound], "\(total)")
            }
            line(metric.name + "_sum", metric.labels, sample.labels, Self.number(sample.value.sum))
            line(metric.name + "_count", metric.labels, sample.labels, "\(total)")
        }
    }

    private mutating func head(_ metric: MetricDefinition) {
        let help = metric.help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        text += "# HELP \(metric.name) \(help)\n# TYPE \(metric.name) \(metric.kind.rawValue)\n"
    }

    private mutating func line(_ name: String, _ names: [String], _ values: [String], _ number: String) {
        text += name
        if !names.isEmpty {
            let pairs = zip(names, values).map { "\($0)=\"\(Self.escaped($1))\"" }
            text += "{" + pairs.joined(separator: ",") + "}"
        }
        text += " \(number)\n"
    }

    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5c || $0 == 0x22 || $0 == 0x0a }) else { return value }
        return value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Counters read better without a fraction, and 2^53 is exact.
        return value == value.rounded() && abs(value) < 0x1p53 ? "\(Int64(value))" : "\(value)"
    }
}
