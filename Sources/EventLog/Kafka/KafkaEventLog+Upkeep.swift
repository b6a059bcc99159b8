import CRdKafka
public import StreamCore

extension KafkaEventLog {
    /// Marks `position` with the topic's incarnation alone.
    public func mark(of changelog: TopicPartition, at position: Int64) throws(EventLogError) -> ChangelogMark {
        // A broker keeps no commit ids: position and incarnation are all there is to compare.
        let incarnation = Self.incarnation(of: changelog.topic, in: try clusterID())
        return ChangelogMark(position: position, commitID: 0, incarnation: incarnation)
    }

    /// Has the brokers delete the records of `partition` before `offset`.
    public func trim(_ partition: TopicPartition, before offset: Int64) throws(EventLogError) {
        let action = "the records of \(partition) before \(offset) cannot be deleted"
        let list = KafkaPartitionList([partition], offset: offset)
        guard let request = rd_kafka_DeleteRecords_new(list.pointer) else {
            throw EventLogError(.other, action, at: partition)
        }
        defer { rd_kafka_DeleteRecords_destroy(request) }
        let answer = try KafkaAdmin(
            cluster.questions(), RD_KAFKA_ADMIN_OP_DELETERECORDS, action, timeout: cluster.configuration.requestTimeout
        ) { client, options, queue in
            var requests: [OpaquePointer?] = [request]
            rd_kafka_DeleteRecords(client, &requests, 1, options, queue)
        }
        if let failure = answer.recordFailures(action).first { throw failure }
    }

    /// Nothing: brokers look after retention and compaction themselves.
    @discardableResult
    public func maintain(now: Timestamp, upTo budget: Duration) throws(EventLogError) -> LogMaintenance {
        LogMaintenance()
    }
}

extension KafkaAdmin {
    /// What went wrong, partition by partition, with deleting records.
    func recordFailures(_ action: String) -> [EventLogError] {
        guard let partitions = deletedRecords else { return [] }
        return (0..<Int(partitions.pointee.cnt)).compactMap { index in
            let error = partitions.pointee.elems[index].err
            return error == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : .kafka(error, action)
        }
    }
}
