extension MessageError {
    /// The kind of failure that it is for the asker.
    var failureCode: AgentFailure.Code {
        AgentFailure.Code(rawValue: code) ?? (isRetryable ? .failed : .refused)
    }

    /// The outcome of request `id` that it is for the asker.
    func failure(of id: String) -> AgentFailure {
        AgentFailure(
            failureCode, message, attempts: 1, idempotencyKey: id, remoteCode: code, isRetryable: isRetryable,
            details: details)
    }

    /// A failure as its asker gets to know it.
    init(_ failure: AgentFailure) {
        self.init(
            failure.remoteCode ?? failure.code.rawValue, failure.message, isRetryable: failure.isRetryable,
            details: failure.details)
    }
}
