import StreamCore

extension AskContext {
    /// The kind of a question to a person.
    static let approvalKind = "approval"

    /// Asks a person, who may take days, and holds no slot meanwhile.
    ///
    /// - Throws: ``StepFailure``, with code `unkept` where the step has no approvals; `CancellationError`.
    public func approval(_ name: String, _ request: ApprovalRequest) async throws -> ApprovalDecision {
        let limit = request.timeoutMilliseconds.map { StepLimit.duration(.milliseconds($0)) } ?? .deadline
        let payload = try written(request, of: name)
        guard let answer = try await external(kind: Self.approvalKind, name: name, payload: payload, limit: limit)
        else { return ApprovalDecision(.expired) }
        return try read(answer, of: name)
    }
}
