import StateStores
import StreamCore

/// What a task's part of an `ask` is made of.
struct AskParts<Key: Sendable, Request: Sendable, Reply: Sendable> {
    /// Begins a call, on the task's thread; what it throws is the outcome `undeliverable`.
    typealias Starter =
        (Key, Request, AskContext, @escaping @Sendable (Result<Reply, any Error>) -> Void) throws -> AskCall

    /// The step's name in errors, counters and idempotency keys.
    let step: String
    let options: AskOptions
    let limits: AskLimits
    /// Its bytes are the request's line: requests with the same are called one after the other; null follows none.
    let key: Serde<Key>
    let request: Serde<Request>
    let journal: KeyValueStore<Int64, AskEntry>
    let steps: KeyValueStore<StepKey, StepEntry>
    /// Whether requests may be made of another `ask`'s outcomes.
    var followsAsk = false
    /// Begins calls.
    let start: Starter
    /// Takes outcomes, within ``TaskContext/resume(_:from:_:)`` for the request, in the commit that ends it.
    let forward: (AskConclusion<Key, Reply>) throws -> Void
    /// Carries out what handlers want outside; without one they cannot ask or tell anybody anything.
    var delegate: (any StepDelegate)?
    /// What the span of a request says; by default that the step's handler was run.
    var span: ((Key) -> RequestSpan)?
    /// Whether a request of this id was concluded before; given when requests come with ids of their own.
    var isConcluded: ((String) -> Bool)?
}

/// How a request ended.
struct AskConclusion<Key: Sendable, Reply: Sendable> {
    let key: Key
    let outcome: Result<Reply, AgentFailure>
    /// The request: its id, its record, its times.
    let entry: AskEntry
}

/// What a request that comes from outside brings along.
struct RequestIdentity: Sendable {
    /// Names it for ever: its idempotency key.
    var id: String
    /// When it is given up.
    var deadline: Timestamp
}
