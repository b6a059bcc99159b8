import CRdKafka
import StreamCore
import Synchronization

extension KafkaEventLog {
    /// Describes topics of which the partition counts are known, by name.
    func describe(_ topics: [String: Int32]) throws(EventLogError) -> [TopicDescription] {
        let settings = try settings(of: topics.keys.sorted())
        let cluster = try clusterID()
        var descriptions: [TopicDescription] = []
        for (name, partitions) in topics.sorted(by: { $0.key < $1.key }) {
            let values = settings[name] ?? [:]
            descriptions.append(
                TopicDescription(
                    name: name, partitions: partitions, cleanup: values["cleanup.policy"].flatMap(Self.cleanup),
                    retention: values["retention.ms"].flatMap { Int64($0) }.flatMap { milliseconds in
                        milliseconds < 0 ? nil : .milliseconds(milliseconds)
                    }, maxRecordBytes: values["max.message.bytes"].flatMap { Int($0) },
                    incarnation: Self.incarnation(of: name, in: cluster)))
        }
        return descriptions
    }

    /// The settings of `topics`, by topic and name; empty where the brokers or the credentials do not allow to look.
    private func settings(of topics: [String]) throws(EventLogError) -> [String: [String: String]] {
        guard !topics.isEmpty, cluster.describesTopics.load(ordering: .relaxed), try cluster.hasController() else {
            return [:]
        }
        let requests = topics.map { rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, $0) }
        defer { for case let request? in requests { rd_kafka_ConfigResource_destroy(request) } }
        do {
            let answer = try KafkaAdmin(
                cluster.questions(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, "the settings of topics cannot be read",
                timeout: cluster.configuration.requestTimeout
            ) { client, options, queue in
                var requests = requests
                rd_kafka_DescribeConfigs(client, &requests, requests.count, options, queue)
            }
            return answer.settings()
        } catch {
            switch error.code {
            case .unsupported:
                cluster.describesTopics.store(false, ordering: .relaxed)
                return [:]
            case .unauthorized: return [:]
            default: throw error
            }
        }
    }

    private static func cleanup(_ text: String) -> CleanupPolicy? {
        switch Set(text.split(separator: ",").map { $0.filter { $0 != " " } }) {
        case ["compact"]: .compact
        case ["delete"]: .delete
        case ["compact", "delete"]: .compactDelete
        default: nil
        }
    }
}
