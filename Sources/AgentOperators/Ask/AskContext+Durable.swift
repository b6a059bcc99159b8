public import StreamCore

extension AskContext: DurableContext {
    /// Does something once and remembers what came of it; see ``DurableContext/step(_:policy:_:)``.
    ///
    /// - Throws: what the body throws; ``StepFailure``; `CancellationError`.
    @discardableResult public func step<Value: Codable & Sendable>(
        _ name: String, policy: StepPolicy<Value>,
        _ body: @escaping @Sendable (StepContext) async throws -> Value
    ) async throws -> Value {
        guard let channel else { return try await body(StepContext(idempotencyKey: unkeptID(of: name))) }
        switch try await channel.ask(.begin(name, policy.kind)) {
        case .recorded(let bytes): return try read(bytes, of: name)
        case .go(let index, let context, let hasIntent):
            let value: Value
            let bytes: Bytes
            do {
                value = try await run(policy, hasIntent, context, body)
                bytes = try written(value, of: name)
            } catch {
                channel.post(.abandon(index))
                throw error
            }
            try await keep(bytes, index, policy.kind, name, channel)
            return value
        case .done, .answered, .expired: throw StepFailure(.unreadable, step: name, "the journal holds no step")
        }
    }

    private func run<Value>(
        _ policy: StepPolicy<Value>, _ hasIntent: Bool, _ context: StepContext,
        _ body: @Sendable (StepContext) async throws -> Value
    ) async throws -> Value {
        if hasIntent, case .reconcile(let find) = policy, let found = try await find(context) { return found }
        return try await body(context)
    }

    /// Results of pure steps go with the next commit, others are committed first.
    private func keep(
        _ bytes: Bytes, _ index: Int32, _ policy: StepPolicyKind, _ name: String, _ channel: StepChannel
    ) async throws {
        let waits = policy != .pure || bytes.count + 1_024 > channel.limit
        let ask = StepAsk.finish(index, bytes, waits: waits)
        if waits { _ = try await channel.ask(ask) } else { channel.post(ask) }
    }

    func written<Value: Codable & Sendable>(_ value: Value, of name: String) throws -> Bytes {
        do {
            return try Serde<Value>.json().encode(value) ?? .empty
        } catch {
            throw StepFailure(.unkept, step: name, "\(error)")
        }
    }

    func read<Value: Codable & Sendable>(_ bytes: Bytes, of name: String) throws -> Value {
        do {
            return try Serde<Value>.json().decode(bytes)
        } catch {
            throw StepFailure(.unreadable, step: name, "\(error)")
        }
    }

    /// The time of day when it was first asked here.
    ///
    /// - Throws: ``StepFailure``; `CancellationError`.
    public func now() async throws -> Timestamp {
        guard let channel else { return SystemWallClock().now() }
        return Timestamp(milliseconds: Int64(bitPattern: try await number(.now, channel)))
    }

    /// 64 random bits, the same at every run.
    ///
    /// - Throws: ``StepFailure``; `CancellationError`.
    public func random() async throws -> UInt64 {
        guard let channel else { return UInt64.random(in: .min ... .max) }
        return try await number(.random, channel)
    }

    private func number(_ ask: StepAsk, _ channel: StepChannel) async throws -> UInt64 {
        guard case .recorded(let bytes) = try await channel.ask(ask) else {
            throw StepFailure(.unreadable, step: "\(ask)", "the journal holds no number")
        }
        return try StepValue.number(bytes)
    }

    /// Waits, over restarts, and holds no slot meanwhile.
    ///
    /// - Throws: ``StepFailure``; `CancellationError`.
    public func sleep(for duration: Duration) async throws {
        guard let channel else { return try await Task.sleep(for: duration) }
        _ = try await channel.ask(.sleep(duration))
    }
}

extension AskContext {
    /// Asks outside and waits for the answer, over restarts, without a slot: sent once, by the commit that journals it.
    ///
    /// - Parameters:
    ///   - kind: tells the step's ``StepDelegate`` what it is.
    ///   - name: names the question in the journal; a name that is used again means its next occurrence.
    ///   - payload: what is asked.
    ///   - limit: how long the question stands.
    /// - Returns: the answer; nil when nobody answered in time.
    /// - Throws: ``AgentFailure`` when that is the answer; ``StepFailure``; `CancellationError`.
    func external(kind: String, name: String, payload: Bytes, limit: StepLimit) async throws -> Bytes? {
        let channel = try connected(name)
        let ask = StepAsk.external(kind: kind, name: name, payload: payload, limit: limit)
        switch try await channel.ask(ask) {
        case .answered(let result): return try result.get()
        case .expired: return nil
        case .recorded, .go, .done: throw StepFailure(.unreadable, step: name, "the journal holds no answer")
        }
    }

    /// Sends something once, by the commit that journals it; does not wait.
    ///
    /// - Throws: ``StepFailure`` when there is no journal or it does not take it.
    func note(kind: String, name: String, payload: Bytes) throws {
        let channel = try connected(name)
        guard payload.count <= channel.limit else {
            throw StepFailure(.unkept, step: name, "\(payload.count) bytes, at most \(channel.limit) can be sent")
        }
        channel.post(.note(kind: kind, name: name, payload: payload))
    }

    private func connected(_ name: String) throws -> StepChannel {
        guard let channel, channel.isConnected else {
            let words =
                "this context reaches nobody: it keeps no journal, or its step has no approvals (AskOptions.takesApprovals)"
            throw StepFailure(.unkept, step: name, words)
        }
        return channel
    }
}

extension StepPolicy {
    var kind: StepPolicyKind {
        switch self {
        case .pure: .pure
        case .idempotent: .idempotent
        case .reconcile: .reconcile
        case .atMostOnce: .atMostOnce
        }
    }
}

extension StepFailure: AskRetryable {
    /// Never: another run finds the same journal.
    public var isRetryable: Bool { false }
}
