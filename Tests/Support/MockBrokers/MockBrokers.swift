import CRdKafka
import Foundation

/// librdkafka's mock cluster as a process: brokers to try things on where there is no Kafka.
///
/// Prints `bootstrap HOST:PORT,…` and serves until its input ends; a line
/// `topic:partitions` of input creates another topic. It keeps 5 MiB of each partition, forgets positions that are committed
/// in transactions, and shows aborted records: see docs/design/event-log-kafka.md.
public enum MockBrokers {
    /// Serves `[--brokers N] topic:partitions …` until the standard input ends.
    public static func serve(_ arguments: [String]) {
        var arguments = arguments
        var brokers: Int32 = 1
        if arguments.first == "--brokers", arguments.count >= 2 {
            brokers = Int32(arguments[1]) ?? 1
            arguments.removeFirst(2)
        }
        let settings = rd_kafka_conf_new()
        rd_kafka_conf_set_log_cb(settings, nil)
        guard let owner = rd_kafka_new(RD_KAFKA_PRODUCER, settings, nil, 0),
            let cluster = rd_kafka_mock_cluster_new(owner, brokers)
        else { return complain("the mock cluster does not start") }
        for argument in arguments { create(argument, in: cluster) }
        say("bootstrap \(String(cString: rd_kafka_mock_cluster_bootstraps(cluster)))")
        while let line = readLine() { create(line, in: cluster) }
        rd_kafka_mock_cluster_destroy(cluster)
        rd_kafka_destroy(owner)
    }

    private static func create(_ text: String, in cluster: OpaquePointer) {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let partitions = Int32(parts[1]), partitions > 0,
            rd_kafka_mock_topic_create(cluster, String(parts[0]), partitions, 1) == RD_KAFKA_RESP_ERR_NO_ERROR
        else { return complain("'\(text)' is not topic:partitions, or the topic exists") }
        say("created \(text)")
    }

    private static func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

    private static func complain(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
