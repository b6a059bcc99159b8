/// A metric as the monitor exports it: its name, what it means, its labels.
public struct MetricDefinition: Sendable, Hashable {
    /// How its numbers are to be read, in Prometheus' words.
    public enum Kind: String, Sendable, Hashable {
        /// Only grows.
        case counter
        /// Goes up and down.
        case gauge
        /// Buckets of seconds.
        case histogram
    }

    /// For example `tributary_records_processed_total`.
    public let name: String
    /// How its numbers are to be read.
    public let kind: Kind
    /// What it counts, one sentence.
    public let help: String
    /// The names of its labels, in order.
    public let labels: [String]

    /// A metric.
    public init(_ name: String, _ kind: Kind, _ labels: [String], _ help: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.help = help
    }

    /// A metric without labels.
    public init(_ name: String, _ kind: Kind, _ help: String) { self.init(name, kind, [], help) }
}

/// A number of a metric, with the values of its labels.
public struct MetricSample: Sendable, Hashable {
    /// The values of the labels, in the definition's order.
    public let labels: [String]
    /// The number.
    public let value: Double

    /// A sample.
    public init(_ labels: [String], _ value: Double) {
        self.labels = labels
        self.value = value
    }

    /// A sample without labels.
    public init(_ value: Double) { self.init([], value) }
}
