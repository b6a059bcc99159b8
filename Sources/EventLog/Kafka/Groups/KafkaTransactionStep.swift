import CRdKafka
import StreamCore

/// What was being done when a transaction failed: the same error means different things.
enum KafkaTransactionStep: String {
    case initialize = "initialising"
    case begin = "beginning"
    case positions = "sending positions"
    case commit = "committing"
    case abort = "aborting"
}

extension TransactionFailure {
    /// What librdkafka's `error` means at `step`.
    init(
        kafka error: OpaquePointer, _ step: KafkaTransactionStep, id: String, _ events: KafkaEvents,
        since start: ContinuousClock.Instant
    ) {
        let code = rd_kafka_error_code(error)
        let detail = rd_kafka_error_string(error).map { String(cString: $0) }
        self.init(
            kind: Self.kind(
                code, step, isRetriable: rd_kafka_error_is_retriable(error) != 0,
                isFatal: rd_kafka_error_is_fatal(error) != 0),
            error: events.explain(
                .kafka(code, "\(step.rawValue) a transaction of '\(id)' failed", detail: detail), since: start))
    }

    /// What to do about `code`.
    static func kind(
        _ code: rd_kafka_resp_err_t, _ step: KafkaTransactionStep, isRetriable: Bool, isFatal: Bool
    ) -> Kind {
        if step == .commit { return commitKind(code, isRetriable: isRetriable, isFatal: isFatal) }
        if isFatal { return .producerFenced }
        if isRetriable { return .retriable }
        switch code {
        case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
            RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
            return .memberFenced
        case RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
            return .producerFenced
        default: return .abortable
        }
    }

    /// Nearly everything that is wrong with a commit may come after it was carried out: a broker's answer that was lost,
    /// and then the refusal of the same request sent again.
    private static func commitKind(_ code: rd_kafka_resp_err_t, isRetriable: Bool, isFatal: Bool) -> Kind {
        if isFatal { return .outcomeUnknown }
        if isRetriable { return .retriable }
        // Not all records were written, so the brokers were not asked to commit.
        return code == RD_KAFKA_RESP_ERR__INCONSISTENT ? .abortable : .outcomeUnknown
    }
}
