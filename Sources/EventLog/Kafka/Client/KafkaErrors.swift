import CRdKafka
import StreamCore

extension EventLogError {
    /// What librdkafka's `error` means for a log; `action` says what was tried, `detail` what is known beyond the code.
    static func kafka(
        _ error: rd_kafka_resp_err_t, _ action: String, detail: String? = nil, at partition: TopicPartition? = nil
    ) -> EventLogError {
        let code = kafkaCode(of: error)
        let reason = detail ?? String(cString: rd_kafka_err2str(error))
        let advice = kafkaAdvice(for: code).map { "; \($0)" } ?? ""
        return EventLogError(code, "\(action): \(reason)\(advice)", at: partition)
    }

    /// What to do about a failure of that kind; nil when there is nothing to say.
    static func kafkaAdvice(for code: Code) -> String? {
        switch code {
        case .unavailable: "check that the brokers are up and reachable from here"
        case .unauthorized: "check the credentials and what they are allowed to do"
        case .unsupported: "the brokers are too old for it or it is switched off there"
        default: nil
        }
    }

    /// The kind of failure that librdkafka's or the broker's `error` is.
    static func kafkaCode(of error: rd_kafka_resp_err_t) -> Code {
        kafkaCodes[error.rawValue] ?? .other
    }

    private static let kafkaCodes: [Int32: Code] = {
        let kinds: [(Code, [rd_kafka_resp_err_t])] = [
            (.unknownTopic, [RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC]),
            (.topicExists, [RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS]),
            (
                .invalidTopic,
                [
                    RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, RD_KAFKA_RESP_ERR_INVALID_PARTITIONS,
                    RD_KAFKA_RESP_ERR_INVALID_CONFIG, RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
                    RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR,
                ]
            ),
            (.partitionOutOfRange, [RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION]),
            (
                .offsetOutOfRange,
                [
                    RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET,
                    RD_KAFKA_RESP_ERR__NO_OFFSET,
                ]
            ),
            (
                .recordTooLarge,
                [
                    RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE,
                    RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE,
                ]
            ),
            (
                .corrupt,
                [
                    RD_KAFKA_RESP_ERR_INVALID_MSG, RD_KAFKA_RESP_ERR__BAD_MSG, RD_KAFKA_RESP_ERR__BAD_COMPRESSION,
                    RD_KAFKA_RESP_ERR_INVALID_RECORD,
                ]
            ),
            (.unauthorized, refusals),
            (.unavailable, outages),
            (
                .unsupported,
                [
                    RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION,
                    RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT,
                    RD_KAFKA_RESP_ERR_INVALID_REQUEST, RD_KAFKA_RESP_ERR_TOPIC_DELETION_DISABLED,
                ]
            ),
            (
                .fenced,
                [
                    RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
                    RD_KAFKA_RESP_ERR_PRODUCER_FENCED, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID,
                    RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
                ]
            ),
            (.groupActive, [RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP]),
            (
                .invalidConfiguration,
                [
                    RD_KAFKA_RESP_ERR__INVALID_ARG, RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE,
                    RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS,
                ]
            ),
            (.closed, [RD_KAFKA_RESP_ERR__DESTROY, RD_KAFKA_RESP_ERR__PURGE_QUEUE]),
        ]
        var codes: [Int32: Code] = [:]
        for (code, errors) in kinds {
            for error in errors { codes[error.rawValue] = code }
        }
        return codes
    }()

    private static let refusals = [
        RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR__SSL, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED,
        RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE,
        RD_KAFKA_RESP_ERR_SECURITY_DISABLED, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    ]

    private static let outages = [
        RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
        RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
        RD_KAFKA_RESP_ERR__QUEUE_FULL, RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR__NODE_UPDATE,
        RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
        RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
        RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
        RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
        RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        RD_KAFKA_RESP_ERR_NOT_CONTROLLER, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
        RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
        RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE,
        RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED,
    ]
}
