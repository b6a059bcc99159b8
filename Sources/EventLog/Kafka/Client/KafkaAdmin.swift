import CRdKafka
import StreamCore

/// One request of librdkafka's admin API and its answer.
final class KafkaAdmin {
    private let event: OpaquePointer

    /// Sends what `submit` builds and waits for the answer, at most `timeout`.
    ///
    /// - Throws: ``EventLogError`` when the request as a whole failed; answers hold failures of their own, too.
    init(
        _ client: KafkaClient, _ operation: rd_kafka_admin_op_t, _ action: String, timeout: Duration,
        _ submit: (_ client: OpaquePointer, _ options: OpaquePointer?, _ queue: OpaquePointer) -> Void
    ) throws(EventLogError) {
        let start = ContinuousClock.now
        let answer = client.use { client -> OpaquePointer? in
            guard let queue = rd_kafka_queue_new(client) else { return nil }
            defer { rd_kafka_queue_destroy(queue) }
            let options = rd_kafka_AdminOptions_new(client, operation)
            defer { rd_kafka_AdminOptions_destroy(options) }
            rd_kafka_AdminOptions_set_request_timeout(options, timeout.kafkaMilliseconds, nil, 0)
            submit(client, options, queue)
            return rd_kafka_queue_poll(queue, (timeout + .seconds(2)).kafkaMilliseconds)
        }
        guard let answer else {
            throw client.events.explain(
                .kafka(RD_KAFKA_RESP_ERR__TIMED_OUT, "\(action) within \(timeout)"), since: start)
        }
        event = answer
        let error = rd_kafka_event_error(answer)
        if error != RD_KAFKA_RESP_ERR_NO_ERROR {
            let detail = rd_kafka_event_error_string(answer).map { String(cString: $0) }
            throw client.events.explain(.kafka(error, action, detail: detail), since: start)
        }
    }

    deinit { rd_kafka_event_destroy(event) }

    /// The failures of the topics that were to be created, grown or deleted.
    func topicFailures(_ action: String) -> [EventLogError] {
        var count = 0
        let results =
            switch rd_kafka_event_type(event) {
            case RD_KAFKA_EVENT_CREATETOPICS_RESULT: rd_kafka_CreateTopics_result_topics(event, &count)
            case RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT: rd_kafka_CreatePartitions_result_topics(event, &count)
            default: rd_kafka_DeleteTopics_result_topics(event, &count)
            }
        guard let results else { return [] }
        return UnsafeBufferPointer(start: results, count: count).compactMap { result in
            let error = rd_kafka_topic_result_error(result)
            guard error != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
            let detail = rd_kafka_topic_result_error_string(result).map { String(cString: $0) }
            return .kafka(error, action, detail: detail)
        }
    }

    /// The failures of the groups that were to be deleted; none for a group that does not exist.
    func groupFailures(_ action: String) -> [EventLogError] {
        var count = 0
        guard let results = rd_kafka_DeleteGroups_result_groups(event, &count) else { return [] }
        return UnsafeBufferPointer(start: results, count: count).compactMap { result in
            guard let error = rd_kafka_group_result_error(result) else { return nil }
            let code = rd_kafka_error_code(error)
            return code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND ? nil : .kafka(code, action)
        }
    }

    /// How many members the described group has.
    ///
    /// - Throws: ``EventLogError`` when its coordinator does not say.
    func memberCount(_ action: String) throws(EventLogError) -> Int {
        var count = 0
        guard let groups = rd_kafka_DescribeConsumerGroups_result_groups(event, &count), count > 0,
            let group = groups[0]
        else { return 0 }
        if let error = rd_kafka_ConsumerGroupDescription_error(group) {
            let code = rd_kafka_error_code(error)
            if code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND { return 0 }
            if code != RD_KAFKA_RESP_ERR_NO_ERROR { throw .kafka(code, action) }
        }
        return rd_kafka_ConsumerGroupDescription_member_count(group)
    }

    /// The partitions of an answer to deleting records; valid as long as this is.
    var deletedRecords: UnsafePointer<rd_kafka_topic_partition_list_t>? {
        rd_kafka_event_DeleteRecords_result(event).flatMap { rd_kafka_DeleteRecords_result_offsets($0) }
    }

    /// The settings of the described topics, by topic and name; none for topics that cannot be described.
    func settings() -> [String: [String: String]] {
        var count = 0
        guard let resources = rd_kafka_DescribeConfigs_result_resources(event, &count) else { return [:] }
        var settings: [String: [String: String]] = [:]
        for resource in UnsafeBufferPointer(start: resources, count: count) {
            guard rd_kafka_ConfigResource_error(resource) == RD_KAFKA_RESP_ERR_NO_ERROR,
                let name = rd_kafka_ConfigResource_name(resource)
            else { continue }
            var entryCount = 0
            let entries = rd_kafka_ConfigResource_configs(resource, &entryCount)
            var values: [String: String] = [:]
            for entry in UnsafeBufferPointer(start: entries, count: entryCount) {
                guard let name = rd_kafka_ConfigEntry_name(entry), let value = rd_kafka_ConfigEntry_value(entry) else {
                    continue
                }
                values[String(cString: name)] = String(cString: value)
            }
            settings[String(cString: name)] = values
        }
        return settings
    }
}
