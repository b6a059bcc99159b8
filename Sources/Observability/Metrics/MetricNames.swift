/// All metrics that the runtime and the agents export, in one place: docs/metrics.md has them as a table.
public enum MetricNames {
    /// How a total of ``Counters`` is exported: the metric, and what its step and reason are called; nil leaves one out.
    public struct Total: Sendable {
        let metric: MetricDefinition
        let step: String?
        let reason: String?

        init(_ name: String, step: String? = "step", reason: String? = nil, _ help: String) {
            self.step = step
            self.reason = reason
            metric = MetricDefinition(
                "tributary_\(name)_total", .counter, [step, reason].compactMap(\.self), help)
        }
    }

    /// How a total called `name` is exported; one that is not in the table has both labels.
    static func total(_ name: String) -> Total {
        totals[name] ?? Total(name, reason: "reason", "A total of the application's own, '\(name)'.")
    }

    /// How times called `name` are exported.
    static func time(_ name: String) -> MetricDefinition {
        times[name]
            ?? MetricDefinition(
                "tributary_\(name)", .histogram, ["step", "reason"], "Times of the application's own, '\(name)'.")
    }

    /// The times of ``Counters``, by name.
    public static let times: [String: MetricDefinition] = [
        "commit_seconds": MetricDefinition(
            "tributary_commit_seconds", .histogram, [], "How long commits took that the log took or refused."),
        "ask_seconds": MetricDefinition(
            "tributary_ask_seconds", .histogram, ["step", "outcome"],
            "How long requests took, from their first call here to their end."),
        "agent_processing_seconds": MetricDefinition(
            "tributary_agent_processing_seconds", .histogram, ["agent_type", "outcome"],
            "How long agents took for a message, from the first run of the handler here to its end."),
    ]

    /// What is written of totals: their metrics, in the order of their names, with the samples.
    public static func samples(of totals: [Counters.Key: Int]) -> [(MetricDefinition, [MetricSample])] {
        Dictionary(grouping: totals.keys, by: \.name).sorted { $0.key < $1.key }.map { name, keys in
            let total = total(name)
            var sums: [[String]: Int] = [:]
            for key in keys {
                let labels = [total.step.map { _ in key.step }, total.reason.map { _ in key.reason }]
                sums[labels.compactMap(\.self), default: 0] += totals[key] ?? 0
            }
            let samples = sums.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            return (total.metric, samples.map { MetricSample($0.key, Double($0.value)) })
        }
    }

    /// What is written of times: their metrics, in the order of their names, with the samples.
    public static func samples(
        of times: [Counters.Key: Histogram]
    ) -> [(MetricDefinition, [(labels: [String], value: Histogram)])] {
        Dictionary(grouping: times.keys, by: \.name).sorted { $0.key < $1.key }.map { name, keys in
            let metric = time(name)
            return (
                metric,
                keys.sorted().compactMap { key in
                    times[key].map { (metric.labels.isEmpty ? [] : [key.step, key.reason], $0) }
                }
            )
        }
    }
}
