/// Says on a traced record which record caused it, so that the log alone tells the whole story of a trace.
///
/// A span's parent is a number that only a collector can look up; the header `trace-cause` is a place on the log,
/// `<topic>/<partition>/<offset>`, where everybody can.
public enum TraceCause {
    /// The header's name.
    public static let header = "trace-cause"

    /// The header's value for a record at `offset` of `partition`.
    public static func text(_ partition: TopicPartition, _ offset: Int64) -> String {
        "\(partition.topic)/\(partition.partition)/\(offset)"
    }

    /// The place that `text` says; nil for other text.
    public static func place(_ text: String) -> (partition: TopicPartition, offset: Int64)? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, let partition = Int32(parts[1]), let offset = Int64(parts[2]),
            partition >= 0, offset >= 0
        else { return nil }
        return (TopicPartition(String(parts[0]), partition), offset)
    }
}
